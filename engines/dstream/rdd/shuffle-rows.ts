/**
 * Shuffle rows: what a map task leaves for one path, per destination partition, in its worker's region (RDD §5.2).
 *
 * Rows come from a combiner's `drain` in *pieces* of at most about 64 KiB; pieces are kept whole, since only tables know
 * the wire format, and are read in the order in which they were written, so that recomputation folds in equal order.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, Region } from '../../core/columns/memory.ts'
import type { PartitionId, Pointer } from '../../core/units.ts'

const ALIGNMENT = 8
const FIRST_CAPACITY = 4096

/** Immutable rows of one path, batch and source partition. */
export class ShuffleRows {
  readonly bytes: number
  #pointer: Pointer
  #region: Region
  /** `first[d] .. first[d + 1]` are the pieces of destination d. */
  #first: Uint32Array
  /** Two numbers a piece: offset and length. */
  #pieces: Uint32Array

  constructor(
    region: Region,
    layout: { pointer: Pointer; bytes: number; first: Uint32Array; pieces: Uint32Array },
  ) {
    this.#region = region
    this.#pointer = layout.pointer
    this.bytes = layout.bytes
    this.#first = layout.first
    this.#pieces = layout.pieces
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
    const saved = new Uint8Array(head * 4 + this.bytes)
    const words = new Uint32Array(saved.buffer, 0, head)
    words[0] = this.#first.length
    words[1] = this.#pieces.length
    words.set(this.#first, 2)
    words.set(this.#pieces, 2 + this.#first.length)
    saved.set(this.#region.memory.bytes(this.#pointer, this.bytes), head * 4)
    return saved
  }

  release(region: Region): void {
    region.free(this.#pointer, Math.max(this.bytes, 1))
  }
}

export function loadShuffleRows(region: Region, saved: Uint8Array): ShuffleRows {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
  const word = (index: number): number => view.getUint32(index * 4, true)
  const first = Uint32Array.from({ length: word(0) }, (_, index) => word(2 + index))
  const pieces = Uint32Array.from({ length: word(1) }, (_, index) => word(2 + first.length + index))
  const head = (2 + first.length + pieces.length) * 4
  const bytes = saved.length - head
  const pointer = region.allocate(Math.max(bytes, 1))
  region.memory.u8.set(saved.subarray(head), pointer)
  return new ShuffleRows(region, { pointer, bytes, first, pieces })
}

/** Collects pieces in a scratch buffer of the region that is reused from task to task. */
export class ShuffleWriter {
  #region: Region
  #partitions: number
  #pointer: Pointer
  #capacity = FIRST_CAPACITY
  #length = 0
  /** Three numbers a piece: destination, offset, length. */
  #pieces: number[] = []
  /** Handed to `Combiner.drain`. */
  readonly append = (partition: PartitionId, rows: Bytes): void => this.#append(partition, rows)

  constructor(region: Region, partitions: number) {
    this.#region = region
    this.#partitions = partitions
    this.#pointer = region.allocate(FIRST_CAPACITY)
  }

  /** Makes the rows a block of their own, of exact size, and starts anew. */
  seal(): ShuffleRows {
    const { memory } = this.#region
    const bytes = this.#length
    const pointer = this.#region.allocate(Math.max(bytes, 1))
    memory.u8.copyWithin(pointer, this.#pointer, this.#pointer + bytes)
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
    this.clear()
    return new ShuffleRows(this.#region, { pointer, bytes, first, pieces })
  }

  clear(): void {
    this.#length = 0
    this.#pieces.length = 0
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
    let capacity = this.#capacity
    while (capacity < needed) capacity *= 2
    const pointer = this.#region.allocate(capacity)
    this.#region.memory.u8.copyWithin(pointer, this.#pointer, this.#pointer + this.#length)
    this.#region.free(this.#pointer, this.#capacity)
    this.#pointer = pointer
    this.#capacity = capacity
  }
}
