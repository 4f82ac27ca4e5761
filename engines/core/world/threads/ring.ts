/**
 * A single-producer, single-consumer ring of frames in the run's memory: how everything crosses between threads.
 *
 * Frames have any size, are aligned to 8 bytes and contiguous, so that a receiver reads them where they lie. Positions
 * count bytes modulo 2^32 and never wrap with the ring; the producer owns `tail`, the consumer `head`, in cache lines
 * 128 bytes apart, and each remembers what it last saw of the other.
 *
 *   +0 tail   +128 head   +192 producer waits for room   +256 data: (length i32, unused i32, payload, padding)*
 *
 * A frame that does not fit before the end is preceded by a wrap marker (length −1). The marker is published even when
 * the frame has to wait, so a frame as large as the whole ring gets through an empty one.
 *
 * A producer that dies leaves nothing behind but whole frames: only `publish` makes them exist. A consumer that dies
 * leaves the frame that it was handling unread.
 */
import { assert } from '../../assert.ts'
import type { RunMemory } from '../../columns/memory.ts'
import type { Pointer } from '../../units.ts'
import { wake } from './wake-word.ts'

export const RING_HEADER_BYTES = 256
const FRAME_HEADER_BYTES = 8
const HEAD_OFFSET = 128
const WAITING_OFFSET = 192
const WRAP_MARKER = -1

/** Where a ring lies, and whom to wake: plain data, it crosses to threads. */
export interface RingSpan {
  readonly base: Pointer
  /** Bytes of the data part: a power of two, at least 64. */
  readonly capacity: number
  /** Wake words of who writes and who reads. */
  readonly writerWake: Pointer
  readonly readerWake: Pointer
}

/** The largest payload that a ring of this capacity can carry. */
export function payloadBytesMax(capacity: number): number {
  return capacity - FRAME_HEADER_BYTES
}

/**
 * The producer's side. One a ring and life; a new life continues where the last one published.
 *
 * Cost: `reserve` and `publish` are O(1), with one sequentially consistent store a publish.
 */
export class RingWriter {
  readonly span: RingSpan
  #i32: Int32Array
  #tailIndex: number
  #headIndex: number
  #waitingIndex: number
  #data: Pointer
  /** Next byte to be written, and the head as last seen. */
  #tail: number
  #head: number
  /** Frames reserved since the last publish start here. */
  #published: number
  /** The last `reserve` found no room. */
  #blocked = false

  constructor(memory: RunMemory, span: RingSpan) {
    assertRing(span)
    this.span = span
    this.#i32 = memory.i32
    this.#tailIndex = span.base >>> 2
    this.#headIndex = (span.base + HEAD_OFFSET) >>> 2
    this.#waitingIndex = (span.base + WAITING_OFFSET) >>> 2
    this.#data = span.base + RING_HEADER_BYTES
    this.#tail = Atomics.load(this.#i32, this.#tailIndex)
    this.#head = Atomics.load(this.#i32, this.#headIndex)
    this.#published = this.#tail
  }

  /** Whether more than half of the ring waits for a consumer, who may be asleep on purpose. */
  halfFull(): boolean {
    const half = this.span.capacity / 2
    if ((this.#tail - this.#head) >>> 0 <= half) return false
    this.#head = Atomics.load(this.#i32, this.#headIndex)
    return (this.#tail - this.#head) >>> 0 > half
  }

  /**
   * Makes room for a frame of `bytes` and returns where its payload goes, or 0 when there is none now.
   *
   * After a 0 the consumer wakes this producer as soon as it has released something, and was itself woken.
   */
  reserve(bytes: number): Pointer {
    const { capacity } = this.span
    const size = FRAME_HEADER_BYTES + ((bytes + 7) & ~7)
    assert(size <= capacity, () => `a frame of ${bytes} bytes in a ring of ${capacity}`)
    const pointer = this.#place(bytes, size)
    if (pointer !== 0) {
      this.#blocked = false
      return pointer
    }
    // The flag goes up before the second look: the consumer releases first and looks at the flag then.
    Atomics.store(this.#i32, this.#waitingIndex, 1)
    const retried = this.#place(bytes, size)
    if (retried !== 0) {
      Atomics.store(this.#i32, this.#waitingIndex, 0)
      this.#blocked = false
      return retried
    }
    this.#blocked = true
    this.wakeReader()
    return 0
  }

  /** Whether the consumer has released something since the last `reserve` found no room: look before parking. */
  unblocked(): boolean {
    return this.#blocked && Atomics.load(this.#i32, this.#waitingIndex) === 0
  }

  /** Forgets that there was no room, once there is some: the sender is about to have its chance. */
  settle(): void {
    if (this.unblocked()) this.#blocked = false
  }

  /** Takes back what was reserved since the last publish. */
  cancel(): void {
    this.#tail = this.#published
  }

  /** Makes everything reserved visible to the consumer, by one sequentially consistent store. Does not wake it. */
  publish(): void {
    this.#published = this.#tail
    Atomics.store(this.#i32, this.#tailIndex, this.#tail)
  }

  wakeReader(): void {
    wake(this.#i32, this.span.readerWake >>> 2)
  }

  #place(bytes: number, size: number): Pointer {
    const { capacity } = this.span
    let at = this.#tail & (capacity - 1)
    const rest = capacity - at
    if (rest < size) {
      if (!this.#hasRoom(rest)) return 0
      this.#i32[(this.#data + at) >>> 2] = WRAP_MARKER
      this.#tail = (this.#tail + rest) | 0
      // Published at once only if nothing else is reserved: an unpublished frame must not show before its time.
      if (this.#published === ((this.#tail - rest) | 0)) this.publish()
      at = 0
    }
    if (!this.#hasRoom(size)) return 0
    const frame = this.#data + at
    this.#i32[frame >>> 2] = bytes
    this.#tail = (this.#tail + size) | 0
    return frame + FRAME_HEADER_BYTES
  }

  #hasRoom(size: number): boolean {
    if (((this.#tail - this.#head) >>> 0) + size <= this.span.capacity) return true
    this.#head = Atomics.load(this.#i32, this.#headIndex)
    return ((this.#tail - this.#head) >>> 0) + size <= this.span.capacity
  }
}

/**
 * The consumer's side: `peek`, work on the frame in place, `advance`, and `release` now and then.
 *
 * What was advanced over but not released is still there for a next life of the consumer.
 */
export class RingReader {
  readonly span: RingSpan
  /** The frame that `peek` found: its payload, aligned to 8 bytes. */
  pointer: Pointer = 0
  length = 0
  #i32: Int32Array
  #tailIndex: number
  #headIndex: number
  #waitingIndex: number
  #data: Pointer
  #head: number
  #tail: number
  #released: number

  constructor(memory: RunMemory, span: RingSpan) {
    assertRing(span)
    this.span = span
    this.#i32 = memory.i32
    this.#tailIndex = span.base >>> 2
    this.#headIndex = (span.base + HEAD_OFFSET) >>> 2
    this.#waitingIndex = (span.base + WAITING_OFFSET) >>> 2
    this.#data = span.base + RING_HEADER_BYTES
    this.#head = Atomics.load(this.#i32, this.#headIndex)
    this.#tail = this.#head
    this.#released = this.#head
  }

  /** Finds the next frame, if there is one. Costs one atomic load when there is none. */
  peek(): boolean {
    for (;;) {
      if (this.#head === this.#tail) {
        this.#tail = Atomics.load(this.#i32, this.#tailIndex)
        if (this.#head === this.#tail) return false
      }
      const { capacity } = this.span
      const at = this.#head & (capacity - 1)
      const length = this.#i32[(this.#data + at) >>> 2]!
      if (length !== WRAP_MARKER) {
        assert(length >= 0 && length < capacity, () => `a frame of ${length} bytes at ${at}`)
        this.pointer = this.#data + at + FRAME_HEADER_BYTES
        this.length = length
        return true
      }
      this.#head = (this.#head + capacity - at) | 0
      // The producer may wait for exactly this: room for a frame as large as the ring.
      this.release()
    }
  }

  /** Moves on to the frame after the one that `peek` found. */
  advance(): void {
    this.#head = (this.#head + FRAME_HEADER_BYTES + ((this.length + 7) & ~7)) | 0
    if (((this.#head - this.#released) >>> 0) * 8 >= this.span.capacity) this.release()
  }

  /** Gives the room of all frames advanced over back to the producer, and wakes it if it waits for some. */
  release(): void {
    if (this.#head === this.#released) return
    this.#released = this.#head
    Atomics.store(this.#i32, this.#headIndex, this.#head)
    if (Atomics.load(this.#i32, this.#waitingIndex) !== 0) {
      Atomics.store(this.#i32, this.#waitingIndex, 0)
      wake(this.#i32, this.span.writerWake >>> 2)
    }
  }
}

function assertRing({ base, capacity }: RingSpan): void {
  assert(
    base % 128 === 0 && capacity >= 64 && capacity <= 2 ** 30 && (capacity & (capacity - 1)) === 0,
    `a ring of ${capacity} bytes at ${base}: a power of two of at least 64, on a multiple of 128`,
  )
}
