/**
 * A plan cut where records change hands: what both engines lower from.
 *
 * *Operators* hold state or start the data; *paths* join them: a chain of narrow operators from one operator to another,
 * or to an output. Unions and streams used twice become several paths. Each engine turns operators into its own things
 * (timely: stages of vertices; D-Stream: RDDs), and paths into chains (`operators/chain.ts`) that both share. Most words of
 * the language are gone by then: `desugar.ts` has made them of these few.
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
  /** What the user wrote to get it: `join` of the `reduceByKey` that a join is made of. */
  readonly word: string
  /** How often it emits: at multiples of this, or in every tick (`'tick'`). */
  readonly period: Nanos | 'tick'
  /** The loops that it is in, outermost first. */
  readonly loops: readonly LoopId[]
} & (
  | {
      readonly kind: 'source'
      readonly url: string
      readonly interval: Nanos
      /** Records are pairs of 32-bit integers; by default text. */
      readonly format?: 'u32x2'
      /** Records come as [event time, record]. */
      readonly stamped?: true
    }
  /** Pairs as they are, in the partition of their key, in the tick in which they came. */
  | { readonly kind: 'exchange' }
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
  /** Takes [key, items]; at the end of a period, `step` makes of a key's state and its items the next state, and records. */
  | {
      readonly kind: 'evolve'
      /** Puts the items of a key together, in any order. */
      readonly gather: PlanFunction
      readonly step: Step
      /** The table of states, or the records of the steps. */
      readonly gives: 'table' | 'records'
      /** item → number, before canonical bytes: event time, tick, round */
      readonly order?: PlanFunction
      /** Of a `track` without a timeout: a key stays until the function of an event lets it leave. */
      readonly lasting?: true
      /**
       * Of windows by event time: takes the place of `step` at the end of an input that ends, for what came and for every key
       * that is due then or later, since nothing will come for them.
       */
      readonly atEnd?: Step
    }
)

/**
 * What an `evolve` does with a key at the end of a period. Pure: it returns a new state, and never changes the old one, which
 * clones share. `arrived` is sorted; it is empty when the key has only come due. Undefined: the key leaves.
 */
export type Step = (
  key: unknown,
  state: unknown | undefined,
  arrived: readonly unknown[],
  end: TickEnd,
) => Stepped | undefined

export interface Stepped {
  /** Undefined: the key leaves. */
  readonly state: unknown | undefined
  /** The end of a period at which the key is stepped even if nothing came for it. */
  readonly dueAt?: TickEnd
  readonly out?: readonly unknown[]
  /** How many of what arrived came too late: told to the history (`metrics/late-records.ts`). */
  readonly late?: number
}

/**
 * A narrow operator: what happens to a record depends on nothing else. Of `stamp`, `f` is (end of the tick, record,
 * round of the innermost loop) → record; `keyBy` makes [f(record), record]; of `lookup`, `f` is (static rows, record) → records.
 */
export interface NarrowNode {
  readonly kind: 'map' | 'filter' | 'flatMap' | 'keyBy' | 'stamp' | 'lookup'
  readonly f: PlanFunction
  /** Of `lookup`: the name of the static data. A process binds its rows to it (`statics/static-tables.ts`). */
  readonly static?: string
  /** The plan node it comes from, and what the user wrote: errors name them. */
  readonly id: NodeId
  readonly word: string
}

/** Static data as a process has it. */
export interface StaticRows {
  /** Of all rows with this key. */
  valuesOf(key: unknown): readonly unknown[]
  /** Each once. */
  keys(): Iterable<unknown>
}

export type LoopId = number

export interface DataflowLoop {
  readonly id: LoopId
  readonly node: NodeId
  readonly parent: LoopId | undefined
  readonly rounds: number
  readonly fresh: boolean
  readonly period: Nanos
}

export interface Crossing {
  readonly kind: 'ingress' | 'egress' | 'feedback'
  readonly loop: LoopId
}

export interface DataflowPath {
  readonly id: number
  readonly from: OperatorId
  /** Applied in order; empty when rows pass unchanged. */
  readonly chain: readonly NarrowNode[]
  readonly to:
    | { readonly kind: 'operator'; readonly operator: OperatorId; readonly routing: Routing }
    | { readonly kind: 'output'; readonly output: number }
  /** Borders of loops that rows pass on their way, in order. */
  readonly crossings: readonly Crossing[]
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

/** A table that may be asked for by name: that of a `query`, or of the output that collects it. */
export interface DataflowTable {
  readonly name: string
  readonly operator: OperatorId
  /** The plan node that names it, and whether that is a query. */
  readonly node: NodeId
  readonly isQuery: boolean
}

export interface Dataflow {
  /** Sources first; an operator comes after those it reads from. */
  readonly operators: readonly DataflowOperator[]
  readonly paths: readonly DataflowPath[]
  readonly outputs: readonly DataflowOutput[]
  readonly tables: readonly DataflowTable[]
  readonly loops: readonly DataflowLoop[]
  readonly interval: Nanos
  readonly hash: string
}
