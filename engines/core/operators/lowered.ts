/**
 * A dataflow ready to run on one process: chains, tables and output folds, the part of lowering that both engines share.
 *
 * Engines decide *where and when* (vertices and notifications, or RDDs and tasks); this decides *how* (kernels or plain
 * functions), once per path, alike in every process.
 */
import type { Batch } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Meter } from '../cost/meter.ts'
import type { ProcessSetup } from '../engine.ts'
import type { HistoryLog } from '../metrics/history.ts'
import type { Digest } from '../output/digest.ts'
import type { OperatorId } from '../plan/dataflow.ts'
import type { SpreadTable } from '../tables/spread-table.ts'
import type { Combiner, KeyedTable, TableFactory } from '../tables/table.ts'
import type { Nanos, PartitionId, TickEnd } from '../units.ts'
import type { Chain, RecordReader } from './chain.ts'
import type { Spread } from './spread-form.ts'

/** Adds up what reaches an output in one tick. */
export interface OutputFold {
  add(batch: Batch): void
  /** What changed in a table, without building rows unless the run keeps them. Returns the number of rows. */
  addChanges(table: KeyedTable): number
  /** The same against another table: `changesFrom`, for windows that are re-added. */
  addDifference(table: KeyedTable, previous: KeyedTable | undefined): number
  /** Digest of the tick, and its rows if the run keeps them; empty afterwards. */
  take(): {
    readonly digest: Digest
    readonly rows: readonly (readonly [key: unknown, value: unknown])[]
  }
}

/** The logical time at which an engine is working: set before chains, combiners and tables are run, for errors' texts. */
export interface LogicalContext {
  tick: TickEnd
  /** Of the innermost loop; undefined outside of loops. */
  round?: number | undefined
  /** Where the run's clock starts (`clockStart`): texts count from there. */
  readonly clock: Nanos
}

/** Of what an operator holds: what came in within a period, or what it keeps from period to period. */
export type TablePart = 'arrived' | 'state'

export interface Lowered {
  readonly context: LogicalContext
  readonly reader: RecordReader
  chain(path: number): Chain
  /**
   * Tables of an operator, of the state unless said otherwise. Only of an `evolve` (`StateTables`) has what arrives tables of
   * another kind. Of a local `topK`: tables like its input's, for gathering top rows too; of a global one: the result, rank →
   * [key, value].
   */
  tables(operator: OperatorId, part?: TablePart): TableFactory
  /** A table in which rows of both operators of a spread go along events, for the partitions that a process owns. */
  spread(spread: Spread, own: readonly PartitionId[]): SpreadTable
  /** The result of a global `topK`: a new table of `tables(operator)`, ranking what was gathered from all partitions. */
  rank(operator: OperatorId, gathered: KeyedTable): KeyedTable
  /**
   * What gathers a path's rows before they travel to its operator: combined by key for a keyed operator, in order for a
   * `window`. `partition` is where the rows come from; it must be given where the routing is `same-partition`.
   */
  combiner(path: number, partition?: PartitionId): Combiner
  outputFold(output: number): OutputFold
  /** Whether operators or outputs with this period emit at this tick. */
  emitsAt(period: number | 'tick', tick: TickEnd): boolean
}

/** Of a world, what lowering needs: with a meter, all that is lowered reports its work to it; joins tell a history of their keys. */
export type LowerDataflow = (
  setup: ProcessSetup,
  region: Region,
  told?: { readonly meter?: Meter | undefined; readonly history?: HistoryLog },
) => Lowered
