/** What is known of one engine on one case: its search, and its trials at rates that were not searched for. */
import type { Nanos } from '../../engines/core/units.ts'
import type { RateSearch } from '../runner/sustainable-rate.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import type { CompareCase, Ends, EngineName, Purpose } from './cases.ts'

export interface Cell {
  readonly compareCase: CompareCase
  readonly engine: EngineName
  readonly search: RateSearch
  /** Of loads: the tick for latency, and that for throughput, where it is longer, once half load was not kept up with. */
  readonly loadTick: Nanos
  readonly halfLoad: LoadPoint | undefined
  readonly commonRate: LoadPoint | undefined
  /** In which a worker was killed. */
  readonly recovery: LoadPoint | undefined
}

/** What was tried at a rate that was not searched for. */
export interface LoadPoint {
  readonly rate: number
  readonly tick: Nanos
  /** In their order; one or more. */
  readonly trials: readonly LoadTrial[]
}

export interface LoadTrial {
  readonly outcome: TrialOutcome
  /** Why it did not keep up; empty if it did. */
  readonly reason: string
}

/** Of a cell's next trial. */
export function tickOf({ compareCase, engine, loadTick }: Cell, purpose: Purpose): Nanos {
  const isLoad = purpose === 'half-load' || purpose === 'common-rate'
  return isLoad ? loadTick : compareCase.ticks[engine].throughput
}

/** What a cell was tried with at a load so far; undefined in a search. */
export function pointOf(cell: Cell, purpose: Purpose): LoadPoint | undefined {
  if (purpose === 'recovery') return cell.recovery
  if (purpose === 'half-load') return cell.halfLoad
  return purpose === 'common-rate' ? cell.commonRate : undefined
}

/** Half of what held; undefined where nothing did. */
export function halfOf({ search }: Cell): number | undefined {
  const found = search.sustained
  return found && Math.max(1, Math.round(found.rate / 2))
}

/** Least known last. Infinities are equal. */
export function compareWidths({ search: a }: Cell, { search: b }: Cell): number {
  return a.width === b.width ? 0 : a.width - b.width
}

/**
 * What is open of a cell's rate, in words.
 * @param ends How often each end was to be tried; undefined where no number was asked for.
 */
export function unsettledText(
  { compareCase, engine, search }: Cell,
  ends: Ends | undefined,
): readonly string[] {
  return doubtsAbout(search, ends).map((what) => `${engine} on ${compareCase.label}: ${what}`)
}

function doubtsAbout(search: RateSearch, ends: Ends | undefined): readonly string[] {
  if (search.sustained === undefined) return ['no rate held']
  if (!search.bounded) return ['no rate failed: what held is a lower bound']
  if (!search.settled) return ['what held and what did not are far apart']
  if (ends === undefined) return []
  const { tries, bracket, steps } = search
  const isDisputed = steps.some(({ rate, sustained }) => sustained && rate === bracket.limit)
  return [
    ...(tries.held < ends.held ? [`what held was tried ${tries.held} of ${ends.held} times`] : []),
    ...(tries.limit < ends.limit
      ? [`what failed was tried ${tries.limit} of ${ends.limit} times`]
      : []),
    ...(isDisputed ? ['what failed held at another try'] : []),
  ]
}
