/**
 * How long a session waits for an acknowledgement before it sends again: by what round trips have taken (Jacobson, Karels:
 * Congestion Avoidance and Control, 1988).
 *
 *   timeout = max(least, smoothed + 4 · deviation) · 2^backoff
 *
 * One frame at a time is timed, from its first sending. An acknowledgement says whether that one arrived or a later one;
 * only the first tells a time. Until it does the timeout stays doubled, once for each that passed. All from the world's
 * clock.
 */
import type { Nanos } from '../units.ts'

/** Sixteen times as long is where a link that lost everything would be looked at too seldom. */
const BACKOFF_MAX = 4

const NONE = -1

export class RoundTrip {
  readonly #least: Nanos
  #smoothed: Nanos = 0
  #deviation: Nanos = 0
  #backoff = 0
  /** Sequence of the frame that is timed, or `NONE`. */
  #sequence = NONE
  #sentAt: Nanos = 0

  constructor(least: Nanos) {
    this.#least = least
  }

  /** What one takes at most as a rule; while none is known, the least timeout. */
  get usual(): Nanos {
    if (this.#smoothed === 0) return this.#least
    return Math.ceil(this.#smoothed + 4 * this.#deviation)
  }

  get timeout(): Nanos {
    return Math.max(this.#least, this.usual) * 2 ** this.#backoff
  }

  /** A frame is sent for the first time. */
  sent(sequence: number, now: Nanos): void {
    if (this.#sequence !== NONE) return
    this.#sequence = sequence
    this.#sentAt = now
  }

  /** Everything before `sequence` is acknowledged; `resent` when the last of it was not the first sending. */
  acknowledged(sequence: number, now: Nanos, resent: boolean): void {
    if (this.#sequence === NONE || sequence <= this.#sequence) return
    this.#sequence = NONE
    if (resent) return
    this.#backoff = 0
    const taken = now - this.#sentAt
    if (this.#smoothed === 0) {
      this.#smoothed = taken
      this.#deviation = taken / 2
      return
    }
    this.#deviation += (Math.abs(taken - this.#smoothed) - this.#deviation) / 4
    this.#smoothed += (taken - this.#smoothed) / 8
  }

  timedOut(): void {
    this.#backoff = Math.min(this.#backoff + 1, BACKOFF_MAX)
  }

  /** What is being timed is known to be lost. */
  forget(): void {
    this.#sequence = NONE
  }
}
