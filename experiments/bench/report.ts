/** Prints the rows of a bench. */
import { formatDuration, formatRate, formatSize } from '../cli/options.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import type { Interval } from '../statistics/bootstrap.ts'
import { hasSpread, type RowResult, type RowState } from './judge.ts'
import type { BenchRow, Limit } from './rows.ts'

export function benchTable(results: readonly RowResult[]): string {
  const rows: TableRow[] = []
  let part: string | undefined
  for (const result of results) {
    const { row, state, measured, numerator, denominator, values, asked, note } = result
    if (part !== undefined && part !== row.part) rows.push(null)
    part = row.part
    const side = (value: number | undefined): string | undefined =>
      value === undefined ? undefined : sideText(row, value)
    rows.push([
      row.what,
      measured && measuredText(row, measured.estimate),
      measured && intervalText(row, measured),
      denominator === undefined ? undefined : side(numerator),
      side(denominator),
      row.reach && limitText(row, row.reach),
      row.aim && limitText(row, row.aim),
      values.length < asked ? `${values.length}/${asked}` : String(values.length),
      [
        note === undefined ? stateText[state] : `${stateText[state]}: ${note}`,
        ...formerText(result),
      ].join('; '),
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
  'no limit': 'no limit',
  fail: 'FAIL',
  'invalid baseline': 'INVALID: its baseline is off',
  'too few': 'TOO FEW rounds counted',
  'no valid trial': 'UNKNOWN: no valid trial',
  'not measured': 'not measured',
}

function formerText({ row, formerly }: RowResult): readonly string[] {
  if (row.formerly === undefined || formerly === undefined) return []
  const { state, measured } = formerly
  const number = measured === undefined ? [] : [measuredText(row, measured.estimate)]
  return [`by the rule before (${row.formerly.what}): ${[...number, stateText[state]].join(', ')}`]
}

/** What a ratio is of. */
function sideText({ numerator }: BenchRow, value: number): string {
  if (numerator.includes('bytes of')) return formatSize(value)
  if (numerator.endsWith('CPU a record')) return formatDuration(Number(value.toPrecision(3)))
  return formatRate(value)
}

/** Of a limit: so near to it a ratio's two digits may be those of the limit, on whichever side of it they are. */
const NEAR = 0.01

/** Limits of a row as numbers; one with a tolerance has two. */
function edgesOf({ reach, aim }: BenchRow): readonly number[] {
  return [reach, aim].flatMap((limit) => {
    if (limit === undefined) return []
    const { value } = limit
    if (limit.sense !== 'within') return value
    return [value * (1 - limit.tolerance), value * (1 + limit.tolerance)]
  })
}

/** What was measured. `0.97×` beside `≥ 0.97×` would read as reached, whatever the verdict: near to a limit it has a digit more. */
function measuredText(row: BenchRow, value: number): string {
  const isNear = edgesOf(row).some((edge) => Math.abs(value / edge - 1) <= NEAR)
  return row.unit === 'ratio' && isNear ? `${value.toFixed(3)}×` : quantity(row, value)
}

function quantity({ unit }: BenchRow, value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '∞'
  switch (unit) {
    case 'ratio':
      return `${value.toFixed(2)}×`
    case 'count':
      return String(value)
    case 'rate':
      return formatRate(value)
    case 'share':
      return `${(value * 100).toFixed(1)} %`
    case 'ns':
      return formatDuration(Number(value.toPrecision(3)))
    case 'bytes':
      return formatSize(value)
  }
}

function intervalText(row: BenchRow, { low, high }: Interval): string | undefined {
  if (!hasSpread({ low, high })) return undefined
  return `${measuredText(row, low)} – ${measuredText(row, high)}`
}

function limitText(row: BenchRow, limit: Limit): string {
  if (limit.sense === 'within') {
    return `${quantity(row, limit.value)} ± ${Math.round(limit.tolerance * 100)} %`
  }
  return `${limit.sense === 'at least' ? '≥' : '≤'} ${quantity(row, limit.value)}`
}
