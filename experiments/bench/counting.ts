/** Which trials of a bench count, and as what. */
import { whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { PACE_SHARE_MAX, PACE_SHARE_MIN, type Subject } from './subjects.ts'

/** What is measured of a load that was not kept up with: longer than all others. */
export const NEVER = {
  p50: Number.POSITIVE_INFINITY,
  p99: Number.POSITIVE_INFINITY,
  processing: Number.POSITIVE_INFINITY,
} as const

/** Why a trial whose pace is this share of what was offered is not the overload that was asked for; empty if it is. */
export function whyNoOverload(share: number): string {
  if (share > PACE_SHARE_MAX) return 'kept up'
  return share < PACE_SHARE_MIN ? 'did less than half of what was offered' : ''
}

/**
 * Why a load was not kept up with; empty if it was. A latency or a CPU time of one that was not is that of a queue. Without a bound
 * (ns) on p99, what a latency must be is the row's business.
 */
export function whyBehind(
  { unchecked }: Subject,
  outcome: TrialOutcome,
  rate: number,
  bound = Number.POSITIVE_INFINITY,
): string {
  const judged = unchecked && outcome.verdict === 'unknown' ? 'valid' : outcome.verdict
  return whyNotSustained({ ...outcome, verdict: judged }, bound, rate)
}

export const isConfirmed = ({ unchecked }: Subject, { outcome, verdict }: TrialOutcome): boolean =>
  outcome === 'completed' && (unchecked === true || verdict === 'valid')
