/**
 * When this worker's tasks had read the records of a batch: what the batch's commits carry as `readAt`.
 *
 * It remembers the latest batches only. A batch that is read again long after the others, to recover what was lost, takes
 * no newer one's place, and is then not known: a stamp is true or it is not there.
 */
import type { Nanos } from '../../core/units.ts'
import type { BatchNumber } from '../rdd/rdd.ts'

/** More than batches are in progress at once; batches beyond it go without a stamp. */
const BATCHES = 256

export class ReadInstants {
  #batches = new Float64Array(BATCHES).fill(-1)
  #instants = new Float64Array(BATCHES)

  /** The last of a worker's tasks that reads of a batch counts. */
  note(batch: BatchNumber, at: Nanos): void {
    const place = batch % BATCHES
    if (this.#batches[place]! > batch) return
    this.#batches[place] = batch
    this.#instants[place] = at
  }

  of(batch: BatchNumber): Nanos | undefined {
    const place = batch % BATCHES
    return this.#batches[place] === batch ? this.#instants[place] : undefined
  }
}
