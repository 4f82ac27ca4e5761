/**
 * A capability: the right to send at a timestamp, and later, from one stage (timely: capabilities; Naiad §2.3, inputs).
 *
 * Held: it counts as outstanding at its stage, so no frontier passes it. A vertex in a callback needs none, because what
 * it is called with is outstanding until it returns; inputs, which nothing calls, hold one.
 *
 *   held ──downgrade──▶ held at a later time ──drop──▶ dropped
 */
import { assert } from '../../core/assert.ts'
import type { LocationId } from '../progress/pointstamp.ts'
import type { ProgressBroadcast } from '../progress/progress-broadcast.ts'
import { equalTimes, lessEqual, showTime, type Timestamp } from '../progress/timestamp.ts'

export class Capability {
  #progress: ProgressBroadcast
  #location: LocationId
  #time: Timestamp | undefined

  /** Takes over a count that is already stated: an initial one, or one just handed to `progress.update`. */
  constructor(progress: ProgressBroadcast, location: LocationId, time: Timestamp) {
    this.#progress = progress
    this.#location = location
    this.#time = time
  }

  get held(): boolean {
    return this.#time !== undefined
  }

  get time(): Timestamp {
    assert(this.#time !== undefined, () => `capability at location ${this.#location} is dropped`)
    return this.#time
  }

  allows(time: Timestamp): boolean {
    return this.#time !== undefined && lessEqual(this.#time, time)
  }

  /** Gives up all times that are not ≥ `time`. */
  downgrade(time: Timestamp): void {
    const now = this.time
    assert(
      lessEqual(now, time),
      () =>
        `capability at ${showTime(now)} cannot be downgraded to ${showTime(time)}: ` +
        `${showTime(now)} ≤ ${showTime(time)} is false. Downgrade only forward.`,
    )
    if (equalTimes(now, time)) return
    // The later time is claimed before the earlier one is given up.
    this.#progress.update(this.#location, time, 1)
    this.#progress.update(this.#location, now, -1)
    this.#time = time
  }

  drop(): void {
    this.#progress.update(this.#location, this.time, -1)
    this.#time = undefined
  }
}
