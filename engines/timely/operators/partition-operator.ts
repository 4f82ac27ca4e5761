/**
 * A keyed operator on one partition: the contract between a stage's vertex and the operators of a plan.
 *
 * Rows of the period that is next to close are folded as they come; at its end the operator closes, and emits. The
 * vertex keeps rows of later periods away until then, so of time an operator knows nothing but where its period ends.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable } from '../../core/tables/table.ts'
import type { TickEnd } from '../../core/units.ts'

/** Takes what an operator emits at the end of a period. */
export interface Emitter {
  /** What changed in a table since it was last asked. */
  changes(table: KeyedTable): void
  /** What differs from another table; all rows when there is none. */
  difference(table: KeyedTable, previous: KeyedTable | undefined): void
  /** Records in order. */
  rows(rows: Bytes): void
}

export interface PartitionOperator {
  /** `pane` is the place, within the period, of the pane that the rows belong to; 0 where nothing has panes. */
  fold(rows: Bytes, pane: number): void
  /** Ends the period: nothing of it will come any more. */
  close(emitter: Emitter, end: TickEnd): void
  /** The table that a `topK` of this operator ranks, as of the last close. */
  readonly result: KeyedTable | undefined
  /** The state between two ticks, as tables in a fixed order; `undefined` where there is none. */
  save(): readonly (Uint8Array | undefined)[]
  /** Takes the place of a new operator's state. */
  restore(saved: readonly (Uint8Array | undefined)[]): void
  release(): void
}
