/**
 * Shuffle rows: what a map task leaves for one path, per destination partition, in its worker's region (RDD §5.2).
 *
 * Rows come from a combiner's `drain` in *pieces* of at most about 64 KiB; pieces are kept whole, since only tables know
 * the wire format, and are read in the order in which they were written, so that recomputation folds in equal order.
 */
import { assert } from '../../core/assert.ts'
import { type Bytes, Region } from '../../core/columns/memory.ts'
import type { PartitionId, Pointer } from '../../core/units.ts'

const ALIGNMENT = 8
const FIRST_CAPACITY = 4096
/** A block may waste so much of its buffer; one that would waste more is copied to its exact size. */
const FILLED_MIN = 0.75

/** Immutable rows of one path, batch and source partition. */
export class ShuffleRows {
  /** Bytes of memory held, and those of them that are rows. */
  readonly bytes: number
  readonly length: number
  #pointer: Pointer
  #region: Region
  /** `first[d] .. first[d + 1]` are the pieces of destination d. */
  #first: Uint32Array
  /** Two numbers a piece: offset and length. */
  #pieces: Uint32Array

  constructor(
    region: Region,
    layout: {
      readonly pointer: Pointer
      readonly length: number
      /** Of the buffer that the rows lie in. */
      readonly capacity: number
      readonly first: Uint32Array
      readonly pieces: Uint32Array
    },
  ) {
    this.#region = region
    this.#pointer = layout.pointer
    this.length = layout.length
    this.bytes = layout.capacity
    this.#first = layout.first
    this.#pieces = layout.pieces
  }

  get destinations(): number {
    return this.#first.length - 1
  }

  visit(partition: PartitionId, visit: (rows: Bytes) => void): void {
    const end = this.#first[partition + 1] ?? 0
    for (let piece = this.#first[partition] ?? 0; piece < end; piece++) {
      visit({
        pointer: this.#pointer + this.#pieces[piece * 2]!,
        length: this.#pieces[piece * 2 + 1]!,
      })
    }
  }

  /** Header (destinations u32, pieces u32), first pieces, piece table, then the bytes; all little endian u32. */
  save(): Uint8Array {
    const head = 2 + this.#first.length + this.#pieces.length
    const saved = new Uint8Array(head * 4 + this.length)
    const words = new Uint32Array(saved.buffer, 0, head)
    words[0] = this.#first.length
    words[1] = this.#pieces.length
    words.set(this.#first, 2)
    words.set(this.#pieces, 2 + this.#first.length)
    saved.set(this.#region.memory.bytes(this.#pointer, this.length), head * 4)
    return saved
  }

  release(region: Region): void {
    if (this.bytes > 0) region.free(this.#pointer, this.bytes)
  }
}

export function loadShuffleRows(region: Region, saved: Uint8Array): ShuffleRows {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
  const word = (index: number): number => view.getUint32(index * 4, true)
  const first = Uint32Array.from({ length: word(0) }, (_, index) => word(2 + index))
  const pieces = Uint32Array.from({ length: word(1) }, (_, index) => word(2 + first.length + index))
  const head = (2 + first.length + pieces.length) * 4
  const length = saved.length - head
  const pointer = length > 0 ? region.allocate(length) : 0
  region.memory.u8.set(saved.subarray(head), pointer)
  return new ShuffleRows(region, { pointer, length, capacity: length, first, pieces })
}

/**
 * Collects pieces in a buffer of the region, which becomes the block when it is sealed: rows are not copied again. The next
 * buffer is as large as the last block and a little more, because a path's blocks are about equal from batch to batch.
 */
export class ShuffleWriter {
  #region: Region
  #partitions: number
  #pointer: Pointer = 0
  /** Of the buffer; 0 when there is none yet. */
  #capacity = 0
  #expected = FIRST_CAPACITY
  #length = 0
  /** Three numbers a piece: destination, offset, length. */
  #pieces: number[] = []
  /** Handed to `Combiner.drain`. */
  readonly append = (partition: PartitionId, rows: Bytes): void => this.#append(partition, rows)

  constructor(region: Region, partitions: number) {
    this.#region = region
    this.#partitions = partitions
  }

  /** Makes the rows a block of their own and starts anew. */
  seal(): ShuffleRows {
    const count = this.#pieces.length / 3
    // A counting sort by destination keeps the order of writing within each.
    const first = new Uint32Array(this.#partitions + 1)
    for (let piece = 0; piece < count; piece++) {
      const slot = this.#pieces[piece * 3]! + 1
      first[slot] = first[slot]! + 1
    }
    for (let p = 0; p < this.#partitions; p++) first[p + 1] = first[p + 1]! + first[p]!
    const next = first.slice()
    const pieces = new Uint32Array(count * 2)
    for (let piece = 0; piece < count; piece++) {
      const destination = this.#pieces[piece * 3]!
      const slot = next[destination]!
      next[destination] = slot + 1
      pieces[slot * 2] = this.#pieces[piece * 3 + 1]!
      pieces[slot * 2 + 1] = this.#pieces[piece * 3 + 2]!
    }
    return new ShuffleRows(this.#region, { ...this.#takeBuffer(), first, pieces })
  }

  clear(): void {
    this.#length = 0
    this.#pieces.length = 0
  }

  #takeBuffer(): { pointer: Pointer; length: number; capacity: number } {
    const length = this.#length
    this.clear()
    if (length === 0) return { pointer: 0, length, capacity: 0 }
    if (length < this.#capacity * FILLED_MIN) {
      const pointer = this.#region.allocate(length)
      this.#region.memory.u8.copyWithin(pointer, this.#pointer, this.#pointer + length)
      return { pointer, length, capacity: length }
    }
    const taken = { pointer: this.#pointer, length, capacity: this.#capacity }
    this.#capacity = 0
    this.#expected = length + (length >>> 3)
    return taken
  }

  #append(partition: PartitionId, rows: Bytes): void {
    assert(partition < this.#partitions, `rows for partition ${partition} of ${this.#partitions}`)
    if (rows.length === 0) return
    const needed = this.#length + rows.length + ALIGNMENT
    if (needed > this.#capacity) this.#grow(needed)
    this.#region.memory.u8.copyWithin(
      this.#pointer + this.#length,
      rows.pointer,
      rows.pointer + rows.length,
    )
    this.#pieces.push(partition, this.#length, rows.length)
    this.#length = (this.#length + rows.length + ALIGNMENT - 1) & -ALIGNMENT
  }

  #grow(needed: number): void {
    let capacity = Math.max(this.#capacity, this.#expected)
    while (capacity < needed) capacity = Math.ceil(capacity * 1.25)
    // The size class gives so much anyway.
    capacity = Region.footprint(capacity)
    const pointer = this.#region.allocate(capacity)
    if (this.#capacity > 0) {
      this.#region.memory.u8.copyWithin(pointer, this.#pointer, this.#pointer + this.#length)
      this.#region.free(this.#pointer, this.#capacity)
    }
    this.#pointer = pointer
    this.#capacity = capacity
  }
}
