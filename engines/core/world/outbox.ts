/**
 * One direction of a session: frames in order of sequence, kept until the other side has acknowledged them, or, on a link that loses
 * nothing, until it has taken them.
 *
 *   … acknowledged │head … in flight │next … transmitted before │sent … never transmitted │tail
 *
 * Between `next` and `sent` is what will be sent again after a timeout; most of the time there is nothing.
 *
 * Frames lie in blocks, each whole in one, and stay where they are until they are done: nothing is copied to make room. Blocks are
 * used again, and what a burst leaves is bounded. Overflow of the limit: `CapacityError` that names the link (sources were asked to
 * hold back at half of it).
 */
import { CapacityError } from '../errors.ts'
import { FRAME_HEADER_BYTES, type FrameHeader, frameBytes, restamp, writeHeader } from './frame.ts'

/** Of the first block: small, since a large cluster has an outbox for each pair of processes and most hold little. */
const FIRST_BYTES = 512
/** Of a block when there are some, but for that of a frame that is larger. */
const BLOCK_BYTES = 256 * 1024
/** What blocks without frames may take: about as much as a link holds. */
const SPARE_BYTES_MAX = 1024 * 1024

/** Some frames, one after the other. */
class Block {
  readonly bytes: Uint8Array
  readonly view: DataView
  used = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
    this.view = new DataView(this.bytes.buffer)
  }
}

export class Outbox {
  readonly name: string
  readonly limit: number
  /** Those with frames, in order. */
  #blocks: Block[] = []
  #spares: Block[] = []
  #spareBytes = 0
  /** Bytes of frames from the beginning of the first block on. */
  #head = 0
  #next = 0
  #sent = 0
  #tail = 0
  /** Sequence of the frame at `#head`, at `#sent`, and of the one to be appended. */
  #headSequence = 0
  #sentSequence = 0
  #tailSequence = 0

  constructor(name: string, limit: number) {
    this.name = name
    this.limit = limit
  }

  get bytes(): number {
    return this.#tail - this.#head
  }

  get unsent(): boolean {
    return this.#next < this.#tail
  }

  get unacknowledged(): boolean {
    return this.#head < this.#next
  }

  get inFlight(): number {
    return this.#next - this.#head
  }

  get nextSequence(): number {
    return this.#tailSequence
  }

  /** Sequence of the first frame that was never transmitted. */
  get sentSequence(): number {
    return this.#sentSequence
  }

  /** Sequence of the oldest frame that is not acknowledged. */
  get headSequence(): number {
    return this.#headSequence
  }

  /** What its blocks take, those without frames too. */
  get allocatedBytes(): number {
    return this.#blocks.reduce((sum, { bytes }) => sum + bytes.length, this.#spareBytes)
  }

  /** Appends a frame: its header says `nextSequence`, and how long payload and tail are together. */
  append(header: FrameHeader, payload: Uint8Array, tail: Uint8Array | undefined = undefined): void {
    const { length } = header
    const size = frameBytes(length)
    if (this.bytes + size > this.limit) {
      throw new CapacityError({
        asked: `send ${length} bytes over ${this.name}`,
        found: `its outbox holds ${this.bytes} bytes`,
        rule: `an outbox holds at most ${this.limit} bytes`,
        remedy: 'Lower the rate, or look for a receiver that does not read',
      })
    }
    const block = this.#blockFor(size)
    writeHeader(block.view, block.used, header)
    const at = block.used + FRAME_HEADER_BYTES
    block.bytes.set(payload, at)
    if (tail !== undefined) block.bytes.set(tail, at + payload.length)
    block.used += size
    this.#tail += size
    this.#tailSequence += 1
  }

  /** Whether nothing waits and nothing is kept: what is sent now may pass it by. */
  get empty(): boolean {
    return this.#tail === this.#head
  }

  /** Accounts for a frame with `nextSequence` that a lossless link has taken at once, and of which no copy is kept. */
  passed(): void {
    this.#tailSequence += 1
    this.#headSequence = this.#tailSequence
    this.#sentSequence = this.#tailSequence
  }

  /** Transmits what has not been, as long as `transmit` takes it and no more than `window` bytes are in flight. */
  transmit(
    window: number,
    acknowledging: Pick<FrameHeader, 'acknowledged' | 'acknowledgesResent'>,
    transmit: (header: Uint8Array, payload: Uint8Array) => boolean,
  ): boolean {
    const { acknowledged, acknowledgesResent } = acknowledging
    let sent = false
    let start = 0
    for (const { bytes, view, used } of this.#blocks) {
      while (this.#next < start + used) {
        const at = this.#next - start
        const length = view.getUint32(at, true)
        const size = frameBytes(length)
        if (this.inFlight > 0 && this.inFlight + size > window) return sent
        const resent = this.#next < this.#sent
        restamp(view, at, { resent, acknowledged, acknowledgesResent })
        const header = bytes.subarray(at, at + FRAME_HEADER_BYTES)
        const from = at + FRAME_HEADER_BYTES
        if (!transmit(header, bytes.subarray(from, from + length))) return sent
        this.#next += size
        if (this.#next > this.#sent) {
          this.#sent = this.#next
          this.#sentSequence += 1
        }
        sent = true
      }
      start += used
    }
    return sent
  }

  /**
   * The other side expects `sequence` next, and what it got last was sent once or again. Everything before is done. Returns
   * the bytes that were.
   */
  acknowledge(sequence: number, resent: boolean): number {
    let done = 0
    while (this.#headSequence < sequence && this.#head < this.#sent) {
      const first = this.#blocks[0]!
      const size = frameBytes(first.view.getUint32(this.#head, true))
      this.#head += size
      this.#headSequence += 1
      done += size
      if (this.#head === first.used) this.#dropFirst()
    }
    // A first sending has arrived after all: it was slow, the rest of it is on its way, too, and need not be sent again.
    if (this.#head > this.#next || (done > 0 && !resent)) this.#next = this.#sent
    return done
  }

  /** Goes back to the oldest frame that is not acknowledged. */
  rewind(): void {
    this.#next = this.#head
  }

  /** The block that a frame of this size goes to. */
  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.used + size <= last.bytes.length) return last
    const twice = last === undefined ? FIRST_BYTES : 2 * last.bytes.length
    const block = this.#spare(size) ?? new Block(Math.max(size, Math.min(twice, BLOCK_BYTES)))
    this.#blocks.push(block)
    return block
  }

  /** One that has room for a frame of this size, if there is any. Those that are too small for what is sent now are left. */
  #spare(size: number): Block | undefined {
    for (let spare = this.#spares.pop(); spare !== undefined; spare = this.#spares.pop()) {
      this.#spareBytes -= spare.bytes.length
      if (spare.bytes.length >= size) return spare
    }
    return undefined
  }

  /** All frames of the first block are done. */
  #dropFirst(): void {
    const block = this.#blocks.shift()!
    this.#head -= block.used
    this.#next -= block.used
    this.#sent -= block.used
    this.#tail -= block.used
    block.used = 0
    if (this.#spareBytes + block.bytes.length > SPARE_BYTES_MAX) return
    this.#spares.push(block)
    this.#spareBytes += block.bytes.length
  }
}
