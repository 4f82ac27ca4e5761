/**
 * The search for the sustainable rate: the highest offered rate that an engine keeps up with under a latency bound.
 *
 * A rate is *sustained* when the trial completed, the oracle agrees, p99 is within the bound, and the backlog does not grow:
 * the lag's slope is not above zero by its interval (METHOD 9) and between the medians of its first and its last third, since
 * a checkpoint's pause tilts a line of two seconds; nor is the latter above the 2 % that the pace may be short; where commits
 * are too few for a slope, the lag of the last is not more than 5 % of the time between them above that of the first. And at
 * least 98 % of what was offered was processed; 95 % where every tick of the output (of windows: slide) was committed before the
 * next was due, which is what D-Streams call stable: ticks are not all alike, and with few of them that is as much as can be told.
 * Both engines' windows slide as often, so one rule is for both.
 *
 * So a trial of few ticks may pass a rate that is up to 5 % too high: it is quick, and says so.
 *
 * A search begins with a rate that should overload a little, since an overloaded engine tells its capacity by its own pace.
 * Then it looks just below that pace for a rate that holds, one step below the overload where the pace allows, which settles it; where
 * that fails as well, for one well below all that was seen. And it looks just above what held for one that fails: both ends of what is
 * known were tried (`results/rate-bracket.ts`, which reads rows by the same rule). A search that met no limit says so (`bounded`). The
 * edge is not assumed to be monotone: what held once outweighs a failure below it, and what failed once did not hold. Who runs the
 * trials, when, and how many is the caller's (`compare/schedule.ts`).
 */
import {
  type KnownRate,
  knownRate,
  PACE_SHARE,
  paceOf,
  type RateBracket,
  type RateTrial,
  rateTrialsOf,
} from '../../results/rate-bracket.ts'
import type { LatencySummary, TrialOutcome } from './trial-spec.ts'

export interface SearchOptions {
  /** First rate to be tried, records per second: asked when the search begins, since others may have told more by then. */
  readonly guess: () => number
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

/** A slope that cannot be told from none in a trial of two seconds: half a per cent of falling behind. */
const SLOPE_NS_PER_S = 5e6
/** Whatever its interval: as much as the pace may be short of what is offered. */
const SLOPE_NS_PER_S_MAX = 20e6
/** By how much of the time between them the lag of few ticks may grow: batches of one load differ by as much. */
const LAG_GROWTH_SHARE = 0.05

/**
 * Of the engine's own pace: it must also keep the bound, in a moment when the machine may be slower. One step of a tolerance of
 * 0.83 on lies above the pace.
 */
const BELOW_PACE = 0.91

/** Of all that was seen so far where two tries did not hold: a rate that holds is wanted before one that is near to the limit. */
const WELL_BELOW = 0.7

/** Steps end this far inside the tolerance, so that they settle it. */
const MARGIN = 0.01

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
  const { lagSlope, lagEnds, processedPerSecond: pace } = outcome
  if (lagSlope && grows(lagSlope)) {
    return `lag grows by ${(lagSlope.thirds / 1e6).toFixed(1)} ms a second`
  }
  const waits = lagEnds === undefined || lagEnds.max >= lagEnds.period
  if (!lagSlope && lagEnds) {
    const growth = lagEnds.last - lagEnds.first
    if (growth > LAG_GROWTH_SHARE * lagEnds.elapsed) {
      return `lag grew by ${(growth / 1e6).toFixed(0)} ms in ${lagEnds.ticks} ticks`
    }
  }
  if (offered !== undefined && pace < offered * (waits ? PACE_SHARE : 1 - LAG_GROWTH_SHARE)) {
    return `${((pace / offered) * 100).toFixed(1)} % of the offered rate`
  }
  return ''
}

const grows = ({ low, thirds }: NonNullable<TrialOutcome['lagSlope']>): boolean =>
  thirds > SLOPE_NS_PER_S_MAX || Math.min(low, thirds) > SLOPE_NS_PER_S

/** The search as a machine: `next` names a rate, `add` takes what a trial at it gave. So several searches can take turns. */
export class RateSearch implements KnownRate {
  readonly #options: SearchOptions
  readonly #steps: SearchStep[] = []

  constructor(options: SearchOptions) {
    this.#options = options
  }

  get steps(): readonly SearchStep[] {
    return this.#steps
  }

  /** What is known of the sustainable rate. */
  get bracket(): RateBracket {
    return knownRate(this.#trials()).bracket
  }

  get confirmed(): RateBracket {
    return knownRate(this.#trials()).confirmed
  }

  /** The highest rate that was sustained. */
  get sustained(): SearchStep | undefined {
    const { held } = this.bracket
    return this.#steps.find(({ rate, sustained }) => sustained && rate === held)
  }

  /** What the trials so far say of it, be it held or not: the pace under overload where one was seen. */
  get estimate(): number | undefined {
    const { held, limit } = this.bracket
    const pace = paceOf(this.#trials())
    if (pace > 0) return Math.max(pace, held ?? 0)
    return held ?? (this.bounded ? limit : undefined)
  }

  /** Highest of what may be over what is known to hold; infinite where either is not known. */
  get width(): number {
    const { held, limit } = this.bracket
    return held === undefined ? Number.POSITIVE_INFINITY : limit / held
  }

  /** Of the rate that held, and of the lowest above it that did not: how often each was tried. */
  get tries(): { readonly held: number; readonly limit: number } {
    const { held, limit } = this.bracket
    const times = (rate: number | undefined): number =>
      this.#trials().filter((trial) => trial.rate === rate).length
    return { held: times(held), limit: times(limit) }
  }

  /** The lowest rate that was not held is one at which nothing was seen but errors. */
  get isLimitAnError(): boolean {
    const { limit } = this.bracket
    const at = this.#trials().filter(({ rate }) => rate === limit)
    return at.length > 0 && at.every(({ crashed }) => crashed)
  }

  /** The gap between what held and what failed is within the tolerance. */
  get settled(): boolean {
    const { held, limit } = this.bracket
    return held !== undefined && held >= limit * this.#options.tolerance
  }

  /** Something was seen that limits the rate: without it, what held is only a lower bound of what can be. */
  get bounded(): boolean {
    return this.bracket.limit !== Number.POSITIVE_INFINITY
  }

  next(): number {
    return Math.max(1, Math.round(this.#choose()))
  }

  add(rate: number, outcome: TrialOutcome): SearchStep {
    const reason = whyNotSustained(outcome, this.#options.boundNs, rate)
    const step = { rate, sustained: reason === '', reason, outcome }
    this.#steps.push(step)
    return step
  }

  #choose(): number {
    const { held, limit } = this.bracket
    const { tolerance } = this.#options
    const trials = this.#trials()
    // All that was tried was wrong, which says nothing about rates.
    if (trials.length === 0) return this.#steps[0]?.rate ?? this.#options.guess()
    // A failure so far above what held ends the search.
    const step = 1 / (tolerance + MARGIN)
    const pace = paceOf(trials)
    const below = pace * BELOW_PACE
    if (held === undefined) {
      // Twice is no noise: the pace was that of a better moment, or more than what the bound allows.
      if (trials.length > 1 && !trials.some((trial) => trial.held)) {
        const paces = trials.flatMap(({ pace, crashed }) => (pace > 0 && !crashed ? pace : []))
        return Math.min(limit, ...paces) * WELL_BELOW
      }
      return below > 0 ? Math.min(below, limit / step) : limit / step
    }
    // While nothing fails steps get longer.
    if (!this.bounded) return held * step ** (2 * trials.length - 1)
    const middle = Math.sqrt(held * limit)
    // Rounded, as the rate that was tried is: what has failed is not tried again.
    if (below > held * step && Math.round(below) < limit) return below
    // Below what held a pace was a disturbed trial's, above what failed it was that of a better moment.
    const isPaceOff = held > pace || pace >= limit
    return held < limit / 2 && isPaceOff ? middle : Math.min(middle, held * step)
  }

  /** By the rule by which rows are read. */
  #trials(): readonly RateTrial[] {
    return rateTrialsOf(
      this.#steps.map(({ rate, sustained, outcome }) => ({
        role: 'search',
        verdict: outcome.verdict,
        outcome: outcome.outcome,
        sustained,
        offered_records_per_s: rate,
        throughput_records_per_s: outcome.processedPerSecond,
      })),
    )
  }
}
