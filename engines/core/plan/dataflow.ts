/**
 * A plan cut where records change hands: what both engines lower from.
 *
 * *Operators* hold state or start the data; *paths* join them: a chain of narrow operators from one operator to another,
 * or to an output. Unions and streams used twice become several paths. Each engine turns operators into its own things
 * (timely: stages of vertices; D-Stream: RDDs), and paths into chains (`operators/chain.ts`) that both share.
 *
 *   source ──flatMap(words)·map(with-one)──▶ runningReduce ──▶ output
 *             a path, exchanged by key         an operator       a path without a chain
 */
import type { Nanos, TickEnd } from '../units.ts'
import type { NodeId, PlanFunction, PlanNode } from './plan.ts'

export type OperatorId = number

/** Rows to an operator: to the partition of each row's key; to the sender's own partition; all to partition 0. */
export type Routing = 'by-key' | 'same-partition' | 'single-partition'

export type DataflowOperator = {
  readonly id: OperatorId
  /** The plan node it comes from. `topK` becomes two operators: per partition, then of all. */
  readonly node: NodeId
  /** How often it emits: at multiples of this, or in every tick (`'tick'`). */
  readonly period: Nanos | 'tick'
} & (
  | { readonly kind: 'source'; readonly url: string; readonly interval: Nanos }
  | { readonly kind: 'reduceByKey'; readonly f: PlanFunction }
  | { readonly kind: 'runningReduce'; readonly f: PlanFunction }
  | { readonly kind: 'window'; readonly length: Nanos; readonly slide: Nanos }
  | {
      readonly kind: 'reduceByWindow'
      readonly length: Nanos
      readonly slide: Nanos
      readonly merge: PlanFunction
      readonly inverse?: PlanFunction
    }
  /** `phase: 'local'` keeps the top k of its partition's table; `'global'` merges them in partition 0. */
  | { readonly kind: 'topK'; readonly k: number; readonly phase: 'local' | 'global' }
  /**
   * The one stateful operator that is no reduce: at each end of its period what came for a key is gathered, in the order of
   * `order` (of an item, a number) and then of canonical bytes, and one step makes the key's next state. It takes pairs
   * [key, items]; `gather` joins two arrays of items. It gives the table of states, or the records that steps put out.
   */
  | {
      readonly kind: 'evolve'
      readonly gather: PlanFunction
      readonly step: Step
      readonly gives: 'table' | 'records'
      readonly order?: PlanFunction
    }
)

/** What an `evolve` does with a key at the end of a period. */
export interface Step {
  /**
   * Pure: returns a new state, never changes the old one (clones share it). `arrived` is sorted; empty when only `dueAt` has
   * come. Undefined: the key leaves.
   */
  (
    key: unknown,
    state: unknown | undefined,
    arrived: readonly unknown[],
    end: TickEnd,
  ): Stepped | undefined
}

export interface Stepped {
  /** Undefined: the key leaves. */
  readonly state: unknown | undefined
  /** The end, after this one, at which the key is stepped even if nothing has come for it by then. */
  readonly dueAt?: TickEnd
  /** Records, where records are given. */
  readonly out?: readonly unknown[]
}

export type NarrowNode = Extract<PlanNode, { kind: 'map' | 'filter' | 'flatMap' | 'keyBy' }>

export interface DataflowPath {
  readonly id: number
  readonly from: OperatorId
  /** Applied in order; empty when rows pass unchanged. */
  readonly chain: readonly NarrowNode[]
  readonly to:
    | { readonly kind: 'operator'; readonly operator: OperatorId; readonly routing: Routing }
    | { readonly kind: 'output'; readonly output: number }
}

export interface DataflowOutput {
  readonly index: number
  readonly name: string
  readonly node: Extract<PlanNode, { kind: 'collect' | 'save' | 'foreachBatch' }>
  /** When commits are due: at multiples of this, or at every tick. */
  readonly period: Nanos | 'tick'
  /** Rows of an event stream have the record as key and 1 as value, unless the record is a [key, value] pair. */
  readonly rows: 'events' | 'pairs'
}

export interface Dataflow {
  /** Sources first; an operator comes after those it reads from. */
  readonly operators: readonly DataflowOperator[]
  readonly paths: readonly DataflowPath[]
  readonly outputs: readonly DataflowOutput[]
  readonly interval: Nanos
  readonly hash: string
}
