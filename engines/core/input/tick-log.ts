/**
 * The log of ticks: where each tick of a run ends. A tick is execution (timely's epoch, D-Stream's batch) and may change
 * while a run goes on, so its ends are decisions that are written down, never arithmetic on a length (DESIGN §4).
 *
 *   decisions   from 0: 100 ns               from 300: 50 ns
 *   tick        │    1    │    2    │    3    │  4  │  5  │ …
 *   instant     0        100       200       300   350   400
 *
 * Ticks count from 1, so tick n is also the number of ticks that have ended by `endOf(n)`; `endOf(0)` is where the run's
 * input begins. D-Stream's batch n is tick n. Timely's epochs count from 0: epoch e is tick e + 1, and begins at `endOf(e)`.
 *
 * The first decision is the run's configuration, and today the only one that anybody makes: every process has a log of its
 * own, and nobody sends decisions yet. Whoever begins to must tell the others before they come to that tick, and lower
 * plans anew there (how many ticks a period has changes).
 */
import { assert } from '../assert.ts'
import { ConfigurationError } from '../errors.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import type { RunConfig } from '../run-config.ts'
import { asDouble, type Nanos, type TickEnd } from '../units.ts'

/** Ticks of this length from an instant on, until the next decision. */
export interface TickDecision {
  /** Ticks that have ended by `from`. */
  readonly index: number
  readonly from: Nanos
  readonly tick: Nanos
}

export class TickLog {
  #decisions: TickDecision[]
  #periods: readonly Nanos[]

  /** `periods`: a tick divides them all, and a new one begins where one of each does. Of the first tick `checkTick` sees to it. */
  constructor(tick: Nanos, periods: readonly Nanos[] = []) {
    assert(isLength(tick), `a tick of ${tick} ns`)
    this.#decisions = [{ index: 0, from: 0, tick: asDouble(tick) }]
    this.#periods = periods
  }

  get decisions(): readonly TickDecision[] {
    return this.#decisions
  }

  /** Length of the ticks decided last: for paces and patience. Where ticks end, ask the others. */
  get length(): Nanos {
    return this.#decisions.at(-1)!.tick
  }

  /** Errors: `ConfigurationError` where a decision does not begin at a boundary of the log and the plan, or does not divide it. */
  append({ from, tick }: Omit<TickDecision, 'index'>): void {
    const divided = isLength(tick) && this.#periods.every((period) => period % tick === 0)
    if (!divided) throw this.#refusal(tick, from, 'a tick is positive and divides every period')
    const begins = this.#periods.every((period) => from % period === 0) && this.isBoundary(from)
    if (!begins) throw this.#refusal(tick, from, 'ticks change where every period ends')
    if (from <= this.#decisions.at(-1)!.from) {
      throw this.#refusal(tick, from, 'what was decided is never changed')
    }
    this.#decisions.push({ index: this.indexOfEnd(from), from, tick })
  }

  /** Where a tick ends. Of tick 0 and before: as if the first ticks had gone on since ever. */
  endOf(index: number): TickEnd {
    let at = this.#decisions.length - 1
    while (at > 0 && this.#decisions[at]!.index > index) at -= 1
    const decision = this.#decisions[at]!
    return decision.from + (index - decision.index) * decision.tick
  }

  /** The tick that ends at an instant, which must be a boundary: the number of ticks until then. */
  indexOfEnd(end: TickEnd): number {
    assert(this.isBoundary(end), () => `no tick ends at ${end} ns`)
    return this.containing(end) - 1
  }

  /** The tick that an instant lies in: it begins there or before, and ends after. */
  containing(instant: Nanos): number {
    const { index, from, tick } = this.#decisionAt(instant)
    return index + Math.floor((instant - from) / tick) + 1
  }

  /** The end of the tick that an instant lies in. */
  endAfter(instant: Nanos): TickEnd {
    return this.endOf(this.containing(instant))
  }

  /** The last boundary up to an instant: where the tick that it lies in began. */
  endUpTo(instant: Nanos): TickEnd {
    return this.endOf(this.containing(instant) - 1)
  }

  /** Whether a tick ends at an instant, and the next begins. */
  isBoundary(instant: Nanos): boolean {
    const { from, tick } = this.#decisionAt(instant)
    return (instant - from) % tick === 0
  }

  #decisionAt(instant: Nanos): TickDecision {
    let at = this.#decisions.length - 1
    while (at > 0 && this.#decisions[at]!.from > instant) at -= 1
    return this.#decisions[at]!
  }

  #refusal(tick: Nanos, from: Nanos, rule: string): ConfigurationError {
    const { from: since, tick: length } = this.#decisions.at(-1)!
    return new ConfigurationError(
      {
        asked: `ticks of ${tick} ns from ${from} ns on`,
        found: `ticks of ${length} ns since ${since} ns, and periods of ${this.#periods.join(', ')} ns`,
        rule,
        remedy: 'Take a divisor of the plan’s interval, from a common end of its periods on',
      },
      { tick, from },
    )
  }
}

/** The log of a run, with its first decision. Lengths and slides are multiples of the interval: what divides it divides all. */
export function tickLogOf(
  { tick }: Pick<RunConfig, 'tick'>,
  { interval, operators, outputs }: Pick<Dataflow, 'interval' | 'operators' | 'outputs'>,
): TickLog {
  const periods = [...operators, ...outputs].map(({ period }) => period)
  return new TickLog(tick, [...new Set([interval, ...periods.filter((p) => p !== 'tick')])])
}

function isLength(tick: Nanos): boolean {
  return Number.isSafeInteger(tick) && tick > 0
}
