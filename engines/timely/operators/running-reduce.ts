/** `runningReduce`: a table of all that ever came; emits what changed. */
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

export class RunningReduce implements PartitionOperator {
  #tables: TableFactory
  #table: KeyedTable

  constructor(tables: TableFactory) {
    this.#tables = tables
    this.#table = tables.table()
  }

  get result(): KeyedTable {
    return this.#table
  }

  fold(rows: Bytes): void {
    this.#table.fold(rows)
  }

  close(emitter: Emitter): void {
    emitter.changes(this.#table)
  }

  save(): readonly (Uint8Array | undefined)[] {
    return [this.#table.save()]
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    const table = saved[0]
    if (table === undefined) return
    this.#table.release()
    this.#table = this.#tables.load(table)
  }

  release(): void {
    this.#table.release()
  }
}
