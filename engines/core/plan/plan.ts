/**
 * A plan: the engine-neutral dataflow of a workload. Written once with `stream.ts`, lowered twice.
 *
 * There are two kinds of stream. An *event* stream is a multiset of records per period. A *table* stream is a keyed map
 * that changes: what it emits for a period is the rows whose value changed, `undefined` where a key left. Tables come
 * from `runningReduce`, `track` and `reduceByWindow`; stateless operators apply to events, and to a table through `changes()`.
 *
 * Periods. Narrow operators on a source emit in every tick. `reduceByKey` emits at each end of its input's period: the
 * plan's interval for a source, the slide behind a window. Windows emit at each end of a slide. `runningReduce` emits in
 * every tick in which its input does, and so does `distinct`; joins, `groupByKey`, `track` and windows by event time as
 * `reduceByKey` does. A tick divides every period of the plan (DESIGN §4).
 */
import type { HistoryLog } from '../metrics/history.ts'
import type { Nanos } from '../units.ts'

/**
 * A user's function, or one of the closed list in `functions.ts`, which carry the name of their kernel. The plain
 * function defines what happens; a kernel only does it faster, and can be switched off (`--kernels plain`).
 */
export interface PlanFunction {
  // biome-ignore lint/suspicious/noExplicitAny: records are of any type; `stream.ts` gives the types to users.
  (...args: any[]): any
  readonly kernel?: KernelCall
  /**
   * Only of the reduces that desugaring adds (`gathering.ts`): no order changes what is made of their result, so it is not
   * checked. They may change their first argument.
   */
  readonly lawful?: true
  /** Only of those that desugaring adds to a join: its keys, which tell a history what has come (`joined-keys.ts`). */
  readonly joins?: { tellTo(history: HistoryLog): void }
}

export type KernelCall =
  | { readonly name: 'words' }
  | { readonly name: 'contains'; readonly text: string }
  | { readonly name: 'longer-than'; readonly bytes: number }
  | { readonly name: 'prefix'; readonly bytes: number }
  | { readonly name: 'lower-case' }
  | { readonly name: 'with-one' }
  | { readonly name: 'where-equals'; readonly place: 0 | 1; readonly value: number }
  | { readonly name: 'sum' }
  | { readonly name: 'difference' }
  | { readonly name: 'min' }
  | { readonly name: 'max' }
  | { readonly name: 'both-ways' }
  | { readonly name: 'with-lesser' }
  | { readonly name: 'event-and-row' }
  /** Of what a join of a table is made of (`joins.ts`). */
  | { readonly name: 'row-of-join' }
  | { readonly name: 'event-of-join' }

export type NodeId = number

/** Rounds of a loop that is bounded by nothing else. */
export const ROUNDS_MAX = 10_000

/** How the bytes of an input become records: a line of text, the JSON value in it, its columns, or pairs of 32-bit integers. */
export type SourceFormat = 'text' | 'json' | 'u32x2' | { readonly csv: readonly string[] }

export type PlanNode = { readonly id: NodeId } & (
  | {
      readonly kind: 'source'
      readonly url: string
      readonly interval: Nanos
      /** By default text. JSON is text and a map: it needs nothing of who reads. */
      readonly format?: Exclude<SourceFormat, 'text' | 'json'>
      /** Records come as [event time, record]. */
      readonly stamped?: true
      /** Read once and wholly, before the run: what `readStatic` begins. */
      readonly static?: true
    }
  | { readonly kind: 'map'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'filter'; readonly input: NodeId; readonly f: PlanFunction }
  | { readonly kind: 'flatMap'; readonly input: NodeId; readonly f: PlanFunction }
  /** Record x becomes [f(x), x]. */
  | { readonly kind: 'keyBy'; readonly input: NodeId; readonly f: PlanFunction }
  /** Record x becomes [end of the period, x]. */
  | { readonly kind: 'stamp'; readonly input: NodeId }
  /** Pairs as they are, moved to the partition of their key. */
  | { readonly kind: 'exchange'; readonly input: NodeId }
  | { readonly kind: 'union'; readonly inputs: readonly NodeId[] }
  /** The rows of a table that changed, as an event stream of [key, value]; deletions have the value `undefined`. */
  | { readonly kind: 'changes'; readonly input: NodeId }
  | { readonly kind: 'reduceByKey'; readonly input: NodeId; readonly f: PlanFunction }
  /** One [key, values] a key and period, values ascending by their canonical bytes. */
  | { readonly kind: 'groupByKey'; readonly input: NodeId }
  /** One [key, [values, values]] a key and period, of both sides, each ascending by canonical bytes. */
  | { readonly kind: 'cogroup'; readonly inputs: readonly [left: NodeId, right: NodeId] }
  /** [key, [value, value]] for each two values of a key in one period. */
  | { readonly kind: 'join'; readonly inputs: readonly [left: NodeId, right: NodeId] }
  /** [key, [row, event]]: of a row that changed with all events of its key so far, of an event with the row as it is now. */
  | { readonly kind: 'tableJoin'; readonly inputs: readonly [table: NodeId, events: NodeId] }
  /** [key, [value, static value]] with each static row of the key. */
  | {
      readonly kind: 'staticJoin'
      readonly input: NodeId
      /** Name of the output, of a plan over static sources, that has the rows. */
      readonly static: string
    }
  | { readonly kind: 'runningReduce'; readonly input: NodeId; readonly f: PlanFunction }
  /** Each record in the period in which it came for the first time. */
  | { readonly kind: 'distinct'; readonly input: NodeId }
  | {
      readonly kind: 'track'
      readonly input: NodeId
      /** (key, event) → state, or null: the key is not kept. */
      readonly initialise: PlanFunction
      /** (key, state, event) → state, or null: the key leaves. */
      readonly update: PlanFunction
      /** Since the end of the period of a key's last event; then the key expires. */
      readonly timeout?: Nanos
      /** event → number: events of a key and period are in this order, then in that of their canonical bytes. */
      readonly time?: PlanFunction
      /** (key, state) → state for one more period, or null: the key leaves, as it does without this. */
      readonly expired?: PlanFunction
    }
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
  /**
   * Windows over the times that `time` reads from [key, value]. Emits ['window', end, key, value] at the first end of a
   * period ≥ end + lateness, and ['late', key, n] for n values of a key and window that came after it.
   */
  | {
      readonly kind: 'eventWindow'
      readonly input: NodeId
      readonly length: Nanos
      readonly slide: Nanos
      readonly lateness: Nanos
      readonly merge: PlanFunction
      readonly time: PlanFunction
    }
  /** The k rows of a table with the greatest values, ties by ascending key bytes, as a table rank (from 1) → [key, value]. */
  | { readonly kind: 'topK'; readonly input: NodeId; readonly k: number }
  /** What a round of a loop begins with: round 0 with the input, each later one with what `next` put out in the one before. */
  | {
      readonly kind: 'loop'
      readonly input: NodeId
      /** Rounds after which nothing is fed back; with `ROUNDS_MAX`, its default, a loop that gets there is an error. */
      readonly rounds: number
      /** Whether the loop's operators are emptied when a period enters. */
      readonly fresh: boolean
    }
  /** The net changes of `result` over all rounds of a period. */
  | {
      readonly kind: 'iterate'
      readonly inputs: readonly [loop: NodeId, next: NodeId, result: NodeId]
    }
  | { readonly kind: 'collect'; readonly input: NodeId; readonly name: string }
  | { readonly kind: 'save'; readonly input: NodeId; readonly name: string; readonly path: string }
  | {
      readonly kind: 'foreachBatch'
      readonly input: NodeId
      readonly name: string
      readonly f: PlanFunction
    }
  /** A table whose versions may be asked for by this name while the run lasts. Commits nothing. */
  | { readonly kind: 'query'; readonly input: NodeId; readonly name: string }
)

export interface Plan {
  /** In order of construction: a node comes after its inputs. `nodes[id].id === id`. */
  readonly nodes: readonly PlanNode[]
  /** Only what computes this static data of it: a run of its own, before that of the plan (`static-data.ts`). */
  readonly static?: string
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
  /** Only what computes this static data of it. */
  readonly static?: string
}
