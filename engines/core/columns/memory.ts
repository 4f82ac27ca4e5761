/**
 * The one memory of a run, and its division into regions.
 *
 * Kernels (WebAssembly) and plain functions work on the same bytes, addressed by pointer. The memory is reserved at its
 * maximum and never grown: growing a shared memory leaves older views at their old length (DESIGN §5). In the threads
 * world all processes share it; in the simulated world one memory holds the regions of every process.
 *
 * Layout: the first 64 KiB stay unused (a null pointer, and whatever static data a kernel has), then regions, each with
 * one owner. Only the owner allocates in a region.
 */
import { assert } from '../assert.ts'
import { CapacityError } from '../errors.ts'
import type { Pointer } from '../units.ts'

export const PAGE_BYTES = 65_536

/** A run of bytes in the run's memory. Valid as long as its giver says. */
export interface Bytes {
  readonly pointer: Pointer
  readonly length: number
}

export class RunMemory {
  readonly memory: WebAssembly.Memory
  readonly buffer: ArrayBufferLike
  readonly u8: Uint8Array
  readonly u32: Uint32Array
  readonly i32: Int32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly view: DataView

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory
    this.buffer = memory.buffer
    this.u8 = new Uint8Array(this.buffer)
    this.u32 = new Uint32Array(this.buffer)
    this.i32 = new Int32Array(this.buffer)
    this.f64 = new Float64Array(this.buffer)
    this.i64 = new BigInt64Array(this.buffer)
    this.view = new DataView(this.buffer)
  }

  /** Reserves a memory of a fixed size. Always shared, so that one kernel binary serves both worlds. */
  static reserve(bytes: number): RunMemory {
    const pages = Math.ceil(bytes / PAGE_BYTES)
    assert(pages > 1 && pages <= 65_536, `a run's memory of ${pages} pages: 2..65536 can be had`)
    return new RunMemory(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }))
  }

  get byteLength(): number {
    return this.buffer.byteLength
  }

  bytes(pointer: Pointer, length: number): Uint8Array {
    return this.u8.subarray(pointer, pointer + length)
  }
}

/**
 * Gives back the memory of bytes that lie outside the run's memory, whose owner has no more use for them. The collector alone
 * waits until 64 MiB of them are garbage, in each thread.
 */
export function discard(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Blocks of this size and more begin with a cache line: an entry of a table takes one line, not two. */
const LINES_BYTES_MIN = 1024
const LINE_BYTES = 64

interface Hole {
  start: Pointer
  end: Pointer
}

/** Sizes that the allocator hands out: 64 · 2^k · {4, 5, 6, 7} / 4, so that at most a fifth is wasted. */
function sizeClass(bytes: number): number {
  if (bytes <= 64) return 0
  const octave = 31 - Math.clz32((bytes - 1) >>> 6)
  const step = 2 ** (octave + 4)
  const quarter = Math.ceil(bytes / step) - 4
  return quarter === 4 ? (octave + 1) * 4 : octave * 4 + quarter
}

function classBytes(index: number): number {
  return (4 + (index & 3)) * 2 ** ((index >> 2) + 4)
}

/** Smaller blocks stay in their lists: they are many, and little. */
const MERGED_FROM = sizeClass(LINES_BYTES_MIN)

function smallestHole(holes: readonly Hole[], size: number): Hole | undefined {
  let found: Hole | undefined
  for (const hole of holes) {
    const room = hole.end - hole.start
    if (room >= size && (found === undefined || room < found.end - found.start)) found = hole
  }
  return found
}

/**
 * A process's own part of the run's memory: one free list a size class, holes, and a bump pointer.
 *
 * `allocate` costs O(1) while blocks of its size class are free; blocks are aligned to 16 bytes, from 1 KiB on to 64, and
 * never move. Before the region would reach further than it ever did, free blocks from 1 KiB on are merged into holes,
 * and the smallest hole that is large enough is cut: tables grow through many sizes, and a list for each size kept nearly
 * as much memory touched as was in use.
 *
 * Errors: `CapacityError` when nothing of the size is left, which ends the run by the region's name. What comes before it (DESIGN §5) is
 * the engines': to hold input back, and to spill, which who can do it does at a limit of its own, below the region's.
 */
export class Region {
  readonly memory: RunMemory
  readonly name: string
  readonly base: Pointer
  readonly size: number
  #next: Pointer
  #reach: Pointer
  #free: Pointer[][] = []
  /** Bytes of the free blocks in lists that can be merged. */
  #loose = 0
  /** Ascending and apart; each begins with a line. */
  #holes: Hole[] = []
  #used = 0
  #usedMax = 0
  #largest = 0

  constructor(memory: RunMemory, span: { name: string; base: Pointer; size: number }) {
    assert(span.base % 16 === 0 && span.base >= PAGE_BYTES, `region ${span.name} at ${span.base}`)
    assert(
      span.base + span.size <= memory.byteLength,
      `region ${span.name} ends at ${span.base + span.size} of ${memory.byteLength} bytes`,
    )
    this.memory = memory
    this.name = span.name
    this.base = span.base
    this.size = span.size
    this.#next = span.base
    this.#reach = span.base
  }

  /** Bytes handed out and not given back, rounded up to their size classes. */
  get used(): number {
    return this.#used
  }

  get usedMax(): number {
    return this.#usedMax
  }

  /** Bytes of the largest block that it has handed out: another one as large may be asked for. */
  get largest(): number {
    return this.#largest
  }

  /** How far its blocks have reached since it was made, or reset: nothing behind was ever handed out. */
  get reach(): Pointer {
    return this.#reach
  }

  /** Bytes that `allocate(bytes)` really takes. */
  static footprint(bytes: number): number {
    return classBytes(sizeClass(bytes))
  }

  /** Whether `allocate` would find room. Costs O(1) while much of the region was never used. */
  has(bytes: number): boolean {
    const index = sizeClass(bytes)
    const size = classBytes(index)
    return (
      (this.#free[index]?.length ?? 0) > 0 ||
      this.#fresh(size) + size <= this.base + this.size ||
      this.#holeOf(size) !== undefined
    )
  }

  allocate(bytes: number): Pointer {
    const index = sizeClass(bytes)
    const size = classBytes(index)
    const recycled = this.#free[index]?.pop()
    if (recycled !== undefined && index >= MERGED_FROM) this.#loose -= size
    const pointer = recycled ?? this.#cut(size)
    if (pointer === undefined) {
      throw new CapacityError({
        asked: `${bytes} bytes from the region of ${this.name}`,
        found: `${this.#used} of ${this.size} bytes are in use, and the largest free piece has ${this.#largestPiece()}`,
        rule: `a block is one piece, this one of ${size} bytes, and a region is reserved at its maximum and never grown`,
        remedy: 'Give the run more memory per worker (--worker-memory), or less state',
      })
    }
    this.#used += size
    if (this.#used > this.#usedMax) this.#usedMax = this.#used
    if (size > this.#largest) this.#largest = size
    return pointer
  }

  /** Gives back a block; `bytes` is what was asked for when it was allocated. */
  free(pointer: Pointer, bytes: number): void {
    const index = sizeClass(bytes)
    let list = this.#free[index]
    if (list === undefined) {
      list = []
      this.#free[index] = list
    }
    list.push(pointer)
    const size = classBytes(index)
    this.#used -= size
    if (index >= MERGED_FROM) this.#loose += size
  }

  /** A block that no list has: of a hole, else where the region was never used. */
  #cut(size: number): Pointer | undefined {
    const hole = this.#holeOf(size)
    if (hole === undefined) {
      const pointer = this.#fresh(size)
      if (pointer + size > this.base + this.size) return undefined
      this.#next = pointer + size
      if (this.#next > this.#reach) this.#reach = this.#next
      return pointer
    }
    if (hole.end - hole.start === size) this.#holes.splice(this.#holes.indexOf(hole), 1)
    // What is smaller than a line leaves the hole's beginning where it is.
    if (size < LINES_BYTES_MIN) {
      hole.end -= size
      return hole.end
    }
    hole.start += size
    return hole.start - size
  }

  /** The smallest hole for a block, the first of equals. */
  #holeOf(size: number): Hole | undefined {
    const hole = smallestHole(this.#holes, size)
    const isFull = this.#fresh(size) + size > this.base + this.size
    if (hole !== undefined || this.#loose < (isFull ? 1 : size)) return hole
    this.#merge()
    return smallestHole(this.#holes, size)
  }

  /** Makes holes of all free blocks from 1 KiB on, and gives back the last one if nothing lies behind it. */
  #merge(): void {
    const pieces = this.#holes
    for (let index = MERGED_FROM; index < this.#free.length; index++) {
      const list = this.#free[index]
      if (list === undefined) continue
      for (const start of list) pieces.push({ start, end: start + classBytes(index) })
      list.length = 0
    }
    pieces.sort((a, b) => a.start - b.start)
    const holes: Hole[] = []
    for (const piece of pieces) {
      const before = holes.at(-1)
      if (before?.end === piece.start) before.end = piece.end
      else holes.push(piece)
    }
    if (holes.at(-1)?.end === this.#next) this.#next = holes.pop()!.start
    this.#holes = holes
    this.#loose = 0
  }

  #largestPiece(): number {
    this.#merge()
    let largest = this.base + this.size - this.#next
    for (const { start, end } of this.#holes) largest = Math.max(largest, end - start)
    // Of blocks that are not merged.
    this.#free.forEach((list, index) => {
      if (list.length > 0) largest = Math.max(largest, classBytes(index))
    })
    return largest
  }

  /** Where a new block of this size would begin. */
  #fresh(size: number): Pointer {
    return size < LINES_BYTES_MIN ? this.#next : Math.ceil(this.#next / LINE_BYTES) * LINE_BYTES
  }

  /** Forgets every block: a fenced process restarts empty. */
  reset(): void {
    this.#next = this.base
    this.#reach = this.base
    this.#free = []
    this.#loose = 0
    this.#holes = []
    this.#used = 0
    this.#largest = 0
  }
}
