/** Judges the rows of a bench from its samples, and prints them. No clock, no trials. */
import { formatDuration, formatRate, formatSize } from '../cli/options.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { type Interval, medianInterval, medianRatioInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { Samples } from './measure.ts'
import type { BenchRow, Limit } from './rows.ts'

/**
 * `pass`: what must be reached is; `aim`: so is what is aimed for; `open`: only the aim is missed and nothing must be
 * reached; `fail`; `invalid baseline`: what it is divided by is off; `no valid trial`; `not built`.
 */
export type RowState =
  | 'aim'
  | 'pass'
  | 'open'
  | 'fail'
  | 'invalid baseline'
  | 'no valid trial'
  | 'not built'

export interface RowResult {
  readonly row: BenchRow
  readonly state: RowState
  readonly measured?: Interval
  readonly numerator?: number
  readonly denominator?: number
  readonly repeats: number
  /** Why it is not built, or where its number is from. */
  readonly note?: string
}

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

/** `notes`: rows that cannot be measured here, and why. */
export function judgeRows(
  rows: readonly BenchRow[],
  samples: Samples,
  notes: ReadonlyMap<string, string>,
  seed: number,
): readonly RowResult[] {
  const alone = rows.map((row) => judgeRow(row, samples, notes, seed))
  return alone.map((result) => {
    const ground = alone.find(({ row }) => row.name === result.row.standsOn)
    const counts = result.state !== 'no valid trial' && result.state !== 'not built'
    return counts && ground?.state === 'fail' ? { ...result, state: 'invalid baseline' } : result
  })
}

function judgeRow(
  row: BenchRow,
  samples: Samples,
  notes: ReadonlyMap<string, string>,
  seed: number,
): RowResult {
  const note = notes.get(row.name)
  const above = samples.get(row.numerator)
  const below = row.denominator === undefined ? [] : samples.get(row.denominator)
  if (above === undefined || below === undefined) {
    return note === undefined
      ? { row, state: 'no valid trial', repeats: 0 }
      : { row, state: 'not built', repeats: 0, note }
  }
  const measured =
    row.denominator === undefined
      ? medianInterval(above, { seed })
      : medianRatioInterval(above, below, { seed })
  const reached = row.reach === undefined || within(measured.estimate, row.reach)
  const aimed = row.aim !== undefined && within(measured.estimate, row.aim)
  return {
    row,
    state: !reached ? 'fail' : aimed ? 'aim' : row.reach === undefined ? 'open' : 'pass',
    measured,
    numerator: median(above),
    ...(row.denominator === undefined ? {} : { denominator: median(below) }),
    repeats: Math.min(above.length, row.denominator === undefined ? above.length : below.length),
    ...(note === undefined ? {} : { note }),
  }
}

export function benchTable(results: readonly RowResult[]): string {
  const rows: TableRow[] = []
  let group: string | undefined
  for (const result of results) {
    const { row, state, measured, numerator, denominator, repeats, note } = result
    if (group !== undefined && group !== row.group) rows.push(null)
    group = row.group
    const rate = (value: number | undefined): string | undefined =>
      value === undefined
        ? undefined
        : row.name.startsWith('memory')
          ? formatSize(value)
          : formatRate(value)
    rows.push([
      row.what,
      measured && quantity(row, measured.estimate),
      measured && intervalText(row, measured),
      denominator === undefined ? undefined : rate(numerator),
      rate(denominator),
      row.reach && limitText(row, row.reach),
      row.aim && limitText(row, row.aim),
      repeats === 0 ? undefined : String(repeats),
      note === undefined ? stateText[state] : `${stateText[state]}: ${note}`,
    ])
  }
  return formatTable(
    [
      { title: 'what, 2 workers', align: 'left' },
      { title: 'measured' },
      { title: '95 % interval' },
      { title: 'numerator' },
      { title: 'denominator' },
      { title: 'reach' },
      { title: 'aim for' },
      { title: 'n' },
      { title: '', align: 'left' },
    ],
    rows,
  )
}

const stateText: Readonly<Record<RowState, string>> = {
  aim: 'pass, aim reached',
  pass: 'pass',
  open: 'aim open',
  fail: 'FAIL',
  'invalid baseline': 'INVALID: its baseline is off',
  'no valid trial': 'UNKNOWN: no valid trial',
  'not built': 'not built',
}

function quantity({ unit }: BenchRow, value: number): string {
  switch (unit) {
    case 'ratio':
      return `${value.toFixed(2)}×`
    case 'share':
      return `${(value * 100).toFixed(1)} %`
    case 'ns':
      return formatDuration(Number(value.toPrecision(3)))
    case 'bytes':
      return formatSize(value)
  }
}

function intervalText(row: BenchRow, { low, high }: Interval): string | undefined {
  // One repeat has no spread to see.
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined
  return `${quantity(row, low)} – ${quantity(row, high)}`
}

function limitText(row: BenchRow, limit: Limit): string {
  if (limit.sense === 'within') {
    return `${quantity(row, limit.value)} ± ${Math.round(limit.tolerance * 100)} %`
  }
  return `${limit.sense === 'at least' ? '≥' : '≤'} ${quantity(row, limit.value)}`
}
