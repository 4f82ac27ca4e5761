/**
 * One direction of a session: frames in order of sequence, kept until the other side has acknowledged them.
 *
 *   … acknowledged │head … in flight │next … transmitted before │sent … never transmitted │tail
 *
 * Between `next` and `sent` is what will be sent again after a timeout; most of the time there is nothing.
 *
 * A byte queue in one buffer that is compacted or doubled as needed, up to its limit. Overflow: `CapacityError` that
 * names the link (sources were asked to hold back at half of the limit).
 */
import { CapacityError } from '../errors.ts'
import { FRAME_HEADER_BYTES, type FrameHeader, frameBytes, restamp, writeHeader } from './frame.ts'

/** Small, since a large cluster has an outbox for each pair of processes and most hold little. */
const FIRST_BYTES = 512

export class Outbox {
  readonly name: string
  readonly limit: number
  #buffer = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#buffer.buffer)
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

  append(
    header: Omit<FrameHeader, 'sequence' | 'length'>,
    payload: Uint8Array,
    tail: Uint8Array | undefined = undefined,
  ): void {
    const length = payload.length + (tail?.length ?? 0)
    const size = frameBytes(length)
    if (this.bytes + size > this.limit) {
      throw new CapacityError({
        asked: `send ${length} bytes over ${this.name}`,
        found: `its outbox holds ${this.bytes} bytes`,
        rule: `an outbox holds at most ${this.limit} bytes`,
        remedy: 'Lower the rate, or look for a receiver that does not read',
      })
    }
    this.#reserve(size)
    writeHeader(this.#view, this.#tail, {
      ...header,
      length,
      sequence: this.#tailSequence,
    })
    const at = this.#tail + FRAME_HEADER_BYTES
    this.#buffer.set(payload, at)
    if (tail !== undefined) this.#buffer.set(tail, at + payload.length)
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
    let sent = false
    while (this.#next < this.#tail) {
      const length = this.#view.getUint32(this.#next, true)
      const size = frameBytes(length)
      if (this.inFlight > 0 && this.inFlight + size > window) break
      const { acknowledged, acknowledgesResent } = acknowledging
      const resent = this.#next < this.#sent
      restamp(this.#view, this.#next, { resent, acknowledged, acknowledgesResent })
      const header = this.#buffer.subarray(this.#next, this.#next + FRAME_HEADER_BYTES)
      const from = this.#next + FRAME_HEADER_BYTES
      if (!transmit(header, this.#buffer.subarray(from, from + length))) break
      this.#next += size
      if (this.#next > this.#sent) {
        this.#sent = this.#next
        this.#sentSequence += 1
      }
      sent = true
    }
    return sent
  }

  /**
   * The other side expects `sequence` next, and what it got last was sent once or again. Everything before is done. Returns
   * the bytes that were.
   */
  acknowledge(sequence: number, resent: boolean): number {
    const from = this.#head
    while (this.#headSequence < sequence && this.#head < this.#sent) {
      this.#head += frameBytes(this.#view.getUint32(this.#head, true))
      this.#headSequence += 1
    }
    const done = this.#head - from
    // A first sending has arrived after all: it was slow, the rest of it is on its way, too, and need not be sent again.
    if (this.#head > this.#next || (done > 0 && !resent)) this.#next = this.#sent
    if (this.#head === this.#tail) {
      this.#head = 0
      this.#next = 0
      this.#sent = 0
      this.#tail = 0
    }
    return done
  }

  /** Goes back to the oldest frame that is not acknowledged. */
  rewind(): void {
    this.#next = this.#head
  }

  #reserve(size: number): void {
    if (this.#tail + size <= this.#buffer.length) return
    const held = this.bytes
    if (this.#head > 0 && held + size <= this.#buffer.length / 2) {
      this.#buffer.copyWithin(0, this.#head, this.#tail)
    } else {
      let capacity = this.#buffer.length
      while (capacity < held + size) capacity *= 2
      const wider = new Uint8Array(capacity === this.#buffer.length ? capacity * 2 : capacity)
      wider.set(this.#buffer.subarray(this.#head, this.#tail))
      this.#buffer = wider
      this.#view = new DataView(wider.buffer)
    }
    this.#next -= this.#head
    this.#sent -= this.#head
    this.#tail -= this.#head
    this.#head = 0
  }
}
