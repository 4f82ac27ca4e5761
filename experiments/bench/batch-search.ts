/**
 * The smallest batch that is sustained at a load: from the easiest down in the first round, and from there on from what the
 * round before found, so that later rounds cost two or three trials.
 *
 * A batch is sustained when batches start on time: 99 of 100 that ended in the measured interval have been started by the end of the
 * next interval, on the driver's clock. A queue breaks that however long the trial is, since its delay becomes that of every
 * batch (Spark calls it scheduling delay); a stall of the machine delays a few. And the lag does not grow, and what was
 * offered was processed (`sustainable-rate.ts`). Half of all records are visible within a batch to wait for its end and the
 * pipeline's depth, so that starting a batch in time and never ending it does not count.
 */
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'

/** Batches that are tried, from the easiest. */
export const BATCHES: readonly Nanos[] = [100, 50, 20, 10, 5, 2, 1].map(milliseconds)

/** Share of batches that may start late: those of a stall. */
const LATE_SHARE_MAX = 0.01

/** One to wait for its end, and as many as may be in progress (`DStreamOptions.batchesInFlightMax`). */
const batchesBehindMax = ({ dstream }: Pick<TrialSpec, 'dstream'>): number =>
  1 + (dstream.batchesInFlightMax ?? 1)

/** Batches of the measured interval. */
function measuredBatches(
  history: readonly HistoryEvent[],
  { tick, warmup }: Pick<TrialSpec, 'tick' | 'warmup'>,
): readonly HistoryEvent[] {
  return history.filter(
    ({ event, fields }) => event === 'batch-completed' && Number(fields.batch) * tick > warmup,
  )
}

/** Share of the batches of the measured interval that had not been started when the next interval ended. */
export function lateShare(
  history: readonly HistoryEvent[],
  spec: Pick<TrialSpec, 'tick' | 'warmup'>,
): number {
  const batches = measuredBatches(history, spec)
  const late = batches.filter(
    ({ fields }) => Number(fields.startedAt) > (Number(fields.batch) + 1) * spec.tick,
  )
  // Nothing that ran is nothing on time.
  return batches.length === 0 ? 1 : late.length / batches.length
}

/** From a batch's first task to its end, median over those of the measured interval, of which there are some: Spark's processing time. */
export function processingTime(
  history: readonly HistoryEvent[],
  spec: Pick<TrialSpec, 'tick' | 'warmup'>,
): Nanos {
  return median(
    measuredBatches(history, spec).map(({ fields }) => Number(fields.processingDelayNs)),
  )
}

/** Why a batch was not sustained by a trial that kept up; empty if it was. */
export function whyNotInTime(
  outcome: TrialOutcome,
  spec: Pick<TrialSpec, 'tick' | 'warmup' | 'dstream'>,
): string {
  const late = lateShare(outcome.history ?? [], spec)
  if (late > LATE_SHARE_MAX) return `${(late * 100).toFixed(1)} % of batches start late`
  const { p50 } = outcome.latency!
  return p50 > batchesBehindMax(spec) * spec.tick
    ? `half of all records wait for ${(p50 / spec.tick).toFixed(1)} batches`
    : ''
}

export class BatchSearch {
  #from = 0

  /** The smallest batch that held in this round, by trials of one batch each; `undefined` if not even the easiest did. */
  async round(holds: (tick: Nanos) => Promise<boolean>): Promise<Nanos | undefined> {
    const holdsAt = (index: number): Promise<boolean> => holds(BATCHES[index]!)
    let index = this.#from
    if (await holdsAt(index)) {
      while (index + 1 < BATCHES.length && (await holdsAt(index + 1))) index += 1
    } else {
      do index -= 1
      while (index >= 0 && !(await holdsAt(index)))
    }
    this.#from = Math.max(0, index)
    return index < 0 ? undefined : BATCHES[index]
  }
}
