/**
 * What loops did in a run: whether events of later rounds were outstanding, and whether notifications were delivered within.
 * Told of progress as invariants are, and tells them.
 */
import type { InnerSighting } from '../../core/conformance/checked-engine.ts'
import type { ObservedView, ProgressObserver, ViewObserver } from './progress-observer.ts'
import type { Timestamp } from './timestamp.ts'

export class LoopSightings implements ProgressObserver {
  readonly #told: ProgressObserver
  readonly #seen = new Set<InnerSighting>()

  constructor(told: ProgressObserver) {
    this.#told = told
  }

  get seen(): readonly InnerSighting[] {
    return [...this.#seen]
  }

  began(view: ObservedView): ViewObserver {
    const told = this.#told.began(view)
    return {
      stated: (location, time, total) => told.stated(location, time, total),
      happened: (location, time, delta) => {
        this.#happened(time)
        told.happened(location, time, delta)
      },
      applied: (progress) => told.applied(progress),
      ended: () => told.ended(),
      notified: (location, time) => {
        this.#notified(time)
        told.notified(location, time)
      },
    }
  }

  /** A counter that is not 0 is of a round that feedback has begun. */
  #happened(time: Timestamp): void {
    for (let loop = 1; loop < time.length; loop++) {
      if (time[loop]! > 0) {
        this.#seen.add(loop === 1 ? 'a loop went around' : 'a loop in a loop went around')
      }
    }
  }

  #notified(time: Timestamp): void {
    if (time.length > 1) this.#seen.add('a notification was delivered in a loop')
    if (time.length > 2) this.#seen.add('a notification was delivered in a loop in a loop')
  }
}
