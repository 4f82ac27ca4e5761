/**
 * The search for the sustainable rate: the highest offered rate that an engine keeps up with under a latency bound.
 *
 * A rate is *sustained* when the trial completed, the oracle agrees, p99 is within the bound and the lag's slope is not
 * above zero by its interval (METHOD 9). From a first guess, rates grow while they hold; after the first that does not, the
 * gap between the highest sustained and the lowest not sustained one is halved until it is within the tolerance. The edge is
 * not assumed to be monotone: what held once outweighs a failure below it. Who runs the trials, when, and how many there
 * may be is the caller's (`compare/schedule.ts`); a search that met no limit says so (`bounded`).
 */
import type { LatencySummary, TrialOutcome } from './trial-spec.ts'

export interface SearchOptions {
  /** First rate to be tried, records per second. */
  readonly guess: number
  readonly boundNs: number
  /** Stop when highest sustained / lowest not sustained is above this. */
  readonly tolerance: number
}

export interface SearchStep {
  readonly rate: number
  readonly sustained: boolean
  readonly reason: string
  readonly outcome: TrialOutcome
}

/** Why a trial did not sustain its rate; empty when it did. Exported for rows and tests. */
export function whyNotSustained(
  outcome: TrialOutcome,
  boundNs: number,
  offered?: number,
  latency: LatencySummary | undefined = outcome.latency,
): string {
  if (outcome.outcome === 'failed') return `failed: ${outcome.error ?? outcome.reasons[0] ?? ''}`
  if (outcome.outcome !== 'completed') return `${outcome.outcome}: did not keep up`
  if (outcome.verdict !== 'valid') return `${outcome.verdict}: ${outcome.reasons[0] ?? ''}`
  if (latency === undefined) return 'no latency was recorded'
  if (latency.p99 > boundNs) return `p99 ${(latency.p99 / 1e6).toFixed(0)} ms is over the bound`
  // A slope within 1 ms a second is lost in the bound; above it and by its interval, the queue grows.
  if (outcome.lagSlope && outcome.lagSlope.low > 1e6) {
    return `lag grows by ${(outcome.lagSlope.estimate / 1e6).toFixed(1)} ms a second`
  }
  // Too few ticks for a slope: then the pace must be what is offered, give or take a commit.
  if (!outcome.lagSlope && offered !== undefined && outcome.processedPerSecond < offered * 0.95) {
    return `${Math.round((outcome.processedPerSecond / offered) * 100)} % of the offered rate`
  }
  return ''
}

/**
 * The search as a machine: `next` names a rate, `add` takes what a trial at it gave. So several searches can take turns.
 *
 * An overloaded engine tells its capacity by its own pace: rates well above it are not tried.
 */
export class RateSearch {
  readonly #options: SearchOptions
  readonly #steps: SearchStep[] = []
  #low: SearchStep | undefined
  /** Lowest rate that was not sustained. */
  #high = Number.POSITIVE_INFINITY
  /** Highest pace under overload. */
  #pace = 0
  #next: number

  constructor(options: SearchOptions) {
    this.#options = options
    this.#next = Math.max(1, Math.round(options.guess))
  }

  get steps(): readonly SearchStep[] {
    return this.#steps
  }

  /** The highest rate that was sustained. */
  get sustained(): SearchStep | undefined {
    return this.#low
  }

  /** The gap between what held and what did not, or what the engine's pace allows, is within the tolerance. */
  get settled(): boolean {
    return this.#low !== undefined && this.#low.rate >= this.#ceiling * this.#options.tolerance
  }

  /** Something was seen that limits the rate: without it, what held is only a lower bound of what can be. */
  get bounded(): boolean {
    return this.#ceiling !== Number.POSITIVE_INFINITY
  }

  next(): number {
    return this.#next
  }

  add(rate: number, outcome: TrialOutcome): SearchStep {
    const reason = whyNotSustained(outcome, this.#options.boundNs, rate)
    const step = { rate, sustained: reason === '', reason, outcome }
    this.#steps.push(step)
    if (step.sustained) {
      if (this.#low === undefined || rate > this.#low.rate) this.#low = step
      // What held once proves that a failure below it was noise.
      if (rate >= this.#high) this.#high = Number.POSITIVE_INFINITY
      if (rate >= this.#pace) this.#pace = 0
    } else {
      this.#high = Math.min(this.#high, rate)
      this.#pace = Math.max(this.#pace, Math.min(rate, outcome.processedPerSecond))
    }
    this.#next = Math.max(1, Math.round(this.#choose(rate)))
    return step
  }

  get #ceiling(): number {
    return Math.min(this.#high, this.#pace > 0 ? this.#pace * 1.05 : Number.POSITIVE_INFINITY)
  }

  #choose(rate: number): number {
    const low = this.#low?.rate
    if (low !== undefined) {
      return this.#ceiling === Number.POSITIVE_INFINITY
        ? Math.max(low, rate) * 1.6
        : (low + Math.max(low, this.#ceiling)) / 2
    }
    // Below the engine's own pace, since it must also keep the bound.
    const pace = this.#pace * 0.88
    return pace > 0 && pace < this.#high * 0.95 ? pace : this.#high * 0.7
  }
}
