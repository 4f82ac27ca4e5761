/** Judges the rows of a bench from what its rounds measured. No clock, no trials. */
import { type Interval, medianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { Elsewhere } from './earlier-runs.ts'
import { type Visit, valueInRound } from './groups.ts'
import type { Rounds } from './measure.ts'
import type { BenchRow, Limit } from './rows.ts'
import { subjectOfMeasure } from './subjects.ts'
import {
  againstPeers,
  besideByteLoop,
  byteLoopInPeers,
  isInPeers,
  PEERS_TOLERANCE,
} from './yardsticks.ts'

/**
 * `pass`: what must be reached is; `aim`: so is what is aimed for; `open`: only the aim is missed and nothing must be
 * reached; `no limit`: neither is there; `fail`; `invalid baseline`: what it is divided by is off, and not only slow; `too few`: rounds did not count, or fewer than five were asked for, so it cannot pass;
 * `no valid trial`; `not measured`: here, and the note says where.
 */
export type RowState =
  | 'aim'
  | 'pass'
  | 'open'
  | 'no limit'
  | 'fail'
  | 'invalid baseline'
  | 'too few'
  | 'no valid trial'
  | 'not measured'

/** By the rule before this one, of what was measured in the same run. */
export interface FormerVerdict {
  readonly state: RowState
  readonly measured?: Interval
  readonly values: readonly number[]
}

export interface RowResult {
  readonly row: BenchRow
  readonly state: RowState
  readonly measured?: Interval
  /** Medians of what was divided; the ratio is not theirs but the median of the rounds' ratios. */
  readonly numerator?: number
  readonly denominator?: number
  /** Values behind it, one a round, and how many were asked for. */
  readonly values: readonly number[]
  readonly asked: number
  /** Of a row whose rule was changed. */
  readonly formerly?: FormerVerdict
  readonly note?: string
}

export interface Evidence {
  readonly rounds: Rounds
  readonly elsewhere: Elsewhere
  readonly repeats: number
  readonly seed: number
}

/** Of fewer rounds a row may fail and cannot pass. */
const ROUNDS_MIN = 5

export function within(value: number, limit: Limit): boolean {
  switch (limit.sense) {
    case 'at least':
      return value >= limit.value
    case 'at most':
      return value <= limit.value
    case 'within':
      return Math.abs(value / limit.value - 1) <= limit.tolerance
  }
}

export function judgeRows(
  rows: readonly BenchRow[],
  evidence: Evidence,
  /** All rows, of which the grounds are. */
  all: readonly BenchRow[] = rows,
): readonly RowResult[] {
  const judged = new Map(all.map((row) => [row.name, judgeRow(row, evidence)]))
  return rows.map((row) => {
    const result = judged.get(row.name) ?? judgeRow(row, evidence)
    const ground = row.standsOn === undefined ? undefined : judged.get(row.standsOn)
    if (ground === undefined || result.measured === undefined) return result
    // Of too few rounds a ground is no better than what stands on it, and no reason to call a failure something else.
    const isOff = !['pass', 'aim', 'open', 'too few'].includes(ground.state)
    if (isOff && result.state !== 'too few') return onWhatPeersExpect(result, ground, evidence)
    const isWeak = ground.state === 'too few' && result.state !== 'fail'
    return isWeak ? { ...result, state: 'too few' as const } : result
  })
}

/** Rows that nobody has measured, by the command that does. */
export function notMeasured(results: readonly RowResult[]): ReadonlyMap<string, readonly string[]> {
  const rows = results.filter(({ state }) => state === 'not measured').map(({ row }) => row)
  const by = Map.groupBy(rows, ({ measuredBy = '' }) => measuredBy)
  return new Map([...by].map(([command, of]) => [command, of.map(({ name }) => name)]))
}

/**
 * A ratio to a baseline that is off. METHOD: its row is invalid. Where the baseline is slower than PEERS lets expect, the ratio is
 * judged all the same, and by less than what was measured: by the rate that the baseline should have, the highest of both rules.
 * That rule is younger than runs that were seen, so the note has the verdict of the one before it, too (METHOD).
 */
function onWhatPeersExpect(result: RowResult, ground: RowResult, evidence: Evidence): RowResult {
  const part = partOfPeers(ground, evidence)
  if (part === undefined || part >= 1 || result.measured === undefined)
    return { ...result, state: 'invalid baseline' }
  const { estimate, low, high } = result.measured
  const measured = { estimate: estimate * part, low: low * part, high: high * part }
  const notes = [
    `${measured.estimate.toFixed(2)}×${rangeText(measured)} the rate that its baseline should have, of which it has ${part.toFixed(2)}: judged by that (by the rule before: invalid)`,
    doubtOf(result.row, measured),
  ]
  const note = notes.filter((each) => each !== undefined).join('; ')
  return { ...result, state: stateOf(result.row, measured), note }
}

/** Empty where one round has no spread to see. */
function rangeText({ low, high }: Interval): string {
  return hasSpread({ low, high }) ? ` (${low.toFixed(2)} to ${high.toFixed(2)})` : ''
}

/** One round has none. Its upper end may be infinite: of loads that were not kept up with. */
export const hasSpread = ({ low }: Omit<Interval, 'estimate'>): boolean =>
  low !== Number.NEGATIVE_INFINITY

/** Of its rate in PEERS, as this machine is: the least of what the yardsticks and the byte loop say. */
function partOfPeers({ row, measured }: RowResult, { rounds }: Evidence): number | undefined {
  if (measured === undefined || row.group === undefined || !isInPeers(row.numerator))
    return undefined
  const beside = besideIn(rounds.get(row.group) ?? [], row.numerator)
  return Math.min(measured.estimate, beside / byteLoopInPeers(row.numerator))
}

interface Values {
  readonly values: readonly number[]
  readonly above: readonly number[]
  readonly below: readonly number[]
}

function valuesOf(row: BenchRow, { rounds, elsewhere }: Evidence): Values {
  const { group, numerator, denominator } = row
  if (group === undefined) {
    const above = elsewhere.values.get(numerator) ?? []
    const below = denominator === undefined ? [] : (elsewhere.values.get(denominator) ?? [])
    return denominator === undefined
      ? { values: above, above, below }
      : {
          values: above.length === below.length ? below.map((value, at) => above[at]! / value) : [],
          above,
          below,
        }
  }
  const round = rounds.get(group) ?? []
  if (isInPeers(numerator) && denominator === undefined) {
    const found = round.flatMap((visits) => againstPeers(visits, numerator) ?? [])
    return {
      values: found.map(({ value }) => value),
      above: found.map(({ above }) => above),
      below: found.map(({ below }) => below),
    }
  }
  const side = (measure: string) => ({ subject: subjectOfMeasure(measure).name, measure })
  const found = round.flatMap(
    (visits) =>
      valueInRound(
        visits,
        side(numerator),
        denominator === undefined ? undefined : side(denominator),
      ) ?? [],
  )
  return {
    values: found.map(({ value }) => value),
    above: found.map(({ above }) => above),
    below: found.flatMap(({ below }) => below ?? []),
  }
}

function judgeRow(row: BenchRow, evidence: Evidence): RowResult {
  const { elsewhere, repeats, seed } = evidence
  const { values, above, below } = valuesOf(row, evidence)
  const given = elsewhere.notes.get(row.name)
  // What another command or a single long trial measured has as many values as it has.
  const asked = row.group === undefined ? Math.max(1, values.length) : repeats
  const base = { row, values, asked }
  if (values.length === 0) {
    const all = [given ?? [], ...triesNotes(row, values, evidence)].flat()
    const note = all.length === 0 ? {} : { note: all.join('; ') }
    const isHere =
      row.measuredBy === undefined || given === undefined || elsewhere.values.has(row.numerator)
    return { ...base, state: isHere ? 'no valid trial' : 'not measured', ...note }
  }
  const measured = medianInterval(values, { seed })
  const notes = [
    given,
    ...triesNotes(row, values, evidence),
    byteLoopNote(row, evidence),
    doubtOf(row, measured),
  ].filter((note) => note !== undefined)
  return {
    ...base,
    state: countedState(row, measured, { counted: values.length, asked }),
    measured,
    numerator: median(above),
    ...(below.length > 0 ? { denominator: median(below) } : {}),
    ...formerVerdict(row, evidence),
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  }
}

/**
 * What the values leave out: rounds that had none, and trials that were made and did not count, by why; and of those that are in, how
 * many are of loads that were not kept up with.
 */
function triesNotes(
  { group, numerator, denominator }: BenchRow,
  values: readonly number[],
  { rounds }: Evidence,
): readonly string[] {
  const behind = values.filter((value) => value === Number.POSITIVE_INFINITY).length
  const behindNote =
    behind === 0 ? [] : [`${behind} of ${values.length} not kept up with: counted as ∞`]
  if (group === undefined) return behindNote
  const all = rounds.get(group) ?? []
  const subjects = [numerator, denominator ?? numerator].map((name) => subjectOfMeasure(name).name)
  const tries = all
    .flat()
    .filter(({ subject }) => subjects.includes(subject))
    .map((visit) => visit.tries)
  const dropped = tries.flatMap((each) => each.dropped)
  const made = tries.reduce((sum, each) => sum + each.made, 0)
  const reasons = [...new Set(dropped)].map(
    (why) => `${why} × ${dropped.filter((each) => each === why).length}`,
  )
  return [
    ...behindNote,
    ...(all.length > values.length ? [`${values.length} of ${all.length} rounds counted`] : []),
    ...(dropped.length > 0
      ? [`${dropped.length} of ${made} trials did not count (${reasons.join(', ')})`]
      : []),
  ]
}

/** METHOD: a changed rule shows the old verdict and the new one. */
function formerVerdict(row: BenchRow, evidence: Evidence): Pick<RowResult, 'formerly'> {
  const { formerly: before, ...now } = row
  if (before === undefined) return {}
  const { what, ...sides } = before
  const { state, measured, values } = judgeRow({ ...now, ...sides }, evidence)
  return { formerly: { state, values, ...(measured === undefined ? {} : { measured }) } }
}

function countedState(
  row: BenchRow,
  measured: Interval,
  { counted, asked }: { readonly counted: number; readonly asked: number },
): RowState {
  const state = stateOf(row, measured)
  const { group, least = group === undefined ? 0 : ROUNDS_MIN } = row
  // What is measured in rounds of a group was asked for as often as there are rounds.
  const few = counted < asked || (group === undefined ? counted : asked) < least
  return few && state !== 'fail' ? 'too few' : state
}

function stateOf({ reach, aim }: BenchRow, measured: Interval): RowState {
  if (reach === undefined && aim === undefined) return 'no limit'
  if (reach !== undefined && !within(measured.estimate, reach)) return 'fail'
  if (aim !== undefined && within(measured.estimate, aim)) return 'aim'
  return reach === undefined ? 'open' : 'pass'
}

/** METHOD: each baseline's ratio to the plain byte loop is stated, and what a verdict by it alone would be. */
function byteLoopNote({ group, numerator, denominator }: BenchRow, { rounds }: Evidence) {
  if (group === undefined || denominator !== undefined || !isInPeers(numerator)) return undefined
  const [here, there] = [besideIn(rounds.get(group) ?? [], numerator), byteLoopInPeers(numerator)]
  const state = within(here, { sense: 'within', value: there, tolerance: PEERS_TOLERANCE })
  return `${here.toFixed(2)}× the byte loop with a wide table, ${there.toFixed(2)}× in PEERS (that rule alone: ${state ? 'pass' : 'fail'})`
}

/** Median over the rounds in which both counted. */
function besideIn(round: readonly (readonly Visit[])[], loop: string): number {
  return median(round.flatMap((visits) => besideByteLoop(visits, loop) ?? []))
}

/** A verdict that the next run may turn. */
function doubtOf({ reach }: BenchRow, { estimate, low, high }: Interval): string | undefined {
  if (reach === undefined || !hasSpread({ low, high })) return undefined
  const same = within(estimate, reach)
  return within(low, reach) === same && within(high, reach) === same
    ? undefined
    : 'the interval reaches over the limit'
}
