/** `window`: the records of the last periods, in order within a partition; emits all of them at each slide. */
import type { Bytes } from '../../core/columns/memory.ts'
import type { TableFactory } from '../../core/tables/table.ts'
import { Panes, type WindowShape } from './panes.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'

export class Window implements PartitionOperator {
  readonly result = undefined
  #panes: Panes

  constructor(tables: TableFactory, shape: WindowShape) {
    this.#panes = new Panes(tables, shape)
  }

  fold(rows: Bytes, pane: number): void {
    this.#panes.fold(rows, pane)
  }

  close(emitter: Emitter): void {
    for (const pane of this.#panes.close().left) pane?.release()
    for (const pane of this.#panes.window) pane?.visitRows((rows) => emitter.rows(rows))
    this.#panes.releaseLast()
  }

  save(): readonly (Uint8Array | undefined)[] {
    return this.#panes.save()
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    this.#panes.restore(saved)
  }

  release(): void {
    this.#panes.release()
  }
}
