/**
 * The smallest batch that is sustained at a load: from the easiest down in the first round, and from there on from what the
 * round before found, so that later rounds cost two or three trials.
 */
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'

/** Batches that are tried, from the easiest. */
export const BATCHES: readonly Nanos[] = [100, 50, 20, 10, 5, 2, 1].map(milliseconds)

/** Half of all records are visible within so many batches: one to wait for its end, the rest to be worked on in a pipeline. */
const BATCHES_BEHIND_MAX = 4

/** Runs a trial with a batch and says whether it was held. */
export type TryBatch = (
  tick: Nanos,
  boundNs: Nanos,
  held: (outcome: TrialOutcome, rate: number) => boolean,
) => Promise<boolean>

export class BatchSearch {
  #from = 0

  /** The smallest batch that held in this round; `undefined` if not even the easiest did. */
  async round(trial: TryBatch): Promise<Nanos | undefined> {
    const holds = (index: number): Promise<boolean> => {
      const tick = BATCHES[index]!
      // A bound that a queue of batches breaks, and a stall of the machine does not.
      const bound = Math.max(10 * tick, milliseconds(200))
      return trial(
        tick,
        bound,
        (outcome, rate) =>
          whyNotSustained(outcome, bound, rate) === '' &&
          outcome.latency!.p50 <= BATCHES_BEHIND_MAX * tick,
      )
    }
    let index = this.#from
    if (await holds(index)) {
      while (index + 1 < BATCHES.length && (await holds(index + 1))) index += 1
    } else {
      do index -= 1
      while (index >= 0 && !(await holds(index)))
    }
    this.#from = Math.max(0, index)
    return index < 0 ? undefined : BATCHES[index]
  }
}
