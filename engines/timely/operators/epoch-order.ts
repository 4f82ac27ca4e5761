/**
 * Lets a stage of a loop begin epochs one after the other (`loop-vertex.ts` says why): its table sees all timestamps in one
 * order.
 */
import { lastTimeOf, type Timestamp } from '../progress/timestamp.ts'

export class EpochOrder {
  /** Whether anything at a time or before may still appear at the stage, in this worker's view. */
  readonly #mayStillAppear: (time: Timestamp) => boolean
  /** Epochs before it are known to be over at the stage. */
  #open = 0

  constructor(mayStillAppear: (time: Timestamp) => boolean) {
    this.#mayStillAppear = mayStillAppear
  }

  /** Whether all of the earlier epochs is over at the stage. */
  mayBegin(time: Timestamp): boolean {
    const epoch = time[0]!
    if (epoch === this.#open) return true
    if (this.#mayStillAppear(lastTimeOf(epoch - 1, time.length - 1))) return false
    this.#open = epoch
    return true
  }
}
