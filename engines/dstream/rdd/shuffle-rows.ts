/**
 * Shuffle rows: what a map task leaves for one path, per destination partition, in its worker's region (RDD §5.2).
 *
 * Rows come from a combiner's `drain` in *pieces* of at most about 64 KiB; pieces are kept whole, since only tables know
 * the wire format, and are read in the order in which they were written, so that recomputation folds in equal order.
 *
 * They lie in *segments* of at most 1 MiB: no block asks for a larger piece of the region. Where blocks of many sizes come and go,
 * much of it may be free, and no large piece.
 */
import { assert } from '../../core/assert.ts'
import { type Bytes, Region } from '../../core/columns/memory.ts'
import type { PartitionId, Pointer } from '../../core/units.ts'

const ALIGNMENT = 8
const FIRST_CAPACITY = 4096
const SEGMENT_BYTES = 1024 * 1024
/** A segment may waste so much of itself; one that would waste more is copied to its exact size. */
const FILLED_MIN = 0.75

function aligned(bytes: number): number {
  return (bytes + ALIGNMENT - 1) & -ALIGNMENT
}

interface Layout {
  readonly segments: readonly Bytes[]
  /** `first[d] .. first[d + 1]` are the pieces of destination d. */
  readonly first: Uint32Array
  /** Two numbers a piece: pointer and length. */
  readonly pieces: Uint32Array
}

/** Immutable rows of one path, batch and source partition. */
export class ShuffleRows {
  /** Bytes of memory held, and those of them that are rows. */
  readonly bytes: number
  readonly length: number
  #region: Region
  #layout: Layout

  constructor(region: Region, layout: Layout) {
    this.#region = region
    this.#layout = layout
    const { segments, pieces } = layout
    this.bytes = segments.reduce((sum, { length }) => sum + length, 0)
    let length = 0
    for (let piece = 1; piece < pieces.length; piece += 2) length += aligned(pieces[piece]!)
    this.length = length
  }

  get destinations(): number {
    return this.#layout.first.length - 1
  }

  visit(partition: PartitionId, visit: (rows: Bytes) => void): void {
    const { first, pieces } = this.#layout
    const end = first[partition + 1] ?? 0
    for (let piece = first[partition] ?? 0; piece < end; piece++) {
      visit({ pointer: pieces[piece * 2]!, length: pieces[piece * 2 + 1]! })
    }
  }

  /** Header (first pieces u32, pieces u32), first pieces, lengths of pieces, all little endian u32; then their bytes, each aligned. */
  save(): Uint8Array {
    const { first, pieces } = this.#layout
    const count = pieces.length / 2
    const head = 2 + first.length + count
    let at = aligned(head * 4)
    const saved = new Uint8Array(at + this.length)
    const words = new Uint32Array(saved.buffer, 0, head)
    words[0] = first.length
    words[1] = count
    words.set(first, 2)
    for (let piece = 0; piece < count; piece++) {
      const length = pieces[piece * 2 + 1]!
      words[2 + first.length + piece] = length
      saved.set(this.#region.memory.bytes(pieces[piece * 2]!, length), at)
      at += aligned(length)
    }
    return saved
  }

  release(region: Region): void {
    for (const { pointer, length } of this.#layout.segments) region.free(pointer, length)
  }
}

export function loadShuffleRows(region: Region, saved: Uint8Array): ShuffleRows {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
  const word = (index: number): number => view.getUint32(index * 4, true)
  const [firsts, count] = [word(0), word(1)]
  const first = Uint32Array.from({ length: firsts }, (_, index) => word(2 + index))
  const pieces = new Uint32Array(count * 2)
  const segments = new Segments(region)
  let at = aligned((2 + firsts + count) * 4)
  for (let piece = 0; piece < count; piece++) {
    const length = word(2 + firsts + piece)
    const pointer = segments.room(length, saved.length - at)
    region.memory.u8.set(saved.subarray(at, at + length), pointer)
    pieces[piece * 2] = pointer
    pieces[piece * 2 + 1] = length
    at += aligned(length)
  }
  return new ShuffleRows(region, { segments: segments.take(), first, pieces })
}

/** Where pieces lie: segments that are full, and one that is being filled. */
class Segments {
  #region: Region
  #full: Bytes[] = []
  #pointer: Pointer = 0
  /** Of the segment that is being filled; 0 when there is none. */
  #capacity = 0
  #length = 0

  constructor(region: Region) {
    this.#region = region
  }

  /** Room for so many bytes. `expected`: about so many will be asked for, with these. */
  room(bytes: number, expected: number): Pointer {
    if (this.#length + aligned(bytes) > this.#capacity) this.#open(aligned(bytes), expected)
    const pointer = this.#pointer + this.#length
    this.#length += aligned(bytes)
    return pointer
  }

  /**
   * Where the last segment would waste too much of itself: copies what is in it to a piece of the exact size, and keeps it for what
   * comes next. Returns what has moved.
   */
  trim(): { readonly from: Bytes; readonly to: Pointer } | undefined {
    const from = { pointer: this.#pointer, length: this.#length }
    if (from.length >= this.#capacity * FILLED_MIN || from.length === 0) return undefined
    const to = this.#region.allocate(from.length)
    this.#region.memory.u8.copyWithin(to, from.pointer, from.pointer + from.length)
    this.#full.push({ pointer: to, length: from.length })
    this.#length = 0
    return { from, to }
  }

  /** All in which something lies, for who will release them. */
  take(): readonly Bytes[] {
    this.#close()
    const taken = this.#full
    this.#full = []
    return taken
  }

  /** Forgets what lies here, and keeps a segment for what comes next. */
  clear(): void {
    for (const { pointer, length } of this.#full) this.#region.free(pointer, length)
    this.#full = []
    this.#length = 0
  }

  #close(): void {
    if (this.#length === 0) return
    this.#full.push({ pointer: this.#pointer, length: this.#capacity })
    this.#capacity = 0
    this.#length = 0
  }

  #open(bytes: number, expected: number): void {
    this.#close()
    // Empty, and too small.
    if (this.#capacity > 0) this.#region.free(this.#pointer, this.#capacity)
    this.#capacity = 0
    // The size class gives so much anyway.
    const capacity = Region.footprint(Math.max(bytes, Math.min(expected, SEGMENT_BYTES)))
    this.#pointer = this.#region.allocate(capacity)
    this.#capacity = capacity
  }
}

/**
 * Collects pieces in segments of the region, which become the block when it is sealed: rows are not copied again. The next block is
 * expected to be as large as the last one and a little more, because a path's blocks are about equal from batch to batch.
 */
export class ShuffleWriter {
  #region: Region
  #partitions: number
  #segments: Segments
  #expected = FIRST_CAPACITY
  #length = 0
  /** Three numbers a piece: destination, pointer, length. */
  #pieces: number[] = []
  /** Handed to `Combiner.drain`. */
  readonly append = (partition: PartitionId, rows: Bytes): void => this.#append(partition, rows)

  constructor(region: Region, partitions: number) {
    this.#region = region
    this.#partitions = partitions
    this.#segments = new Segments(region)
  }

  /** Makes the rows a block of their own and starts anew. */
  seal(): ShuffleRows {
    this.#trim()
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
    const segments = this.#segments.take()
    if (this.#length > 0) this.#expected = this.#length + (this.#length >>> 3)
    this.clear()
    return new ShuffleRows(this.#region, { segments, first, pieces })
  }

  clear(): void {
    this.#segments.clear()
    this.#length = 0
    this.#pieces.length = 0
  }

  #trim(): void {
    const moved = this.#segments.trim()
    if (moved === undefined) return
    const { from, to } = moved
    for (let at = 1; at < this.#pieces.length; at += 3) {
      const offset = this.#pieces[at]! - from.pointer
      if (offset >= 0 && offset < from.length) this.#pieces[at] = to + offset
    }
  }

  #append(partition: PartitionId, rows: Bytes): void {
    assert(partition < this.#partitions, `rows for partition ${partition} of ${this.#partitions}`)
    if (rows.length === 0) return
    // What exceeds all that was expected is about a quarter more.
    const length = this.#length
    const expected = Math.max(this.#expected - length, length >>> 2, FIRST_CAPACITY)
    const pointer = this.#segments.room(rows.length, expected)
    this.#region.memory.u8.copyWithin(pointer, rows.pointer, rows.pointer + rows.length)
    this.#pieces.push(partition, pointer, rows.length)
    this.#length = length + aligned(rows.length)
  }
}
