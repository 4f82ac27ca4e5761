/**
 * Frames of one link and class that are on their way for longer than they should be, by the instant at which they arrive;
 * of equal instants in the order in which they were sent. Bounded: a sender that finds it full has no room on its link.
 */
import type { Nanos } from '../../../units.ts'
import { FRAME_HEADER_BYTES } from '../../frame.ts'
import { SESSION_LIMITS } from '../../session-limits.ts'

/** As much as a session has in flight. */
const HELD_BYTES_MAX = SESSION_LIMITS.windowBytes
/** What has been released is dropped from the list when it is this much of it, and half. */
const RELEASED_MAX = 1024

interface HeldFrame {
  readonly at: Nanos
  readonly bytes: Uint8Array
}

export class HeldFrames {
  #frames: HeldFrame[] = []
  /** The first one that is still held. */
  #front = 0
  #bytes = 0
  #inOrderAt: Nanos = 0

  get full(): boolean {
    return this.#bytes >= HELD_BYTES_MAX
  }

  /** When the first of them arrives, or Infinity. */
  get next(): Nanos {
    return this.#frames[this.#front]?.at ?? Number.POSITIVE_INFINITY
  }

  /** When a frame arrives that would at `at`, if it must not overtake those that were sent before it. Asked in their order. */
  inOrder(at: Nanos): Nanos {
    this.#inOrderAt = Math.max(this.#inOrderAt, at)
    return this.#inOrderAt
  }

  /** Copies a frame. Costs as many comparisons as there are frames that arrive later. */
  hold(at: Nanos, header: Uint8Array, payload: Uint8Array): void {
    const bytes = new Uint8Array(header.length + payload.length)
    bytes.set(header)
    bytes.set(payload, header.length)
    let place = this.#frames.length
    while (place > this.#front && this.#frames[place - 1]!.at > at) place -= 1
    this.#frames.splice(place, 0, { at, bytes })
    this.#bytes += bytes.length
  }

  /** Hands on what arrives by `now`, as long as `send` takes it. */
  release(now: Nanos, send: (header: Uint8Array, payload: Uint8Array) => boolean): void {
    while (this.next <= now) {
      const { bytes } = this.#frames[this.#front]!
      if (!send(bytes.subarray(0, FRAME_HEADER_BYTES), bytes.subarray(FRAME_HEADER_BYTES))) break
      this.#front += 1
      this.#bytes -= bytes.length
    }
    const { length } = this.#frames
    const isWorth = this.#front === length || this.#front > Math.max(RELEASED_MAX, length / 2)
    if (this.#front > 0 && isWorth) {
      this.#frames.splice(0, this.#front)
      this.#front = 0
    }
  }
}
