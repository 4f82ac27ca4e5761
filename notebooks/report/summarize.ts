/**
 * Rows of a run → the few numbers that a figure shows. All repeats stay visible; a median is a mark among them.
 *
 * A trial whose verdict is not valid has no throughput and no latency: it is left out here and counted, so that the caption
 * can say so. Quantiles are those of trials, never averaged.
 */
import { atCommonRate, isLoad, loadsOf } from '../../results/load-rows.ts'
import { median } from '../../results/median.ts'
import { rateBracket, rateTrialsOf, SEARCHED } from '../../results/rate-bracket.ts'
import { carries } from '../../results/row-ticks.ts'
import type { LatencyRow, TrialRow } from '../../results/schema.ts'
import { type Against, floorsOf, oneThreadOf } from './floor.ts'
import { plotted } from './format.ts'
import type { World } from './load.ts'

/** Groups in the order of their first member. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

/** One trial at the rate that an engine held: a fresh one, or the one of the search that found the rate. */
export interface ThroughputPoint {
  readonly group: string
  readonly engine: string
  readonly repeat: number
  readonly offered: number | undefined
  /** What it did, records per second: up to 2 % below what was offered is still holding it. */
  readonly throughput: number
  /** False where the confirming trial did not hold the rate: drawn hollow. */
  readonly sustained: boolean
}

/** The repeats of an engine and workload together. */
export interface ThroughputSummary {
  readonly group: string
  readonly engine: string
  /** The highest offered rate that held whenever it was tried, as in the tables; null for none. */
  readonly held: number | null
  /** Slowest and fastest trial at it; of all tries where none held. */
  readonly low: number
  readonly high: number
  readonly repeats: number
  /** The lowest rate above it that was tried and not held. Null where none was met. */
  readonly limit: number | null
  /** The held rate over the single thread's median; null without either. */
  readonly ratio: number | null
}

export interface Baseline {
  readonly group: string
  readonly kernels: 'columns' | 'plain'
  readonly throughput: number
}

export interface ThroughputData {
  /** Workload and, on a second line, its class: multiples are claimed only within one. */
  readonly groups: readonly string[]
  readonly points: readonly ThroughputPoint[]
  readonly summaries: readonly ThroughputSummary[]
  readonly baselines: readonly Baseline[]
  /** Every trial that looked for a rate, and those of them whose output was not confirmed, shown or not. */
  readonly searched: readonly TrialRow[]
  readonly unconfirmed: readonly TrialRow[]
  /** Trials of one thread behind them. */
  readonly baselineRows: readonly TrialRow[]
  /** Trials behind the figure, and those that it leaves out because they are not valid. */
  readonly shown: readonly TrialRow[]
  readonly invalid: readonly TrialRow[]
}

/**
 * A workload as a figure names it: with its window where it has one, since the same words counted since the start and in
 * a window are two workloads to whoever reads a figure.
 */
export function caseLabel({ workload, workload_parameters: text }: TrialRow): string {
  if (text === undefined) return workload
  const { mode, length } = JSON.parse(text) as { mode?: unknown; length?: unknown }
  const windowed = typeof length === 'string' && mode !== 'running'
  return windowed ? `${workload}, ${length} window` : workload
}

/** A measurement of one thread that counts. */
const isBaseline = (row: TrialRow): boolean =>
  row.role === 'baseline' && row.verdict === 'valid' && row.throughput_records_per_s !== undefined

const groupName = (row: TrialRow): string =>
  row.class === undefined ? caseLabel(row) : `${caseLabel(row)}\n${row.class}`

/**
 * Throughput at the maximum: the highest rate that held, with the `maximum` trials and those of the search at that rate, beside
 * the single thread's `baseline` trials.
 */
export function summarizeThroughput(trials: readonly TrialRow[], world: World): ThroughputData {
  const here = trials.filter((row) => row.world === world)
  const cellOf = (row: TrialRow): string => `${groupName(row)}\t${row.engine}`
  const cells = groupBy(here, cellOf)
  const brackets = new Map(
    [...cells].map(([cell, rows]) => [cell, rateBracket(rateTrialsOf(rows))]),
  )
  const candidates = here.filter(
    (row) =>
      row.role === 'maximum' ||
      ((row.role === 'search' || row.role === 'probe') &&
        row.sustained === true &&
        row.offered_records_per_s === brackets.get(cellOf(row))!.held),
  )
  const shown = candidates.filter(
    (row) => row.verdict === 'valid' && row.throughput_records_per_s !== undefined,
  )
  const points = shown.map((row) => ({
    group: groupName(row),
    engine: row.engine,
    repeat: row.repeat,
    offered: row.offered_records_per_s,
    throughput: plotted(row.throughput_records_per_s!),
    sustained: row.sustained === true,
  }))
  // In the order of the run's cases, whichever of them was searched first.
  const order = [...new Set(here.map(caseLabel))]
  const groups = [...new Set(points.map(({ group }) => group))].sort(
    (a, b) => order.indexOf(a.split('\n')[0]!) - order.indexOf(b.split('\n')[0]!),
  )
  const baselineRows = here.filter(isBaseline)
  // A baseline belongs to every class of its workload: one thread has no ticks to combine in.
  const baselines = groups.flatMap((group) => {
    const label = group.split('\n')[0]!
    const rows = baselineRows.filter((row) => caseLabel(row) === label)
    return [...groupBy(rows, (row) => row.kernels ?? 'columns')].map(([kernels, same]) => ({
      group,
      kernels: kernels as Baseline['kernels'],
      throughput: plotted(median(same.map((row) => row.throughput_records_per_s!))),
    }))
  })
  const summaries = [...groupBy(points, ({ group, engine }) => `${group}\t${engine}`).values()].map(
    (same) => {
      const { group, engine } = same[0]!
      const { held, limit } = brackets.get(`${group}\t${engine}`)!
      // A second try that failed was at another rate than what holds now.
      const tries = held === undefined ? same : same.filter(({ offered }) => offered === held)
      const values = tries.map(({ throughput }) => throughput)
      const thread = baselines.find((row) => row.group === group && row.kernels === 'columns')
      return {
        group,
        engine,
        held: held === undefined ? null : plotted(held),
        low: Math.min(...values),
        high: Math.max(...values),
        repeats: tries.length,
        limit: Number.isFinite(limit) ? plotted(limit) : null,
        ratio: thread && held !== undefined ? plotted(held / thread.throughput) : null,
      }
    },
  )
  const searched = here.filter(({ role }) => SEARCHED.has(role))
  return {
    groups,
    searched,
    unconfirmed: searched.filter(({ verdict }) => verdict !== 'valid'),
    points,
    summaries,
    baselines,
    baselineRows,
    shown,
    invalid: candidates.filter((row) => !shown.includes(row)),
  }
}

export interface LatencyPoint {
  readonly engine: string
  readonly repeat: number
  readonly latencyMs: number
  readonly aboveShare: number
}

/** One panel: a workload at a load. */
export interface LatencyPanel extends Against {
  /** With its window, where it has one. */
  readonly workload: string
  readonly role: 'half-load' | 'common-rate'
  /** Offered rate of each engine, in the order of its first row; undefined where it was not paced. */
  readonly rates: ReadonlyMap<string, number | undefined>
  /** Engines whose trials are in the panel of their half load, too: a trial drawn twice is no repeat. */
  readonly sameTrial: readonly string[]
  /** Complementary distributions, by engine and repeat, with shares above zero. */
  readonly curve: readonly LatencyPoint[]
  /** Named quantiles, of trials that have the ticks for them. */
  readonly marks: readonly LatencyPoint[]
  /** Largest latency of each repeat. */
  readonly slowest: readonly LatencyPoint[]
  /** Of each engine that had such trials, those that did not keep up and so have no latency, of all. */
  readonly notHeld: readonly {
    readonly engine: string
    readonly trials: number
    readonly of: number
  }[]
}

export interface LatencyData {
  readonly panels: readonly LatencyPanel[]
  /** Trials of one thread whose pace is used, with the engines' kernels. */
  readonly baselineRows: readonly TrialRow[]
  readonly shown: readonly TrialRow[]
  /** Right as far as they came, but they did not keep up. */
  readonly notHeld: readonly TrialRow[]
  readonly invalid: readonly TrialRow[]
}

const panelRoles = ['half-load', 'common-rate'] as const

/** Who fell behind has a queue and no latency (METHOD 8), nor has who was ended at its deadline. */
const isHeld = ({ outcome, sustained }: TrialRow): boolean =>
  outcome === 'completed' && sustained !== false

/** Latency of a record in the `half-load` and `common-rate` trials. */
export function summarizeLatency(
  trials: readonly TrialRow[],
  latency: readonly LatencyRow[],
  world: World,
): LatencyData {
  const candidates = [
    ...groupBy(
      trials.filter((row) => row.world === world && isLoad(row)),
      caseLabel,
    ).values(),
  ].flatMap(loadsOf)
  const valid = candidates.filter((row) => row.verdict === 'valid')
  const rowsOf = groupBy(
    latency.filter((row) => row.latency_of === 'record'),
    (row) => row.trial_id,
  )
  // In the order of the run's cases, whichever of them was measured first.
  const order = [...new Set(trials.map(caseLabel))]
  const cases = new Map(
    [...groupBy(valid, caseLabel)].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
  )
  const baselineRows = trials.filter(
    (row) =>
      row.world === world &&
      isBaseline(row) &&
      (row.kernels ?? 'columns') === 'columns' &&
      cases.has(caseLabel(row)),
  )
  const panels = [...cases].flatMap(([workload, ofCase]) => {
    const paces = baselineRows.flatMap((row) =>
      caseLabel(row) === workload ? row.throughput_records_per_s! : [],
    )
    const threadPace = paces.length > 0 ? median(paces) : undefined
    return panelRoles.flatMap((role): LatencyPanel[] => {
      const same =
        role === 'half-load' ? ofCase.filter((row) => row.role === role) : atCommonRate(ofCase)
      // Nothing but trials that are drawn at half load: their panel says that it is the common rate.
      if (same.every((row) => row.role !== role)) return []
      const held = same.filter(isHeld)
      const rows = held.flatMap((trial) => rowsOf.get(trial.trial_id) ?? [])
      const isCarried = ({ trial_id: id, above_share: share }: LatencyRow): boolean =>
        held.some((trial) => trial.trial_id === id && carries(trial, share))
      const pick = (wanted: (row: LatencyRow) => boolean): LatencyPoint[] =>
        rows.filter(wanted).map((row) => ({
          engine: row.engine,
          repeat: row.repeat,
          latencyMs: plotted(row.latency_ns / 1e6),
          aboveShare: plotted(row.above_share),
        }))
      return [
        {
          workload,
          role,
          rates: new Map(same.map((row) => [row.engine, row.offered_records_per_s])),
          sameTrial: [...new Set(same.flatMap((row) => (row.role === role ? [] : row.engine)))],
          floors: floorsOf(same),
          oneThread: oneThreadOf(same, threadPace),
          curve: pick((row) => row.point === 'ccdf' && row.above_share > 0 && row.latency_ns > 0),
          marks: pick((row) => row.point === 'quantile' && row.above_share > 0 && isCarried(row)),
          slowest: pick((row) => row.point === 'quantile' && row.above_share === 0),
          notHeld: [...groupBy(same, ({ engine }) => engine)].flatMap(([engine, own]) => {
            const lost = own.filter((row) => !isHeld(row)).length
            return lost === 0 ? [] : { engine, trials: lost, of: own.length }
          }),
        },
      ]
    })
  })
  return {
    panels,
    baselineRows,
    shown: valid.filter(isHeld),
    notHeld: valid.filter((row) => !isHeld(row)),
    invalid: candidates.filter((row) => row.verdict !== 'valid'),
  }
}
