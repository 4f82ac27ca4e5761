/**
 * A probe: observes how far a stage has come, in this worker's view (Naiad §4.1; timely: probes).
 *
 * The view is never ahead of the truth, so what a probe says is done is done everywhere.
 */
import type { Frontier } from '../progress/antichain.ts'
import type { LocationId } from '../progress/pointstamp.ts'
import type { ProgressTracker } from '../progress/progress-tracker.ts'
import type { Timestamp } from '../progress/timestamp.ts'

export class Probe {
  #tracker: ProgressTracker
  #location: LocationId

  constructor(tracker: ProgressTracker, location: LocationId) {
    this.#tracker = tracker
    this.#location = location
  }

  /** Minimal times at which the stage may still receive something or be notified. */
  frontier(): Frontier {
    return this.#tracker.frontier(this.#location)
  }

  /** Whether everything at `time` and before is over at the stage, notifications included. */
  done(time: Timestamp): boolean {
    return !this.#tracker.mayStillAppear(this.#location, time)
  }
}
