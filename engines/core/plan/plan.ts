/**
 * A plan: the engine-neutral dataflow of a workload. Written once with `stream.ts`, lowered twice.
 *
 * There are two kinds of stream. An *event* stream is a multiset of records per period. A *table* stream is a keyed map
 * that changes: what it emits for a period is the rows whose value changed, `undefined` where a key left. Tables come
 * from `runningReduce` and `reduceByWindow`; stateless operators apply to events, and to a table through `changes()`.
 *
 * Periods. Narrow operators on a source emit in every tick. `reduceByKey` emits at each end of its input's period: the
 * plan's interval for a source, the slide behind a window. Windows emit at each end of a slide. `runningReduce` emits in
 * every tick in which its input does. A tick divides every period of the plan (DESIGN §4).
 */
import type { Nanos } from '../units.ts'

/**
 * A user's function, or one of the closed list in `functions.ts`, which carry the name of their kernel. The plain
 * function defines what happens; a kernel only does it faster, and can be switched off (`--kernels plain`).
 */
export interface PlanFunction {
  // biome-ignore lint/suspicious/noExplicitAny: records are of any type; `stream.ts` gives the types to users.
  (...args: any[]): any
  readonly kernel?: KernelCall
}

export type KernelCall =
  | { readonly name: 'words' }
  | { readonly name: 'contains'; readonly text: string }
  | { readonly name: 'longer-than'; readonly bytes: number }
  | { readonly name: 'prefix'; readonly bytes: number }
  | { readonly name: 'lower-case' }
  | { readonly name: 'with-one' }
  | { readonly name: 'sum' }
  | { readonly name: 'difference' }

export type NodeId = number

export type PlanNode = { readonly id: NodeId } & (
  | { readonly kind: 'source'; readonly url: string; readonly interval: Nanos }
  | { readonly kind: 'map'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'filter'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'flatMap'; readonly input: NodeId; readonly f: PlanFunction }
  /** Record x becomes [f(x), x]. */
  | { readonly kind: 'keyBy'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'union'; readonly inputs: readonly NodeId[] }
  /** The rows of a table that changed, as an event stream of [key, value]; deletions have the value `undefined`. */
  | { readonly kind: 'changes'; readonly input: NodeId }
  | { readonly kind: 'reduceByKey'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'runningReduce'; readonly input: NodeId; readonly f: PlanFunction }
  | {
      readonly kind: 'window'
      readonly input: NodeId
      readonly length: Nanos
      readonly slide: Nanos
    }
  | {
      readonly kind: 'reduceByWindow'
      readonly input: NodeId
      readonly length: Nanos
      readonly slide: Nanos
      readonly merge: PlanFunction
      /** Undoes `merge`: with it the window is kept by adding the newest and subtracting the one that left. */
      readonly inverse?: PlanFunction
    }
  /** The k rows of a table with the greatest values, ties by ascending key bytes, as a table rank (from 1) → [key, value]. */
  | { readonly kind: 'topK'; readonly input: NodeId; readonly k: number }
  | {
      readonly kind: 'groupByKey' | 'distinct' | 'stamp' | 'exchange'
      readonly input: NodeId
    }
  | { readonly kind: 'join' | 'cogroup'; readonly inputs: readonly [left: NodeId, right: NodeId] }
  /** Running: each changed row with all records of its key so far, each record with the row as it is. */
  | { readonly kind: 'tableJoin'; readonly inputs: readonly [table: NodeId, events: NodeId] }
  /** `static` is the name of the output of the static plan whose rows are joined. */
  | { readonly kind: 'staticJoin'; readonly input: NodeId; readonly static: string }
  | {
      readonly kind: 'track'
      readonly input: NodeId
      readonly initialise: PlanFunction
      readonly update: PlanFunction
      readonly timeout?: Nanos
      readonly time?: PlanFunction
      readonly expired?: PlanFunction
    }
  /** Emits ['window', end, key, value] and ['late', key, how many]. */
  | {
      readonly kind: 'eventWindow'
      readonly input: NodeId
      readonly length: Nanos
      readonly slide: Nanos
      readonly lateness: Nanos
      readonly merge: PlanFunction
      readonly time: PlanFunction
    }
  /** The loop variable. */
  | {
      readonly kind: 'loop'
      readonly input: NodeId
      readonly rounds: number
      readonly fresh: boolean
    }
  | {
      readonly kind: 'iterate'
      readonly inputs: readonly [loop: NodeId, next: NodeId, result: NodeId]
    }
  | { readonly kind: 'query'; readonly input: NodeId; readonly name: string }
  | { readonly kind: 'collect'; readonly input: NodeId; readonly name: string }
  | { readonly kind: 'save'; readonly input: NodeId; readonly name: string; readonly path: string }
  | {
      readonly kind: 'foreachBatch'
      readonly input: NodeId
      readonly name: string
      readonly f: PlanFunction
    }
)

export interface Plan {
  /** In order of construction: a node comes after its inputs. `nodes[id].id === id`. */
  readonly nodes: readonly PlanNode[]
}

/** Closures do not cross threads or a driver's restart: every process rebuilds the plan from its name and checks its hash. */
export interface NamedPlan {
  /** Module, relative to the repository's root: `workloads/word-count/workload.ts`. */
  readonly module: string
  readonly export: string
  /** Plain data. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Of the plan's structure and functions' texts, filled in by who first builds it. */
  readonly hash?: string
}
