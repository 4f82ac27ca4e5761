/**
 * The buffers of a drain: one a partition, which `tableDrain` fills side by side and which are visited when full, and at
 * the end. In the region, for the time of one drain.
 */
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { ROW_BYTES, ROWS_HEADER_BYTES, ROWS_MAGIC } from '../kernels/table-layout.ts'
import type { PartitionId, Pointer } from '../units.ts'
import { ROWS_VISIT_BYTES } from './column-block.ts'
import type { RowsVisitor } from './table.ts'

/** For what a partition has more than its share of the keys. */
const SPARE_BYTES = 1024

export class RowBuffers {
  /** Place and bytes of each buffer, two u32: what `tableDrain` takes. */
  readonly list: Pointer
  readonly #kernels: Kernels
  readonly #region: Region
  readonly #partitions: number

  constructor(
    { kernels, region }: { kernels: Kernels; region: Region },
    partitions: number,
    keys: number,
  ) {
    this.#kernels = kernels
    this.#region = region
    this.#partitions = partitions
    this.list = region.allocate(partitions * 8)
    const share = Math.ceil(keys / partitions) * ROW_BYTES
    const bytes = Math.min(ROWS_VISIT_BYTES, SPARE_BYTES + share + (share >>> 2)) & ~7
    for (let partition = 0; partition < partitions; partition++) this.#allocate(partition, bytes)
  }

  /** Visits what a partition's buffer holds; an empty one that a single row finds too small is replaced. */
  makeRoom(partition: PartitionId, wanted: number, visit: RowsVisitor): void {
    if (this.#visit(partition, visit)) return
    this.#region.free(this.#place(partition), this.#bytes(partition))
    this.#allocate(partition, wanted)
  }

  /** Visits all that is left, by partition. */
  visit(visit: RowsVisitor): void {
    for (let partition = 0; partition < this.#partitions; partition++) this.#visit(partition, visit)
  }

  release(): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      this.#region.free(this.#place(partition), this.#bytes(partition))
    }
    this.#region.free(this.list, this.#partitions * 8)
  }

  #place(partition: PartitionId): Pointer {
    return this.#region.memory.u32[(this.list >>> 2) + partition * 2]!
  }

  #bytes(partition: PartitionId): number {
    return this.#region.memory.u32[(this.list >>> 2) + partition * 2 + 1]!
  }

  #allocate(partition: PartitionId, bytes: number): void {
    const { u32 } = this.#region.memory
    const pointer = this.#region.allocate(bytes)
    u32[(this.list >>> 2) + partition * 2] = pointer
    u32[(this.list >>> 2) + partition * 2 + 1] = bytes
    this.#empty(pointer)
  }

  #empty(pointer: Pointer): void {
    this.#region.memory.u32.fill(0, pointer >>> 2, (pointer + ROWS_HEADER_BYTES) >>> 2)
  }

  /** Makes rows of a buffer: moves the bytes of long keys from its end to the rows. Returns whether there were any. */
  #visit(partition: PartitionId, visit: RowsVisitor): boolean {
    const { u32 } = this.#region.memory
    const pointer = this.#place(partition)
    const count = u32[(pointer >>> 2) + 1]!
    const tail = u32[(pointer >>> 2) + 2]!
    if (count === 0) return false
    const rows = ROWS_HEADER_BYTES + count * ROW_BYTES
    const end = pointer + this.#bytes(partition)
    if (tail > 0) this.#kernels.copyBytes(pointer + rows, end - tail, tail)
    u32[pointer >>> 2] = ROWS_MAGIC
    u32[(pointer >>> 2) + 2] = rows + tail
    visit(partition, { pointer, length: rows + tail })
    this.#empty(pointer)
    return true
  }
}
