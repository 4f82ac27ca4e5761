/**
 * The order and the number of a compare's trials, within a budget of time.
 *
 *   probe ─▶ search ─▶ (search ─▶ search) ─▶ half-load ─▶ common-rate ─▶ (maximum) ─▶ (what is missing)
 *
 * A probe overloads: the engine's pace then is a limit, and says where to search. The search just below it gives the rate
 * that holds. The maximum is a fresh trial, which must hold that rate again.
 *
 * A round visits every cell (case and engine) once; engines take turns within a case, and every other round goes backwards,
 * so that a drift of the machine falls on both alike. Rounds in brackets are run for cells whose search is not settled (no
 * rate held, or none failed, or both far apart), and only while the rounds that must follow still fit. When these do not fit
 * any more, trials get shorter; when the budget is used up the rest is left out. All of this is said (`ScheduleResult`).
 * Estimates are learned from the trials so far.
 *
 * No clock of its own and no trials: a test runs it in virtual time.
 */

import { RateSearch, whyNotSustained } from '../runner/sustainable-rate.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { type CompareCase, type EngineName, LATENCY_BOUND, type Purpose } from './cases.ts'

export interface ScheduleOptions {
  readonly cases: readonly CompareCase[]
  readonly engines: readonly EngineName[]
  /** Since `elapsedMs()` was 0. */
  readonly budgetMs: number
  /** First rate of a search. */
  guess(compareCase: CompareCase, engine: EngineName): number
}

export interface ScheduledTrial {
  readonly cell: Cell
  readonly purpose: Purpose
  readonly rate: number
  readonly shortened: boolean
  /** Trials that have ended, and about how many there will be. */
  readonly done: number
  readonly total: number
}

export interface ScheduleDeps {
  elapsedMs(): number
  /** Runs the trial and writes its row. */
  run(trial: ScheduledTrial): Promise<TrialOutcome>
}

/** One engine on one case, and what is known of it. */
export interface Cell {
  readonly compareCase: CompareCase
  readonly engine: EngineName
  readonly search: RateSearch
  readonly maxima: readonly LoadPoint[]
  readonly halfLoad: LoadPoint | undefined
  readonly commonRate: LoadPoint | undefined
}

/** A trial at a rate that was not searched for. */
export interface LoadPoint {
  readonly rate: number
  readonly outcome: TrialOutcome
  /** Why it did not keep up; empty if it did. */
  readonly reason: string
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type OpenCell = Writable<Omit<Cell, 'maxima'>> & { maxima: LoadPoint[] }

/** The rate that a cell holds, and what a fresh trial at it said, if there was time for one. */
export function sustainedRate(
  cell: Cell,
): { rate: number; again: 'held again' | 'not held again' | 'not tried again' } | undefined {
  const found = cell.search.sustained
  if (found === undefined) return undefined
  const [fresh] = cell.maxima
  const again =
    fresh === undefined ? 'not tried again' : fresh.reason === '' ? 'held again' : 'not held again'
  return { rate: found.rate, again }
}

/** First guesses of a trial's length, start of its process included, ms. */
const EXPECTED_MS: Readonly<Record<Purpose, number>> = {
  probe: 3_800,
  search: 4_300,
  maximum: 4_300,
  'half-load': 3_600,
  'common-rate': 3_600,
}
/** A window's past is worked off first. */
const WINDOW_MS = 1_500
/** What a shortened trial takes of a full one. */
const SHORT_SHARE = 0.8

interface Round {
  readonly purpose: Purpose
  readonly must: boolean
  /** For cells of which no rate is known that holds, or none that does not. */
  readonly urgent?: true
  /** For cells that lack something at the end, in the time that is left. */
  readonly late?: true
}

const rounds: readonly Round[] = [
  { purpose: 'probe', must: true },
  { purpose: 'search', must: true },
  { purpose: 'search', must: false, urgent: true },
  { purpose: 'search', must: false },
  { purpose: 'half-load', must: true },
  { purpose: 'common-rate', must: true },
  { purpose: 'search', must: false, late: true },
  { purpose: 'half-load', must: false, late: true },
  { purpose: 'common-rate', must: false, late: true },
  { purpose: 'maximum', must: false },
]

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
  readonly #leftOut = new Set<string>()
  readonly #shortened: string[] = []
  /** Sum of what trials took and of what was expected of them. */
  #tookMs = 0
  #expectedMs = 0
  #done = 0

  constructor(options: ScheduleOptions, deps: ScheduleDeps) {
    this.#options = options
    this.#deps = deps
    this.#cells = options.cases.flatMap((compareCase) =>
      options.engines.map((engine) => ({
        compareCase,
        engine,
        search: new RateSearch({
          guess: options.guess(compareCase, engine),
          boundNs: LATENCY_BOUND,
          tolerance: 0.8,
        }),
        maxima: [],
        halfLoad: undefined,
        commonRate: undefined,
      })),
    )
  }

  get cells(): readonly Cell[] {
    return this.#cells
  }

  async run(): Promise<ScheduleResult> {
    for (const [index, { purpose, must }] of rounds.entries()) {
      const order = index % 2 === 0 ? this.#cells : [...this.#cells].reverse()
      for (const [position, cell] of order.entries()) {
        const rate = this.#rateOf(cell, purpose, index)
        if (rate === undefined) continue
        const mine = this.#estimate(cell, purpose)
        const later = this.#remaining(index, order.slice(position + 1))
        const left = this.#options.budgetMs - this.#deps.elapsedMs()
        // A search that has found nothing yet may take what later trials can do without: their full length.
        const urgent = purpose === 'search' && cell.search.sustained === undefined
        const what = `${purpose} of ${cell.engine} on ${cell.compareCase.label}`
        if (!must && mine + later * (urgent ? SHORT_SHARE : 1) > left) {
          // Searches that are left out leave a rate unsettled, which is said by itself.
          if (purpose !== 'search') this.#leftOut.add(what)
          continue
        }
        if (mine * SHORT_SHARE > left) {
          this.#leftOut.add(what)
          continue
        }
        this.#leftOut.delete(what)
        const shortened = mine + later > left
        if (shortened) this.#shortened.push(what)
        await this.#trial(cell, purpose, rate, {
          shortened,
          total: this.#done + 1 + Math.round(later / Math.max(1, mine)),
        })
      }
    }
    return {
      cells: this.#cells,
      leftOut: [...this.#leftOut],
      shortened: this.#shortened,
      unsettled: this.#cells.flatMap(unsettledText),
    }
  }

  /** The rate of a cell's trial in a round; undefined where it needs none. */
  #rateOf(cell: OpenCell, purpose: Purpose, round: number): number | undefined {
    const { search } = cell
    switch (purpose) {
      case 'probe':
        return search.next()
      case 'search':
        // What loads were chosen by is not changed any more.
        if (rounds[round]!.late && search.sustained) return undefined
        if (rounds[round]!.urgent && search.sustained && search.bounded) return undefined
        return search.settled ? undefined : search.next()
      case 'maximum':
        return cell.maxima.length === 0 ? search.sustained?.rate : undefined
      case 'half-load':
        return cell.halfLoad === undefined ? halfOf(cell) : undefined
      case 'common-rate': {
        if (cell.commonRate !== undefined) return undefined
        const common = this.#commonRate(cell.compareCase)
        // The slower engine's half load is at the common rate already.
        return common === undefined || common === cell.halfLoad?.rate ? undefined : common
      }
    }
  }

  /** Half of the smaller maximum; undefined unless every engine has one. */
  #commonRate(compareCase: CompareCase): number | undefined {
    const halves = this.#cells.filter((cell) => cell.compareCase === compareCase).map(halfOf)
    if (halves.length < 2 || halves.includes(undefined)) return undefined
    return Math.min(...halves.map((half) => half!))
  }

  /** Expected length of what must still be run after the current trial: the rest of this round and later ones. */
  #remaining(round: number, rest: readonly OpenCell[]): number {
    let sum = 0
    for (const [index, { purpose, must }] of rounds.entries()) {
      if (!must || index < round) continue
      for (const cell of index === round ? rest : this.#cells) {
        sum += this.#estimate(cell, purpose) * this.#likelihood(cell, purpose)
      }
    }
    return sum
  }

  /** Whether a cell will need a trial of a later round at all. */
  #likelihood({ search }: OpenCell, purpose: Purpose): number {
    if (purpose === 'probe' || purpose === 'search') return search.settled ? 0 : 1
    // Who has failed twice may sustain nothing.
    const found = search.sustained !== undefined || search.steps.length < 2 ? 1 : 0.5
    // Every case has one engine whose half load is at the common rate.
    const engines = Math.max(2, this.#options.engines.length)
    return purpose === 'common-rate' ? found * (1 - 1 / engines) : found
  }

  #estimate({ compareCase }: OpenCell, purpose: Purpose): number {
    const factor = this.#expectedMs > 0 ? this.#tookMs / this.#expectedMs : 1
    return expectedMs(compareCase, purpose) * factor
  }

  async #trial(
    cell: OpenCell,
    purpose: Purpose,
    rate: number,
    { shortened, total }: { shortened: boolean; total: number },
  ): Promise<void> {
    const start = this.#deps.elapsedMs()
    const outcome = await this.#deps.run({
      cell,
      purpose,
      rate,
      shortened,
      done: this.#done,
      total,
    })
    this.#done += 1
    this.#tookMs += this.#deps.elapsedMs() - start
    this.#expectedMs += expectedMs(cell.compareCase, purpose) * (shortened ? SHORT_SHARE : 1)
    const point = { rate, outcome, reason: whyNotSustained(outcome, LATENCY_BOUND, rate) }
    if (purpose === 'probe' || purpose === 'search') cell.search.add(rate, outcome)
    else if (purpose === 'maximum') cell.maxima.push(point)
    else if (purpose === 'half-load') cell.halfLoad = point
    else cell.commonRate = point
  }
}

function expectedMs({ windowed }: CompareCase, purpose: Purpose): number {
  return EXPECTED_MS[purpose] + (windowed ? WINDOW_MS : 0)
}

function unsettledText({ compareCase, engine, search }: Cell): readonly string[] {
  if (search.settled) return []
  const what =
    search.sustained === undefined
      ? 'no rate held'
      : search.bounded
        ? 'what held and what did not are far apart'
        : 'no rate failed: what held is a lower bound'
  return [`${engine} on ${compareCase.label}: ${what}`]
}

function halfOf(cell: Cell): number | undefined {
  const found = sustainedRate(cell)
  return found && Math.max(1, Math.round(found.rate / 2))
}
