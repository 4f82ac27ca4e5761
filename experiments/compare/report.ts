/** The tables that a compare prints: who sustains what, and how long a record takes. From rows and cells, no clock. */

import { formatDuration, formatRate } from '../cli/options.ts'
import type { Claim, ClaimRow } from '../experiment.ts'
import { ruleHash } from '../experiment.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import type { LatencySummary } from '../runner/trial-spec.ts'
import type { CompareCase } from './cases.ts'
import { type Cell, type LoadPoint, sustainedRate } from './schedule.ts'

/** What one thread does on a case, records per second. */
export interface CaseBaseline {
  readonly kernelLoop: number | undefined
  /** Name and rate of the best plain loop. */
  readonly plainLoop: { readonly name: string; readonly rate: number } | undefined
}

export interface Report {
  readonly cells: readonly Cell[]
  readonly baselines: ReadonlyMap<CompareCase, CaseBaseline>
  /** The tick of a purpose, for the table. */
  tickOf(cell: Cell, load: 'maximum' | 'latency'): number
}

/** A rate that no trial has failed above is a lower bound, and says so. */
function atLeast(cell: Cell, text: string): string {
  return cell.search.bounded ? text : `≥ ${text}`
}

export function throughputTable({ cells, baselines, tickOf }: Report): string {
  const rows: TableRow[] = []
  for (const [compareCase, members] of byCase(cells)) {
    if (rows.length > 0) rows.push(null)
    for (const cell of members) {
      const found = sustainedRate(cell)
      const baseline = baselines.get(compareCase)?.kernelLoop
      const points = cell.maxima
      rows.push([
        compareCase.label,
        cell.engine,
        formatDuration(tickOf(cell, 'maximum')),
        found ? atLeast(cell, formatRate(found.rate)) : 'none found',
        found && baseline ? atLeast(cell, (found.rate / baseline).toFixed(2)) : undefined,
        found ? (found.confirmed ? 'held again' : 'not held again') : whyNone(cell),
        verdictOf(cell),
        String(cell.search.steps.length + points.length),
      ])
    }
    const baseline = baselines.get(compareCase)
    if (baseline?.kernelLoop !== undefined) {
      rows.push([
        compareCase.label,
        'one thread, same kernels',
        undefined,
        formatRate(baseline.kernelLoop),
        '1.00',
      ])
    }
    if (baseline?.plainLoop !== undefined) {
      rows.push([
        compareCase.label,
        `one thread, ${baseline.plainLoop.name}`,
        undefined,
        formatRate(baseline.plainLoop.rate),
        baseline.kernelLoop
          ? (baseline.plainLoop.rate / baseline.kernelLoop).toFixed(2)
          : undefined,
      ])
    }
  }
  return formatTable(
    [
      { title: 'workload', align: 'left' },
      { title: 'engine', align: 'left' },
      { title: 'tick' },
      { title: 'sustained', unit: 'records' },
      { title: '÷ one thread' },
      { title: 'fresh trial', align: 'left' },
      { title: 'verdict', align: 'left' },
      { title: 'trials' },
    ],
    rows,
  )
}

export function latencyTable({ cells, tickOf }: Report): string {
  const rows: TableRow[] = []
  for (const [compareCase, members] of byCase(cells)) {
    if (rows.length > 0) rows.push(null)
    const common = commonRateOf(members)
    for (const load of ['half load', 'common rate'] as const) {
      for (const cell of members) {
        const point = pointAt(cell, load, common)
        if (point === undefined) continue
        const { latency, verdict } = point.outcome
        rows.push([
          compareCase.label,
          load,
          cell.engine,
          formatDuration(tickOf(cell, 'latency')),
          formatRate(point.rate),
          ...quantilesOf(latency),
          point.reason === '' ? verdict : `${verdict}, not kept up`,
        ])
      }
    }
  }
  return formatTable(
    [
      { title: 'workload', align: 'left' },
      { title: 'load', align: 'left' },
      { title: 'engine', align: 'left' },
      { title: 'tick' },
      { title: 'rate', unit: 'records' },
      { title: 'p50', unit: 'ms' },
      { title: 'p95', unit: 'ms' },
      { title: 'p99', unit: 'ms' },
      { title: 'max', unit: 'ms' },
      { title: 'verdict', align: 'left' },
    ],
    rows,
  )
}

/** One line for each claim, with the hash of its rule. */
/**
 * Rows that claims may be judged by: not the maxima of cells whose search met no limit. Those are lower bounds, set by the
 * first guess, and would compare guesses.
 */
export function rowsForClaims<R extends ClaimRow>(
  rows: readonly R[],
  cells: readonly Cell[],
): readonly R[] {
  const unbounded = cells.filter(({ search }) => !search.bounded)
  return rows.filter(
    (row) =>
      row.role !== 'maximum' ||
      !unbounded.some(
        ({ engine, compareCase, maxima }) =>
          engine === row.engine &&
          compareCase.workload === row.workload &&
          maxima.some(({ rate }) => rate === row.offered_records_per_s),
      ),
  )
}

export function claimLines(claims: readonly Claim[], rows: readonly ClaimRow[]): readonly string[] {
  return claims.map((claim) => {
    const { state, evidence } = claim.judge(rows)
    return `${claim.name} (rule ${ruleHash(claim)}): ${state}. ${evidence}`
  })
}

/** Without a trial of the purpose, half loads that happen to be equal. */
function commonRateOf(members: readonly Cell[]): number | undefined {
  const own = members.flatMap(({ commonRate }) => commonRate?.rate ?? [])
  const halves = new Set(members.map(({ halfLoad }) => halfLoad?.rate))
  return own[0] ?? (members.length > 1 && halves.size === 1 ? [...halves][0] : undefined)
}

/** The slower engine's half load is its trial at the common rate, too. */
function pointAt(
  cell: Cell,
  load: 'half load' | 'common rate',
  common: number | undefined,
): LoadPoint | undefined {
  if (load === 'half load') return cell.halfLoad
  return cell.commonRate ?? (cell.halfLoad?.rate === common ? cell.halfLoad : undefined)
}

function quantilesOf(latency: LatencySummary | undefined): readonly (string | undefined)[] {
  if (latency === undefined) return [undefined, undefined, undefined, undefined]
  return [latency.p50, latency.p95, latency.p99, latency.max].map(milliseconds)
}

/** Three digits, never an exponent. */
function milliseconds(nanos: number): string {
  const value = nanos / 1e6
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** The worst verdict of the trials that the cell's numbers rest on. */
export function verdictOf(cell: Cell): 'valid' | 'invalid' | 'unknown' {
  const found = cell.search.sustained
  const outcomes = [
    ...cell.search.steps
      .map(({ outcome }) => outcome)
      .filter(({ verdict }) => verdict === 'invalid'),
    ...(found ? [found.outcome] : []),
    ...[...cell.maxima, cell.halfLoad, cell.commonRate].flatMap((point) => point?.outcome ?? []),
  ]
  if (outcomes.some(({ verdict }) => verdict === 'invalid')) return 'invalid'
  const unknown = outcomes.length === 0 || outcomes.some(({ verdict }) => verdict === 'unknown')
  return unknown ? 'unknown' : 'valid'
}

function whyNone({ search }: Cell): string {
  const reason = search.steps.at(-1)?.reason ?? 'not tried'
  return reason.length > 60 ? `${reason.slice(0, 59)}…` : reason
}

function byCase(cells: readonly Cell[]): ReadonlyMap<CompareCase, readonly Cell[]> {
  return Map.groupBy(cells, ({ compareCase }) => compareCase)
}
