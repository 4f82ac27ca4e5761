/**
 * The order and the number of a compare's trials, within a budget of time, if there is one.
 *
 *   probe ─▶ search ─▶ (search ─▶ search ─▶ search) ─▶ half-load ─▶ common-rate ─▶ (what is missing) ─▶ recovery ─▶ (second tries)
 *
 * A probe overloads: the engine's pace then says where to search. The search just below it finds a rate that holds, the next
 * one a rate just above that which does not (`RateSearch`). How far guesses are off is much the same for all cells of one
 * machine in one hour, so a probe is chosen by what those before it found, and overloads a little: where one step below it
 * holds, two trials are enough. Second tries are of rates that failed once, where that can decide a comparison
 * (`second-tries.ts`). A recovery is a worker killed at half of what held, in one case: an extra, so it comes after what compares.
 *
 * A round visits every cell (case and engine) once; engines take turns within a case, and every other round goes backwards,
 * so that a drift of the machine falls on both alike. Rounds in brackets are run for cells whose search is not settled (no
 * rate held, or none failed, or both far apart), the least known first, and only while the rounds that must follow still fit; but a cell
 * of which no rate has held twice is searched for one in any case: without it there is no verdict, and nothing else of it can be measured.
 * When these do not fit any more, trials get shorter; when the budget is used up the rest is left out. All of this is said (`ScheduleResult`).
 * Estimates are learned from the trials so far.
 *
 * Whoever falls behind at half load with its tick for latency is tried again with that for throughput, where it is longer: it has held
 * twice as much. That tick is for all loads of the case then: how short one may be depends on what the machine does in the hour.
 *
 * Where both ends of what is known are to be tried a number of times (`Repeats`), that comes before loads are chosen by it, and
 * what a try has undone is searched for again; loads and kills then take turns as often as they are repeated.
 *
 * No clock of its own and no trials: a test runs it in virtual time.
 */

import type { Nanos } from '../../engines/core/units.ts'
import type { KnownRate } from '../../results/rate-bracket.ts'
import { RateSearch, whyNotSustained } from '../runner/sustainable-rate.ts'
import { type TrialOutcome, verdictOfAll } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'
import {
  type CompareCase,
  type EngineName,
  LATENCY_BOUND,
  type Purpose,
  type Repeats,
  replayOf,
} from './cases.ts'
import { type Cell, compareWidths, halfOf, pointOf, tickOf, unsettledText } from './cell.ts'
import { type Round, roundsOf } from './rounds.ts'
import { secondTries } from './second-tries.ts'

export interface ScheduleOptions {
  readonly cases: readonly CompareCase[]
  readonly engines: readonly EngineName[]
  readonly repeats: Repeats
  /** What held over what did not, at least, in a search that is settled. */
  readonly tolerance: number
  /** Since `elapsedMs()` was 0; infinite for none. */
  readonly budgetMs: number
  /** First rate of a search, before anything has been tried: an overload. */
  guess(compareCase: CompareCase, engine: EngineName): number
  /** What one thread does; undefined where that was not measured. */
  thread(compareCase: CompareCase): KnownRate | undefined
}

export interface ScheduledTrial {
  readonly cell: Cell
  readonly purpose: Purpose
  readonly rate: number
  readonly tick: Nanos
  readonly shortened: boolean
  /** Trials of the cell at this load with this tick before it; 0 in a search. */
  readonly repeat: number
  /** Trials that have ended, and about how many there will be. */
  readonly done: number
  readonly total: number
}

export interface ScheduleDeps {
  elapsedMs(): number
  /** Runs the trial and writes its row. */
  run(trial: ScheduledTrial): Promise<TrialOutcome>
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type OpenCell = Writable<Cell>

/** First guesses of a trial's length, from the start of its process to the oracle's verdict, ms. */
const EXPECTED_MS: Readonly<Record<Purpose, number>> = {
  probe: 4_800,
  search: 4_700,
  maximum: 4_600,
  'above-maximum': 4_700,
  'half-load': 4_500,
  'common-rate': 4_500,
  recovery: 9_400,
}
/** A window settles first, and its oracle sees the past, too. */
const WINDOW_MS = 800
/** What must follow is given this much more than is expected of it before a trial that may be left out takes its time. */
const RESERVE = 1.1
/** What a shortened trial takes of a full one; those of windows are as short as they can be. */
const SHORT_SHARE = 0.9

/**
 * Of cells, that need a trial of it: one engine's half load is at the common rate in every case, in some both are. Of eight cells 0, 1 and 3 needed
 * one in three runs. Time for fewer is no comparison at all.
 */
const COMMON_RATE_SHARE = 0.4

/** A probe that held tells of nothing that limits: more can be done, by about so much. */
const ABOVE_HELD = 1.25
/** By how much a probe is to exceed what the probes before it make of the guess: fewer than half of them should hold. */
const OVERLOAD = 1.05

export interface ScheduleResult {
  readonly cells: readonly Cell[]
  /** What was left out for want of time, in words. */
  readonly leftOut: readonly string[]
  /** Trials that were made shorter. */
  readonly shortened: readonly string[]
  /** Cells whose rate is not known closely, in words. */
  readonly unsettled: readonly string[]
}

export class Schedule {
  readonly #options: ScheduleOptions
  readonly #deps: ScheduleDeps
  readonly #cells: OpenCell[]
  readonly #rounds: readonly Round[]
  readonly #leftOut = new Set<string>()
  readonly #shortened: string[] = []
  /** Sum of what trials took and of what was expected of them. */
  #tookMs = 0
  #expectedMs = 0
  #done = 0

  constructor(options: ScheduleOptions, deps: ScheduleDeps) {
    this.#options = options
    this.#deps = deps
    this.#rounds = roundsOf(options.repeats)
    this.#cells = options.cases.flatMap((compareCase) =>
      options.engines.map((engine) => ({
        compareCase,
        engine,
        search: new RateSearch({
          guess: () => options.guess(compareCase, engine) * this.#guessFactor(),
          boundNs: LATENCY_BOUND,
          tolerance: options.tolerance,
        }),
        loadTick: compareCase.ticks[engine].latency,
        halfLoad: undefined,
        commonRate: undefined,
        recovery: undefined,
      })),
    )
  }

  get cells(): readonly Cell[] {
    return this.#cells
  }

  async run(): Promise<ScheduleResult> {
    const { ends } = this.#options.repeats
    for (const index of this.#rounds.keys()) await this.#visitAll(index)
    if (ends === undefined) await this.#tryAgain()
    return {
      cells: this.#cells,
      leftOut: [...this.#leftOut],
      shortened: this.#shortened,
      unsettled: this.#cells.flatMap((cell) => unsettledText(cell, ends)),
    }
  }

  async #visitAll(index: number): Promise<void> {
    const round = this.#rounds[index]!
    const { purpose, widestFirst, late } = round
    const order = index % 2 === 0 ? [...this.#cells] : [...this.#cells].reverse()
    if (widestFirst) order.sort((a, b) => compareWidths(b, a))
    const isOfAll = purpose === 'recovery'
    if (isOfAll && this.#leaveKillsOut(order, round)) return
    for (const [position, cell] of order.entries()) {
      const rate = this.#rateOf(cell, round)
      if (rate === undefined) continue
      const must = round.must === 'all' || (round.must === 'unheld' && isUnheld(cell))
      const mine = this.#estimate(cell, purpose)
      // What is missing, and a search that has found nothing yet, may take what later trials can do without: their full length, and kills.
      const urgent = late === true || (purpose === 'search' && cell.search.sustained === undefined)
      const later = this.#remaining(index, order.slice(position + 1), urgent)
      const left = this.#leftMs()
      // A recovery is as long as it takes.
      const short = purpose === 'recovery' ? 1 : shortShare(cell.compareCase)
      const again = purpose === 'half-load' && cell.halfLoad !== undefined ? 'second ' : ''
      const what = `${again}${trialText(cell, purpose)}`
      if (!must && mine + later * (urgent ? SHORT_SHARE : RESERVE) > left) {
        // What these leave unsettled is said by itself.
        if (purpose !== 'search') this.#leftOut.add(what)
        continue
      }
      if (!isOfAll && mine * short > left) {
        this.#leftOut.add(what)
        continue
      }
      this.#leftOut.delete(what)
      const shortened = short < 1 && mine + later > left
      if (shortened) this.#shortened.push(what)
      await this.#trial(cell, purpose, rate, {
        shortened,
        total: this.#done + 1 + Math.round(later / Math.max(1, mine)),
      })
    }
  }

  /** A kill of one engine alone compares nothing: where not all of the round fit, none is made. */
  #leaveKillsOut(order: readonly OpenCell[], round: Round): boolean {
    const killed = order.filter((cell) => this.#rateOf(cell, round) !== undefined)
    const needed = killed.reduce((sum, cell) => sum + this.#estimate(cell, round.purpose), 0)
    if (needed <= this.#leftMs()) return false
    for (const cell of killed) this.#leftOut.add(trialText(cell, round.purpose))
    return true
  }

  /** Second tries of limits, as long as there is time. */
  async #tryAgain(): Promise<void> {
    const purpose = 'above-maximum'
    const next = (): Cell | undefined =>
      secondTries(this.#cells, (compareCase) => this.#options.thread(compareCase)).find(
        (cell) => this.#estimate(cell, purpose) <= this.#leftMs(),
      )
    for (let cell = next(); cell !== undefined; cell = next()) {
      const { limit } = cell.search.bracket
      await this.#trial(cell, purpose, limit, { shortened: false, total: this.#done + 1 })
    }
  }

  /** The rate of a cell's trial in a round; undefined where it needs none. */
  #rateOf(cell: OpenCell, { purpose, late }: Round): number | undefined {
    const { search } = cell
    const { ends } = this.#options.repeats
    switch (purpose) {
      case 'probe':
        return search.next()
      case 'search':
        // What loads were chosen by is not changed any more.
        if (late && search.sustained) return undefined
        return search.settled ? undefined : search.next()
      case 'maximum':
        return ends && search.tries.held < ends.held ? search.sustained?.rate : undefined
      case 'above-maximum':
        return ends && search.settled && search.tries.limit < ends.limit
          ? search.bracket.limit
          : undefined
      case 'half-load':
        if (cell.halfLoad === undefined) return this.#halfLoad(cell)
        return late && cell.halfLoad.tick === cell.loadTick ? undefined : cell.halfLoad.rate
      case 'recovery':
        if (!cell.compareCase.isKilled) return undefined
        return cell.recovery?.rate ?? this.#halfLoad(cell)
      case 'common-rate': {
        if (cell.commonRate !== undefined) return late ? undefined : cell.commonRate.rate
        const common = this.#commonRate(cell.compareCase)
        // The slower engine's half load is at the common rate already.
        return common === undefined || common === cell.halfLoad?.rate ? undefined : common
      }
    }
  }

  /** What the probes so far make of guesses: 1 before the first. */
  #guessFactor(): number {
    const ratios = this.#cells.flatMap(({ compareCase, engine, search }) =>
      search.estimate === undefined
        ? []
        : (search.estimate * (search.bounded ? 1 : ABOVE_HELD)) /
          this.#options.guess(compareCase, engine),
    )
    return ratios.length === 0 ? 1 : median(ratios) * OVERLOAD
  }

  /**
   * Half of what a cell held. Halves that differ by less than the tolerance are not known to differ: both engines run at the
   * smaller, which is the common rate then.
   */
  #halfLoad(cell: OpenCell): number | undefined {
    const half = halfOf(cell)
    const common = this.#commonRate(cell.compareCase)
    if (half === undefined || common === undefined) return half
    return common >= half * this.#options.tolerance ? common : half
  }

  /** Half of the smaller maximum; undefined unless every engine has one. */
  #commonRate(compareCase: CompareCase): number | undefined {
    const halves = this.#cells.filter((cell) => cell.compareCase === compareCase).map(halfOf)
    if (halves.length < 2 || halves.includes(undefined)) return undefined
    return Math.min(...halves.map((half) => half!))
  }

  /** Expected length of what must still be run after the current trial: the rest of this round and later ones. */
  #remaining(round: number, rest: readonly OpenCell[], urgent: boolean): number {
    let sum = 0
    let isAgain = false
    for (const [index, { purpose, must }] of this.#rounds.entries()) {
      if (must === 'none' || index < round || (urgent && purpose === 'recovery')) continue
      // One more search is mostly enough for a cell of which no rate has held.
      if (must === 'unheld' && isAgain) continue
      isAgain ||= must === 'unheld'
      for (const cell of index === round ? rest : this.#cells) {
        const likelihood =
          must === 'unheld' ? Number(isUnheld(cell)) : this.#likelihood(cell, purpose)
        sum += this.#estimate(cell, purpose) * likelihood
      }
    }
    return sum
  }

  /** Whether a cell will need a trial of a later round at all. */
  #likelihood(cell: OpenCell, purpose: Purpose): number {
    const { compareCase, search } = cell
    if (purpose === 'recovery' && !compareCase.isKilled) return 0
    if (purpose === 'probe' || purpose === 'search') return search.settled ? 0 : 1
    // Who has failed twice may sustain nothing.
    const found = search.sustained !== undefined || search.steps.length < 2 ? 1 : 0.5
    const common = purpose === 'common-rate' ? this.#commonRate(compareCase) : undefined
    if (common !== undefined) return common === this.#halfLoad(cell) ? 0 : 1
    return purpose === 'common-rate' ? found * COMMON_RATE_SHARE : found
  }

  #leftMs(): number {
    return this.#options.budgetMs - this.#deps.elapsedMs()
  }

  #estimate(cell: Cell, purpose: Purpose): number {
    const factor = this.#expectedMs > 0 ? this.#tookMs / this.#expectedMs : 1
    return expectedOf(cell, purpose) * factor
  }

  async #trial(
    cell: OpenCell,
    purpose: Purpose,
    rate: number,
    { shortened, total }: { shortened: boolean; total: number },
  ): Promise<void> {
    const start = this.#deps.elapsedMs()
    const tick = tickOf(cell, purpose)
    const before = pointOf(cell, purpose)
    const trials = before?.tick === tick ? before.trials : []
    const outcome = await this.#deps.run({
      cell,
      purpose,
      rate,
      tick,
      shortened,
      repeat: trials.length,
      done: this.#done,
      total,
    })
    this.#done += 1
    this.#tookMs += this.#deps.elapsedMs() - start
    this.#expectedMs += expectedOf(cell, purpose) * (shortened ? shortShare(cell.compareCase) : 1)
    const trial = { outcome, reason: whyNotSustained(outcome, LATENCY_BOUND, rate) }
    const point = { rate, tick, trials: [...trials, trial] }
    if (purpose === 'recovery') cell.recovery = point
    else if (purpose === 'half-load') {
      cell.halfLoad = point
      // What is wrong, not judged or did not come to its end is not tried away.
      const isBehind = trial.reason !== '' && verdictOfAll(outcome) === 'valid'
      if (isBehind && trials.length === 0) cell.loadTick = Math.max(tick, tickOf(cell, 'maximum'))
    } else if (purpose === 'common-rate') cell.commonRate = point
    else cell.search.add(rate, outcome)
  }
}

const trialText = ({ engine, compareCase }: Cell, purpose: Purpose): string =>
  `${purpose} of ${engine} on ${compareCase.label}`

/** Tried twice, and no rate held. Where all that was tried was wrong, another rate helps nobody. */
const isUnheld = ({ search }: Cell): boolean =>
  search.sustained === undefined && search.bounded && search.steps.length > 1

/** About how long a quick trial takes, ms. */
export function expectedMs(
  { windowed }: CompareCase,
  engine: EngineName,
  purpose: Purpose,
  tick: Nanos,
): number {
  return EXPECTED_MS[purpose] + (windowed ? WINDOW_MS + replayOf(engine, tick) / 1e6 : 0)
}

const expectedOf = (cell: Cell, purpose: Purpose): number =>
  expectedMs(cell.compareCase, cell.engine, purpose, tickOf(cell, purpose))

const shortShare = ({ windowed }: CompareCase): number => (windowed ? 1 : SHORT_SHARE)
