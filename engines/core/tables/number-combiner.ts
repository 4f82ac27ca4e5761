/**
 * The combiner of an `exchange` of numbers: a kernel appends each pair to a chunk of its key's partition. Nothing is combined:
 * what is gained is one message for many records. Within a partition pairs stay in order.
 *
 * A chunk that is full is kept until the drain. A drain leaves each partition its last chunk, which has grown to what the
 * partition needs.
 */
import { assert } from '../assert.ts'
import { type Batch, PAIR_BYTES } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { PartitionId, Pointer } from '../units.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import type { Combiner, RowsVisitor } from './table.ts'

const CHUNK_BYTES_MIN = 1024
const CHUNK_BYTES_MAX = VISIT_BYTES_MAX
/** Pairs at which it asks to be drained: a chunk's share, less what a batch adds and chance makes uneven. */
const PAIRS_A_PARTITION = (CHUNK_BYTES_MAX / PAIR_BYTES) * 0.75
const PAIRS_MAX = 131_072

interface Chunk {
  readonly pointer: Pointer
  readonly bytes: number
}

const NOTHING: Chunk = { pointer: 0, bytes: 0 }

const MARK_BYTES = 4

export interface NumberCombinerOptions {
  /** What every chunk begins with: its reader gets pairs of several kinds. */
  readonly mark?: number | undefined
  /** Pairs are in the partitions of their keys already. */
  readonly stays?: boolean
}

export class NumberCombiner implements Combiner {
  readonly #kernels: Kernels
  readonly #region: Region
  readonly #partitions: number
  readonly #fullAt: number
  readonly #mark: number | undefined
  readonly #stays: boolean
  /** Where the first pair of a chunk goes. */
  readonly #start: number
  /** What the kernel takes: by partition, where the next pair goes and where the chunk ends, two u32. 0: not yet allocated. */
  #buffers: Pointer = 0
  /** By partition: the chunk that is being filled, and those that are full. */
  #filling: Chunk[] = []
  #full: Chunk[][] = []
  #size = 0

  constructor(
    { kernels, region }: { kernels: Kernels; region: Region },
    partitions: number,
    { mark, stays = false }: NumberCombinerOptions = {},
  ) {
    assert(partitions >= 1, `a combiner for ${partitions} partitions`)
    this.#kernels = kernels
    this.#region = region
    this.#partitions = partitions
    this.#mark = mark
    this.#stays = stays
    this.#start = mark === undefined ? 0 : MARK_BYTES
    this.#fullAt = Math.min(PAIRS_MAX, partitions * PAIRS_A_PARTITION)
  }

  get size(): number {
    return this.#size
  }

  get full(): boolean {
    return this.#size >= this.#fullAt
  }

  add(batch: Batch, from?: PartitionId): void {
    assert(batch.kind === 'numbers', `a batch of ${batch.kind} reached an exchange of numbers`)
    const { at, count } = batch
    if (this.#buffers === 0) this.#begin()
    if (this.#stays) this.#keep(at, count, from)
    else this.#exchange(at, count)
    this.#size += count
  }

  #exchange(at: Pointer, count: number): void {
    for (let left = count; ; ) {
      const taken = this.#kernels.exchangeNumbers(at, left, this.#partitions, this.#buffers)
      if (taken === left) break
      left -= taken
      at += taken * PAIR_BYTES
      this.#makeRoom()
    }
  }

  /** Appends pairs to what there is of the partition where they come from. */
  #keep(at: Pointer, count: number, partition: PartitionId | undefined): void {
    assert(partition !== undefined, 'pairs that stay come from a partition')
    const { u32 } = this.#region.memory
    const end = at + count * PAIR_BYTES
    for (;;) {
      const next = this.#next(partition)
      const { pointer, bytes } = this.#filling[partition]!
      const length = Math.min(end - at, pointer + this.#endOf(bytes) - next)
      this.#kernels.copyBytes(next, at, length)
      u32[(this.#buffers >>> 2) + 2 * partition] = next + length
      at += length
      if (at === end) return
      this.#makeRoom()
    }
  }

  drain(visit: RowsVisitor): void {
    if (this.#size === 0) return
    this.#size = 0
    for (let partition = 0; partition < this.#partitions; partition++) {
      const full = this.#full[partition]!
      for (const { pointer, bytes } of full) {
        visit(partition, { pointer, length: this.#endOf(bytes) })
        this.#region.free(pointer, bytes)
      }
      full.length = 0
      const { pointer } = this.#filling[partition]!
      const length = this.#next(partition) - pointer
      if (length > this.#start) visit(partition, { pointer, length })
      this.#fill(partition, this.#filling[partition]!)
    }
  }

  release(): void {
    if (this.#buffers === 0) return
    for (let partition = 0; partition < this.#partitions; partition++) {
      for (const { pointer, bytes } of this.#full[partition]!) this.#region.free(pointer, bytes)
      const { pointer, bytes } = this.#filling[partition]!
      if (bytes > 0) this.#region.free(pointer, bytes)
    }
    this.#region.free(this.#buffers, this.#partitions * 8)
    this.#buffers = 0
    this.#size = 0
  }

  #begin(): void {
    this.#buffers = this.#region.allocate(this.#partitions * 8)
    for (let partition = 0; partition < this.#partitions; partition++) {
      this.#full[partition] = []
      this.#fill(partition, NOTHING)
    }
  }

  /** Where the next pair of a partition goes. */
  #next(partition: PartitionId): Pointer {
    return this.#region.memory.u32[(this.#buffers >>> 2) + 2 * partition]!
  }

  /** Begins to fill a chunk. */
  #fill(partition: PartitionId, chunk: Chunk): void {
    const { u32 } = this.#region.memory
    const { pointer, bytes } = chunk
    this.#filling[partition] = chunk
    const isEmpty = bytes === 0
    if (!isEmpty && this.#mark !== undefined) u32[pointer >>> 2] = this.#mark
    u32[(this.#buffers >>> 2) + 2 * partition] = pointer + (isEmpty ? 0 : this.#start)
    u32[(this.#buffers >>> 2) + 2 * partition + 1] = pointer + this.#endOf(bytes)
  }

  /** Where the pairs of a chunk of so many bytes end at most. */
  #endOf(bytes: number): number {
    if (bytes === 0) return 0
    return bytes - ((bytes - this.#start) % PAIR_BYTES)
  }

  /** Gives a new chunk to every partition that has no room for a pair. */
  #makeRoom(): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const chunk = this.#filling[partition]!
      if (this.#next(partition) < chunk.pointer + this.#endOf(chunk.bytes)) continue
      if (chunk.bytes > 0) this.#full[partition]!.push(chunk)
      const bytes = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, chunk.bytes * 4))
      this.#fill(partition, { pointer: this.#region.allocate(bytes), bytes })
    }
  }
}
