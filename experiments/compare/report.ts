/** The tables that a compare prints: who sustains what, and how long a record takes. From rows and cells, no clock. */

import type { Nanos } from '../../engines/core/units.ts'
import { formatDuration, formatRate } from '../cli/options.ts'
import { type Claim, type ClaimFault, type ClaimRow, ruleHash } from '../experiment.ts'
import {
  type Conditions,
  conditionColumns,
  conditionsOf,
  speculationLines,
} from '../runner/conditions.ts'
import type { Launcher } from '../runner/launchers.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { type TrialOutcome, type TrialSpec, verdictOfAll } from '../runner/trial-spec.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { CompareCase, Repeats } from './cases.ts'
import { type Cell, type LoadPoint, type LoadTrial, tickOf } from './cell.ts'
import { durableText } from './checkpoints.ts'
import { isJudged } from './lost-trials.ts'

/** What one thread does on a case, records per second. */
export interface CaseBaseline {
  /** By the same kernels: each measurement that counts. */
  readonly kernelLoop: readonly number[]
  /** Name and rate of the best plain loop. */
  readonly plainLoop: { readonly name: string; readonly rate: number } | undefined
}

export interface Report {
  readonly cells: readonly Cell[]
  readonly baselines: ReadonlyMap<CompareCase, CaseBaseline>
  readonly repeats: Repeats
  /** The trial of a rate that was searched for, for the table of what it stands for. */
  specOf(cell: Cell, rate: number): TrialSpec
}

/** The middle of what one thread did by the same kernels; undefined where that was not measured. */
export function oneThread(baseline: CaseBaseline | undefined): number | undefined {
  return baseline && baseline.kernelLoop.length > 0 ? median(baseline.kernelLoop) : undefined
}

/** Columns of a terminal that the report is for. */
export const REPORT_WIDTH = 120

/** Column of the checkpoints that became durable within a trial. */
const DURABLE = { title: 'chk', unit: 'pts' }

/** A rate that no trial has failed above is a lower bound, and says so. */
function atLeast(cell: Cell, text: string): string {
  return cell.search.bounded ? text : `≥ ${text}`
}

export function throughputTable({ cells, baselines }: Report): string {
  const rows: TableRow[] = []
  for (const [compareCase, members] of byCase(cells)) {
    if (rows.length > 0) rows.push(null)
    for (const cell of members) {
      const found = cell.search.sustained
      const { limit } = cell.search.bracket
      const { tries, steps } = cell.search
      const baseline = oneThread(baselines.get(compareCase))
      rows.push([
        compareCase.label,
        cell.engine,
        formatDuration(tickOf(cell, 'maximum')),
        found ? atLeast(cell, formatRate(found.rate)) : 'none',
        Number.isFinite(limit)
          ? `${formatRate(limit)}${cell.search.isLimitAnError ? ' (error)' : ''}`
          : undefined,
        found && baseline ? atLeast(cell, (found.rate / baseline).toFixed(2)) : undefined,
        `${tries.held} / ${tries.limit}`,
        `${verdictOf(cell)}, ${steps.filter(isJudged).length} of ${steps.length}`,
      ])
    }
    const { plainLoop } = baselines.get(compareCase) ?? {}
    const kernelLoop = oneThread(baselines.get(compareCase))
    const loop = (name: string, rate: number, share: string | undefined): void =>
      void rows.push([
        compareCase.label,
        `1 thread, ${name}`,
        undefined,
        formatRate(rate),
        undefined,
        share,
      ])
    if (kernelLoop !== undefined) loop('kernels', kernelLoop, '1.00')
    if (plainLoop !== undefined) {
      loop(
        plainLoop.name,
        plainLoop.rate,
        kernelLoop === undefined ? undefined : (plainLoop.rate / kernelLoop).toFixed(2),
      )
    }
  }
  return formatTable(
    [
      { title: 'workload', align: 'left' },
      { title: 'engine', align: 'left' },
      { title: 'tick' },
      { title: 'held', unit: 'records' },
      { title: 'not held', unit: 'records' },
      { title: 'held ÷', unit: '1 thread' },
      { title: 'tries', unit: 'of both' },
      { title: 'verdict', unit: 'of trials', align: 'left' },
    ],
    rows,
  )
}

/** What the rates that held stand for: a line of what all rows share, and a table of what they do not. None if no rate held. */
export function conditionsLines({ cells, specOf }: Report): readonly string[] {
  const held = cells.flatMap((cell) => {
    const found = cell.search.sustained
    if (found === undefined) return []
    const { rate, outcome } = found
    // Whoever keeps up does as much as is offered: what is above it is the backlog of the warm-up.
    const pace = Math.min(outcome.processedPerSecond, rate)
    const ended = { ...outcome, processedPerSecond: pace }
    const p99 = outcome.latency?.p99
    const spec = specOf(cell, rate)
    const row: Conditions = {
      ...conditionsOf(spec, ended),
      ...(p99 === undefined ? {} : { heldP99: p99 }),
    }
    return [{ cell, spec, row }]
  })
  if (held.length === 0) return []
  const shared = (name: 'ingest' | 'kernels'): string =>
    `${name} ${[...new Set(held.map(({ row }) => row[name]))].join(' or ')}`
  const recovery = new Set(held.map(({ cell, row }) => `${row.recovery} (${cell.engine})`))
  const { class: classOf, tick, pace, updates, exchangedRows, exchangedBytes } = conditionColumns
  const { checkpoints, crossed, heldP99 } = conditionColumns
  // As wide as a terminal.
  const taken = { ...checkpoints, ...DURABLE }
  const rowsARecord = { ...exchangedRows, unit: 'rows' }
  const bytesARecord = { ...exchangedBytes, title: '/record', unit: 'B' }
  const work = [pace, updates, rowsARecord, bytesARecord, crossed]
  const columns = [classOf, tick, taken, ...work, heldP99]
  const rows = [...Map.groupBy(held, ({ cell }) => cell.compareCase)].flatMap(
    ([{ label }, members], index): TableRow[] => [
      ...(index > 0 ? [null] : []),
      ...members.map(({ cell, row }) => [
        label,
        cell.engine,
        ...columns.map((column) => column.cell(row)),
      ]),
    ],
  )
  return [
    '',
    `Of the rates that held: ${shared('ingest')}, ${shared('kernels')}, recovery ${[...recovery].join(', ')}.`,
    ...speculationLines(held.map(({ spec }) => spec)),
    formatTable(
      [{ title: 'workload', align: 'left' }, { title: 'engine', align: 'left' }, ...columns],
      rows,
    ),
  ]
}

/**
 * Of loads that were repeated: medians of the trials, and the interval of that of p99. A trial that did not keep up has no latency: it
 * is longer than all others.
 */
export function latencyTable({ cells, repeats }: Report): string {
  const isRepeated = repeats.loads > 1
  const rows: TableRow[] = []
  for (const [compareCase, members] of byCase(cells)) {
    if (rows.length > 0) rows.push(null)
    const common = commonRateOf(members)
    for (const load of ['half load', 'common rate'] as const) {
      for (const cell of members) {
        const point = pointAt(cell, load, common)
        if (point === undefined) continue
        const { rate, tick, trials } = point
        const isSame = load === 'common rate' && point === cell.halfLoad
        rows.push([
          compareCase.label,
          load,
          cell.engine,
          formatDuration(tick),
          durableText(trials.map(({ outcome }) => outcome)),
          formatRate(rate),
          ...quantilesOf(trials),
          ...(isRepeated ? [spanOfP99(trials)] : []),
          [
            worstOf(trials.map(({ outcome }) => outcome)),
            ...lostTexts(trials, isRepeated),
            ...(isSame ? [isRepeated ? 'same trials' : 'same trial'] : []),
          ].join(', '),
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
      DURABLE,
      { title: 'rate', unit: 'records' },
      { title: 'p50', unit: 'ms' },
      { title: 'p95', unit: 'ms' },
      { title: 'p99', unit: 'ms' },
      { title: 'max', unit: 'ms' },
      ...(isRepeated ? [{ title: 'p99', unit: '95 %, ms' }] : []),
      { title: 'verdict', align: 'left' },
    ],
    rows,
  )
}

/**
 * Each claim with the hash of its rule and the code that judges it, its state, and the evidence below; and what it would be by
 * the rules before.
 */
export function claimLines(
  claims: readonly Claim[],
  rows: readonly ClaimRow[],
  faults: readonly ClaimFault[] = [],
): readonly string[] {
  return claims.flatMap((claim) => {
    const { state, evidence } = claim.judge(rows, faults)
    const before = (claim.formerly ?? []).flatMap((former) => {
      const then =
        'why' in former
          ? `not computed, ${former.why}`
          : claim.judge(former.asSeen(rows), faults).state
      return wrapped(`by the rule before (${former.what}): ${then}`, '  ')
    })
    return [
      `${claim.name} (rule ${ruleHash(claim)}): ${state}`,
      ...wrapped(evidence, '  '),
      ...before,
    ]
  })
}

/** Lines of at most the report's width, cut at spaces, each after the indent. */
export function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > REPORT_WIDTH) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}

/**
 * Peak memory of the largest process of a trial, with its oracle, and of what waits meanwhile: this process, and those that started
 * it (`runner/launchers.ts`).
 */
export function memoryLine(
  rows: readonly {
    readonly engine: string
    readonly workload: string
    readonly role: string
    readonly resident_bytes_max?: number | undefined
  }[],
  own: number,
  launched: readonly Launcher[] | undefined,
): string {
  const sizeOf = ({ resident_bytes_max: size = 0 }: (typeof rows)[number]): number => size
  const largest = [...rows].sort((a, b) => sizeOf(b) - sizeOf(a))[0]
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`
  const trial =
    largest === undefined
      ? 'no trial'
      : `${mebibytes(sizeOf(largest))} in a trial's process (${largest.role} of ${largest.engine} on ${largest.workload})`
  const above = launched?.reduce((sum, each) => sum + each.residentBytesMax, 0)
  const npm =
    above === undefined
      ? '; of npm it is not known'
      : above === 0
        ? ''
        : `, ${mebibytes(above)} in npm`
  return `Peak memory: ${trial}, ${mebibytes(own)} in this one${npm}.`
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

/** It came to its end, and what it said is wrong or not known to be right. */
const isUnconfirmed = ({ outcome: { outcome, verdict } }: LoadTrial): boolean =>
  outcome === 'completed' && verdict !== 'valid'

/** Trials without a latency, by how they ended; of several how many. */
function lostTexts(trials: readonly LoadTrial[], isRepeated: boolean): readonly string[] {
  const kinds = Map.groupBy(
    trials.filter(({ reason }) => reason !== ''),
    (trial) => {
      const { outcome } = trial.outcome
      if (outcome !== 'completed') return outcome === 'failed' ? 'error' : 'timed out'
      return isUnconfirmed(trial) ? 'not confirmed' : 'not held'
    },
  )
  return [...kinds].map(([kind, { length }]) => (isRepeated ? `${length} ${kind}` : kind))
}

/** A trial that has no latency is longer than all others. */
const NONE = Number.POSITIVE_INFINITY

const QUANTILES = ['p50', 'p95', 'p99', 'max'] as const

/** Of all trials; nothing where one is not confirmed. */
function valuesOf(
  trials: readonly LoadTrial[],
  name: (typeof QUANTILES)[number],
): readonly Nanos[] {
  if (trials.some(isUnconfirmed)) return []
  return trials.map(({ outcome, reason }) =>
    reason === '' ? (outcome.latency?.[name] ?? NONE) : NONE,
  )
}

/** Medians of trials, whose own quantiles are of all their records; of all, the largest maximum. */
function quantilesOf(trials: readonly LoadTrial[]): readonly (string | undefined)[] {
  const middles = QUANTILES.map((name) => {
    const values = valuesOf(trials, name)
    if (values.length === 0) return undefined
    return name === 'max' ? Math.max(...values) : median(values)
  })
  const isHeld = middles[0] !== NONE
  return middles.map((value, place) => {
    if (!isHeld) return place === 0 ? 'not held' : undefined
    return value === undefined ? undefined : milliseconds(value)
  })
}

/** Equal trials give equal intervals. */
const SEED = 1

/** Nothing of one trial, which has no spread, nor where half of them or more have no latency. */
function spanOfP99(trials: readonly LoadTrial[]): string | undefined {
  const values = valuesOf(trials, 'p99')
  if (values.length < 2 || median(values) === NONE) return undefined
  const { low, high } = medianInterval(values, { seed: SEED })
  return `${milliseconds(low)}–${milliseconds(high)}`
}

/** Three digits, never an exponent; `∞` where a trial has no latency. */
function milliseconds(nanos: number): string {
  if (nanos === NONE) return '∞'
  const value = nanos / 1e6
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** The worst verdict of the trials that the cell's numbers rest on: in its search, of what held and of what was wrong. */
export function verdictOf(cell: Cell): 'valid' | 'invalid' | 'unknown' {
  const found = cell.search.sustained
  const outcomes = [
    ...cell.search.steps
      .map(({ outcome }) => outcome)
      .filter(({ verdict }) => verdict === 'invalid'),
    ...(found ? [found.outcome] : []),
    ...[cell.halfLoad, cell.commonRate, cell.recovery].flatMap(
      (point) => point?.trials.map(({ outcome }) => outcome) ?? [],
    ),
  ]
  return worstOf(outcomes)
}

/** Of one that its deadline ended what is right as far as it came is not all: who knows whether it would ever have gone on? */
function worstOf(outcomes: readonly TrialOutcome[]): 'valid' | 'invalid' | 'unknown' {
  const verdicts = outcomes.map(verdictOfAll)
  if (verdicts.includes('invalid')) return 'invalid'
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'valid'
}

function byCase(cells: readonly Cell[]): ReadonlyMap<CompareCase, readonly Cell[]> {
  return Map.groupBy(cells, ({ compareCase }) => compareCase)
}
