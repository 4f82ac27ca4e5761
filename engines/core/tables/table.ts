/**
 * Keyed tables: the state of every keyed operator of both engines, behind one contract.
 *
 * Two implementations of a reduce: `ColumnTable` (text keys, 64-bit integer values, `sum`; one relocatable block in the run's memory,
 * worked on by kernels) and `PlainTable` (any key and value, any reduce; an index by canonical key bytes). Which one a path
 * uses is decided once, when the dataflow is lowered (`chooseTables`), from the closed list of kernels; both sides of an
 * exchange decide alike. States that are no reduce (`state-table.ts`) and records (`bag-table.ts`, `number-table.ts`) have tables
 * of their own, which refuse what makes no sense for them.
 *
 * *Rows* are bytes in a wire format that only tables and chains understand; engines carry them. A row is (key, value)
 * with how many contributions it sums (so that a window's inverse knows when a key is gone).
 *
 * Iteration order is insertion order, never hash order, so that equal histories give equal bytes.
 */
import type { Batch } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import type { DigestSum } from '../output/digest.ts'
import type { PartitionId } from '../units.ts'

/** Gives rows to the caller; the bytes are valid until the visit returns. */
export type RowsVisitor = (partition: PartitionId, rows: Bytes) => void

/** Combines records by key before they are exchanged: one a worker (timely) or one a task (D-Stream). */
export interface Combiner {
  /** Folds keyed records into the table. The batch is what the path's chain put out, of a partition of its operator. */
  add(batch: Batch, from?: PartitionId): void
  /** Distinct keys held. */
  readonly size: number
  /** True when the table is so full that it should be drained before the tick ends. */
  readonly full: boolean
  /** Visits all rows held, grouped by the partition of their key in ascending order, at most about 64 KiB a visit, and forgets them. */
  drain(visit: RowsVisitor): void
  release(): void
}

/** A mutable keyed table with one reduce, for one partition. */
export interface KeyedTable {
  readonly size: number
  /** Bytes of memory held, for the block store and for reports. */
  readonly bytes: number
  /** Merges rows into the table: value = f(value, row's value). Marks each key as changed. */
  fold(rows: Bytes): void
  /** Takes rows out again by the inverse; a key without contributions left is removed, and marked as changed. */
  unfold(rows: Bytes): void
  /**
   * Adds the rows that differ from the last call to a digest (removed keys with the value `undefined`), hands them to
   * `visit` if given (removed keys with zero contributions), and starts anew. A row differs when its key came, left, or has
   * another value than at the last call; a value that changed and changed back does not count. Ascending by first touch;
   * where most of a table of extremes has changed, by insertion. Returns the number of rows.
   */
  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number
  /** The same against another table: what differs from `previous` (all rows when it is undefined). For windows that are re-added. */
  changesFrom(
    previous: KeyedTable | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number
  /** Visits all rows, at most about 64 KiB a visit. */
  visitRows(visit: (rows: Bytes) => void): void
  /** A copy with the same rows and marks. Cost: one memory copy of `bytes` (columns). */
  clone(): KeyedTable
  /** The table as bytes for a checkpoint or another worker's block store: rows and their order, marks excluded. */
  save(): Uint8Array
  /** The k rows with the greatest values, ties by ascending key bytes, as rows in that order. */
  top(k: number, visit: (rows: Bytes) => void): void
  release(): void
}

/** Makes the tables of one operator, all of one kind. */
export interface TableFactory {
  /** The form of its rows. */
  readonly kind: 'columns' | 'plain' | 'numbers'
  combiner(partitions: number): Combiner
  table(): KeyedTable
  /** A table from what `save` wrote. Errors: `StorageError` when the bytes are not a table of this kind. */
  load(saved: Uint8Array): KeyedTable
  /** Decodes rows to plain pairs: for outputs that want them, for tests, for a chain on plain values. */
  decode(rows: Bytes): readonly (readonly [key: unknown, value: unknown])[]
}
