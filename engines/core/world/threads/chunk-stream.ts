/**
 * Messages of any size over a ring, in chunks: for what is not hot (storage, history, rows, proposals).
 *
 * The hot path is `links.ts`, whose frames are read in place; here bytes are copied on both sides. A chunk says whether
 * it is the first and the last of its message. A writer that dies in between leaves a beginning without an end, which
 * the first chunk of its next life overrides.
 *
 *   chunk: kind u32 | flags u32 (1 first, 2 last) | incarnation u32 | message bytes u32 | bytes
 */
import { assert } from '../../assert.ts'
import { discard, type RunMemory } from '../../columns/memory.ts'
import { CapacityError } from '../../errors.ts'
import type { Pointer } from '../../units.ts'
import { RingReader, type RingSpan, RingWriter } from './ring.ts'

const CHUNK_HEADER_BYTES = 16
const FIRST = 1
const LAST = 2

export interface ChunkWriterOptions {
  /** Names the queue in errors. */
  readonly name: string
  readonly incarnation: number
  /** Bytes that may wait in this thread for room on the ring; beyond it `push` throws a `CapacityError`. */
  readonly queueBytesMax: number
}

interface Message {
  readonly kind: number
  readonly bytes: Uint8Array
  readonly more: Uint8Array
  readonly length: number
}

const NOTHING: Uint8Array = new Uint8Array(0)
const SENT: Message = { kind: 0, bytes: NOTHING, more: NOTHING, length: 0 }

/** The sending end. `push` never blocks; `pump` moves what fits. */
export class ChunkWriter {
  #memory: RunMemory
  #ring: RingWriter
  #options: ChunkWriterOptions
  #queue: Message[] = []
  /** First message of the queue that is not wholly on the ring, and how much of it is. */
  #front = 0
  #sent = 0
  #bytes = 0

  constructor(memory: RunMemory, span: RingSpan, options: ChunkWriterOptions) {
    this.#memory = memory
    this.#ring = new RingWriter(memory, span)
    this.#options = options
  }

  get pending(): boolean {
    return this.#front < this.#queue.length
  }

  /** Whether more than half of the ring waits for its reader, who may be asleep on purpose. */
  halfFull(): boolean {
    return this.#ring.halfFull()
  }

  /** Whether messages wait for room and there is some now. */
  get unblocked(): boolean {
    return this.pending && this.#ring.unblocked()
  }

  /** Queues a message. `bytes` must not change afterwards; `more`, which follows them, is given away. */
  push(kind: number, bytes: Uint8Array, more = NOTHING): void {
    const { name, queueBytesMax } = this.#options
    const length = bytes.length + more.length
    if (this.#bytes + length > queueBytesMax) {
      throw new CapacityError({
        asked: `queue ${length} bytes for ${name}`,
        found: `${this.#bytes} bytes wait already`,
        rule: `at most ${queueBytesMax} bytes may wait there`,
        remedy: 'Write less or less often; the reader of this queue cannot keep up',
      })
    }
    this.#queue.push({ kind, bytes, more, length })
    this.#bytes += length
  }

  /** Moves queued messages to the ring as far as there is room. Returns whether anything was moved. */
  pump(): boolean {
    const chunkBytesMax = this.#ring.span.capacity / 4 - CHUNK_HEADER_BYTES
    let moved = false
    while (this.#front < this.#queue.length) {
      const message = this.#queue[this.#front]!
      const { kind, length } = message
      const count = Math.min(chunkBytesMax, length - this.#sent)
      const pointer = this.#ring.reserve(CHUNK_HEADER_BYTES + count)
      if (pointer === 0) break
      const last = this.#sent + count === length
      const { u32 } = this.#memory
      u32[pointer >>> 2] = kind
      u32[(pointer >>> 2) + 1] = (this.#sent === 0 ? FIRST : 0) | (last ? LAST : 0)
      u32[(pointer >>> 2) + 2] = this.#options.incarnation
      u32[(pointer >>> 2) + 3] = length
      this.#copy(message, count, pointer + CHUNK_HEADER_BYTES)
      this.#ring.publish()
      moved = true
      this.#sent += count
      if (last) {
        this.#bytes -= length
        // What is sent goes at once: a queue of checkpoints takes a while to be empty.
        if (message.more.length > 0) discard(message.more)
        this.#queue[this.#front] = SENT
        this.#front += 1
        this.#sent = 0
      }
    }
    if (this.#front === this.#queue.length) {
      this.#queue.length = 0
      this.#front = 0
    }
    return moved
  }

  wakeReader(): void {
    this.#ring.wakeReader()
  }

  /** Copies the next bytes of a message. */
  #copy({ bytes, more }: Message, count: number, to: Pointer): void {
    const { u8 } = this.#memory
    const from = this.#sent
    const first = bytes.subarray(from, from + count)
    u8.set(first, to)
    if (first.length === count) return
    const place = from + first.length - bytes.length
    u8.set(more.subarray(place, place + count - first.length), to + first.length)
  }
}

/** The receiving end. */
export class ChunkReader {
  #memory: RunMemory
  #ring: RingReader
  #message: Uint8Array | undefined
  #filled = 0

  constructor(memory: RunMemory, span: RingSpan) {
    this.#memory = memory
    this.#ring = new RingReader(memory, span)
  }

  ready(): boolean {
    return this.#ring.peek()
  }

  /**
   * Hands on each whole message, as bytes of its own, as long as more are wanted; the rest stays on the ring. Returns whether
   * any chunk was there.
   */
  poll(
    visit: (kind: number, bytes: Uint8Array, incarnation: number) => void,
    wanted: () => boolean = () => true,
  ): boolean {
    let found = false
    while (wanted() && this.#ring.peek()) {
      found = true
      const { pointer, length } = this.#ring
      const { u32 } = this.#memory
      const kind = u32[pointer >>> 2]!
      const flags = u32[(pointer >>> 2) + 1]!
      const incarnation = u32[(pointer >>> 2) + 2]!
      const total = u32[(pointer >>> 2) + 3]!
      if (flags & FIRST) {
        this.#message = new Uint8Array(total)
        this.#filled = 0
      }
      const message = this.#message
      // A reader of a second life may come in the middle of a message: it waits for the next beginning.
      if (message !== undefined) {
        const count = length - CHUNK_HEADER_BYTES
        assert(this.#filled + count <= message.length, `a chunk beyond its ${message.length} bytes`)
        message.set(this.#memory.bytes(pointer + CHUNK_HEADER_BYTES, count), this.#filled)
        this.#filled += count
      }
      this.#ring.advance()
      if (flags & LAST) {
        this.#message = undefined
        if (message !== undefined) visit(kind, message, incarnation)
      }
    }
    this.#ring.release()
    return found
  }
}
