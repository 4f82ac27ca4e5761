/** Gathers rows as they are for one partition: of a path that neither combines nor takes apart (into a `topK`). */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Combiner, RowsVisitor } from '../tables/table.ts'
import type { PartitionId } from '../units.ts'

const BYTES_MAX = 4 * 1024 * 1024

/** `size` counts visits of rows, not keys. */
export class RowsGatherer implements Combiner {
  readonly #region: Region
  readonly #partition: PartitionId
  #blocks: Uint8Array[] = []
  #bytes = 0

  constructor(region: Region, partition: PartitionId) {
    this.#region = region
    this.#partition = partition
  }

  get size(): number {
    return this.#blocks.length
  }

  get full(): boolean {
    return this.#bytes >= BYTES_MAX
  }

  add(batch: Batch): void {
    assert(batch.kind === 'rows', `a table's rows go on as rows, not as ${batch.kind}`)
    const { pointer, length } = batch.rows
    this.#blocks.push(this.#region.memory.u8.slice(pointer, pointer + length))
    this.#bytes += length
  }

  drain(visit: RowsVisitor): void {
    const blocks = this.#blocks
    this.release()
    for (const block of blocks) {
      const pointer = this.#region.allocate(block.length)
      try {
        this.#region.memory.u8.set(block, pointer)
        visit(this.#partition, { pointer, length: block.length })
      } finally {
        this.#region.free(pointer, block.length)
      }
    }
  }

  release(): void {
    this.#blocks = []
    this.#bytes = 0
  }
}
