/**
 * A notificator: the notifications that a vertex has asked for, until they may be delivered (Naiad §2.2).
 *
 * A request at t counts as outstanding at the stage from the request until its callback is done, so it holds back
 * everything downstream. It may be delivered when nothing else outstanding could result in it. Requests at times that
 * are comparable are delivered in order.
 */
import { assert } from '../../core/assert.ts'
import type { LocationId } from '../progress/pointstamp.ts'
import type { ProgressBroadcast } from '../progress/progress-broadcast.ts'
import { compareTimes, lessThan, showTime, type Timestamp } from '../progress/timestamp.ts'

export class Notificator {
  #progress: ProgressBroadcast
  #location: LocationId
  /** Ascending by the total order. */
  #requested: Timestamp[] = []

  constructor(progress: ProgressBroadcast, location: LocationId) {
    this.#progress = progress
    this.#location = location
  }

  get pending(): number {
    return this.#requested.length
  }

  /** Asks for a notification; a second request for the same time changes nothing. */
  request(time: Timestamp): void {
    if (this.#insert(time)) this.#progress.update(this.#location, time, 1)
  }

  /** Takes over a request that was stated as an initial count. */
  adopt(time: Timestamp): void {
    assert(this.#insert(time), () => `initial notification at ${showTime(time)} is there twice`)
  }

  /** The first request that may be delivered now, in this worker's view. It stays requested until `finish`. */
  next(): Timestamp | undefined {
    const requested = this.#requested
    for (let at = 0; at < requested.length; at++) {
      const time = requested[at]!
      // Its own earlier requests may not have reached the view yet.
      if (this.#hasEarlier(at)) continue
      if (!this.#progress.tracker.hasPrecursor(this.#location, time)) return time
    }
    return undefined
  }

  /** The callback for `time` is done. */
  finish(time: Timestamp): void {
    const at = this.#requested.findIndex((other) => compareTimes(other, time) === 0)
    assert(at >= 0, () => `notification at ${showTime(time)} ends but was not requested`)
    this.#requested.splice(at, 1)
    this.#progress.update(this.#location, time, -1)
  }

  #hasEarlier(index: number): boolean {
    const time = this.#requested[index]!
    for (let at = 0; at < index; at++) if (lessThan(this.#requested[at]!, time)) return true
    return false
  }

  #insert(time: Timestamp): boolean {
    const requested = this.#requested
    let at = requested.length
    while (at > 0) {
      const order = compareTimes(requested[at - 1]!, time)
      if (order === 0) return false
      if (order < 0) break
      at -= 1
    }
    // Mostly the last of all.
    if (at === requested.length) requested.push(time)
    else requested.splice(at, 0, time)
    return true
  }
}
