/**
 * The search for the sustainable rate: the highest offered rate that an engine keeps up with under a latency bound.
 *
 * A rate is *sustained* when the trial completed, the oracle agrees, p99 is within the bound and the lag's slope is not
 * above zero by its interval (METHOD 9). First an overload probe estimates the capacity; then rates below and above are
 * tried, each in a fresh process, halving the gap between the highest sustained and the lowest not sustained one until it
 * is within the tolerance or the trials are used up. The edge is not assumed to be monotone: a rate that held is held
 * again if trials are left, and every trial is kept.
 */
import type { LatencySummary, TrialOutcome } from './trial-spec.ts'

export interface SearchOptions {
  /** First guess, records per second; the probe offers more than it. */
  readonly guess: number
  readonly boundNs: number
  readonly trialsMax: number
  /** Stop when highest sustained / lowest not sustained is above this. */
  readonly tolerance: number
}

export interface SearchStep {
  readonly rate: number
  readonly sustained: boolean
  readonly reason: string
  readonly outcome: TrialOutcome
}

export interface SearchResult {
  /** Undefined when no tried rate was sustained. */
  readonly sustained: SearchStep | undefined
  readonly steps: readonly SearchStep[]
}

/** Why a trial did not sustain its rate; empty when it did. Exported for rows and tests. */
export function whyNotSustained(
  outcome: TrialOutcome,
  boundNs: number,
  latency: LatencySummary | undefined = outcome.latency,
): string {
  if (outcome.outcome !== 'completed') return `${outcome.outcome}: did not keep up`
  if (outcome.verdict !== 'valid') return `${outcome.verdict}: ${outcome.reasons[0] ?? ''}`
  if (latency === undefined) return 'no latency was recorded'
  if (latency.p99 > boundNs) return `p99 ${(latency.p99 / 1e6).toFixed(0)} ms is over the bound`
  // A slope within 1 ms a second is lost in the bound; above it and by its interval, the queue grows.
  if (outcome.lagSlope && outcome.lagSlope.low > 1e6) {
    return `lag grows by ${(outcome.lagSlope.estimate / 1e6).toFixed(1)} ms a second`
  }
  return ''
}

export async function findSustainableRate(
  options: SearchOptions,
  trial: (rate: number, purpose: 'probe' | 'test') => Promise<TrialOutcome>,
  report: (step: SearchStep) => void = () => undefined,
): Promise<SearchResult> {
  const steps: SearchStep[] = []
  const attempt = async (rate: number, purpose: 'probe' | 'test'): Promise<SearchStep> => {
    const outcome = await trial(rate, purpose)
    const reason = whyNotSustained(outcome, options.boundNs)
    const step = { rate, sustained: reason === '', reason, outcome }
    steps.push(step)
    report(step)
    return step
  }
  let low: SearchStep | undefined
  let high = Number.POSITIVE_INFINITY
  let rate = Math.round(options.guess)
  for (let turn = 0; turn < options.trialsMax; turn++) {
    const step = await attempt(rate, turn === 0 ? 'probe' : 'test')
    if (step.sustained) {
      if (low === undefined || rate > low.rate) low = step
      // What held once proves that a failure below it was noise.
      if (rate >= high) high = Number.POSITIVE_INFINITY
    } else high = Math.min(high, rate)
    if (low && low.rate / high >= options.tolerance) break
    if (high === Number.POSITIVE_INFINITY) rate = Math.round(rate * 1.4)
    else if (low) rate = Math.round((low.rate + high) / 2)
    else {
      // The engine's own pace under overload says where to look; a little below it, since it must also keep the bound.
      const pace = step.outcome.processedPerSecond * 0.93
      rate = Math.round(pace > 0 && pace < high * 0.95 ? pace : high * 0.7)
    }
  }
  return { sustained: low, steps }
}
