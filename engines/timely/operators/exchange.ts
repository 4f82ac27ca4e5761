/**
 * `exchange`: the records of one tick, in the order in which they came; emits all of them, and starts anew. Nothing is kept
 * where they go on at once (`stage-vertex.ts`).
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

export class Exchange implements PartitionOperator {
  readonly result = undefined
  #tables: TableFactory
  #table: KeyedTable | undefined

  constructor(tables: TableFactory) {
    this.#tables = tables
  }

  fold(rows: Bytes): void {
    this.#table ??= this.#tables.table()
    this.#table.fold(rows)
  }

  close(emitter: Emitter): void {
    const table = this.#table
    if (table === undefined) return
    this.#table = undefined
    table.visitRows((rows) => emitter.rows(rows))
    table.release()
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#table?.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    this.#table?.release()
    this.#table = saved[0] === undefined ? undefined : this.#tables.load(saved[0])
  }

  release(): void {
    this.#table?.release()
    this.#table = undefined
  }
}
