/**
 * `reduceByWindow`, in its two forms (D-Streams §3.3.1, Figure 4, on a continuous operator): re-adding the panes of each
 * window, or keeping the window's table by adding the newest pane and taking out the one that left.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import { Panes, type WindowShape } from './panes.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

/** Costs, at each slide, all rows of all panes. */
export class ReaddedWindow implements PartitionOperator {
  #panes: Panes
  #previous: KeyedTable | undefined

  constructor(tables: TableFactory, shape: WindowShape) {
    this.#panes = new Panes(tables, shape)
  }

  get result(): KeyedTable | undefined {
    return this.#previous
  }

  fold(rows: Bytes, pane: number): void {
    this.#panes.fold(rows, pane)
  }

  close(emitter: Emitter): void {
    for (const pane of this.#panes.close().left) pane?.release()
    const { tables, window } = this.#panes
    const table = tables.table()
    for (const pane of window) pane?.visitRows((rows) => table.fold(rows))
    emitter.difference(table, this.#previous)
    this.#previous?.release()
    this.#previous = table
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#previous?.save(), ...this.#panes.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    const [previous, ...panes] = saved
    this.#previous?.release()
    this.#previous = previous === undefined ? undefined : this.#panes.tables.load(previous)
    this.#panes.restore(panes)
  }

  release(): void {
    this.#previous?.release()
    this.#previous = undefined
    this.#panes.release()
  }
}

/** Costs, at each slide, the rows of what came and of what left, whatever the window's length. */
export class InvertedWindow implements PartitionOperator {
  #panes: Panes
  #table: KeyedTable

  constructor(tables: TableFactory, shape: WindowShape) {
    this.#panes = new Panes(tables, shape)
    this.#table = tables.table()
  }

  get result(): KeyedTable {
    return this.#table
  }

  /** Into the pane only: what is saved between two slides must not hold changes that were not emitted. */
  fold(rows: Bytes, pane: number): void {
    this.#panes.fold(rows, pane)
  }

  close(emitter: Emitter): void {
    const { newest, left } = this.#panes.close()
    for (const pane of newest) pane?.visitRows((rows) => this.#table.fold(rows))
    for (const pane of left) {
      pane?.visitRows((rows) => this.#table.unfold(rows))
      pane?.release()
    }
    emitter.changes(this.#table)
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#table.save(), ...this.#panes.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    const [table, ...panes] = saved
    if (table !== undefined) {
      this.#table.release()
      this.#table = this.#panes.tables.load(table)
    }
    this.#panes.restore(panes)
  }

  release(): void {
    this.#table.release()
    this.#panes.release()
  }
}
