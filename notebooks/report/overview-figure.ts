/**
 * Figure: what the two models trade, on one page: latency against the rate at which it was had, for each workload, and how
 * long a killed worker is felt.
 *
 * Every trial that was confirmed as right and has a latency is there: those of the search, and those at half load and at the common rate, which
 * may have shorter ticks. Nothing is averaged and no line joins them, since they differ in more than their rate.
 */
import type { TopLevelSpec } from 'vega-lite'
import { isLoad } from '../../results/load-rows.ts'
import { SEARCHED } from '../../results/rate-bracket.ts'
import type { Run } from '../../results/reader.ts'
import type { FaultRow, TimelineRow, TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { durationText, logDomain, logTicks, plotted, rateText } from './format.ts'
import { captionOf, leftOutLines, provenanceWord, type World } from './load.ts'
import { mutable } from './spec.ts'
import { caseLabel, groupBy } from './summarize.ts'
import { engineScales, ink, inOrder } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const PANEL = { width: 166, height: 150 } as const
const SPACING = 16
/** Of an axis with its numbers, px. */
const AXIS = 56
const RECOVERY_HEIGHT = 120
/** Engines at one rate stand beside each other, px. */
const ASIDE = 4

interface Point {
  readonly engine: string
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly held: boolean
}

const inMs = (nanos: number): number => plotted(nanos / 1e6)

/** Null where the run has no valid trial with a latency at a rate in this world. */
export function overviewFigure(run: Run, world: World): Figure | null {
  const { manifest, trials } = run
  const candidates = trials.filter(
    (row) => row.world === world && (SEARCHED.has(row.role) || isLoad(row)),
  )
  const shown = candidates.filter((row) => row.verdict === 'valid' && pointsOf(row).length > 0)
  if (shown.length === 0) return null
  const hits = hitsOf(run, world)
  // In the order of the run's cases, whichever of them was searched first.
  const order = [...new Set(trials.map(caseLabel))]
  const cases = [...groupBy(shown, caseLabel)].sort(
    ([a], [b]) => order.indexOf(a) - order.indexOf(b),
  )
  const engines = inOrder([...shown, ...hits.map(({ trial }) => trial)].map((row) => row.engine))
  const points = shown.flatMap(pointsOf)
  const domain = logDomain(points.flatMap(({ p50, p99 }) => [p50, p99]))
  const bounds = [...new Set(shown.flatMap((row) => row.latency_bound_ns ?? []))]
  const hasFailed = points.some(({ held }) => !held)
  const invalid = candidates.filter((row) => row.verdict !== 'valid')
  const withoutLatency = candidates.length - invalid.length - shown.length
  const behind = [...shown, ...hits.map(({ trial }) => trial)]
  const rowsOfFigure = {
    shown: [...shown.filter(isTold), ...hits.map(({ trial }) => withoutBound(trial))],
    decided: candidates.length,
    unconfirmed: invalid,
    baselines: [],
  }
  const columns = Math.min(4, cases.length)
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: latency against throughput${hits.length > 0 ? ', and a killed worker' : ''}`,
      subtitle: [
        `A line is a trial: from p50 (small) up to p99 (large).${hasFailed ? ' Hollow: the rate was not held.' : ''} Further right and lower is better.`,
        'The lowest rates of an engine are half of what it held and the common rate, with ticks for latency (or with longer ones, where it fell behind with these); the others are tries, with ticks for throughput.',
        ...captionOf(manifest, behind, leftOutLines(invalid.length, withoutLatency)),
      ],
    },
    spacing: 20,
    align: 'none',
    vconcat: [
      {
        spacing: SPACING,
        columns,
        align: 'all',
        concat: cases.map(([name, rows], place) =>
          casePanel(name, rows.flatMap(pointsOf), {
            engines,
            domain,
            bounds: bounds.map(inMs),
            first: place % columns === 0,
          }),
        ),
        resolve: { scale: { color: 'shared', shape: 'shared' } },
      },
      ...(hits.length > 0
        ? [recoveryPanel(hits, engines, columns * PANEL.width + (columns - 1) * (SPACING + AXIS))]
        : []),
      threatsView(threatsOf(manifest, world, rowsOfFigure), 150),
    ],
  } as const)
  return {
    name: world === 'threads' ? 'overview' : 'overview-simulated',
    question:
      'What does each model give: how soon, at which rate, and how long is a lost worker felt?',
    spec,
  }
}

/** A try that failed is past its limit: what came near to one are the others. */
const isTold = (row: TrialRow): boolean => row.sustained !== false || isLoad(row)

/** Nobody asks a trial in which a worker dies to keep a bound. */
function withoutBound({ latency_bound_ns: _, ...row }: TrialRow): TrialRow {
  return row
}

function pointsOf(row: TrialRow): readonly Point[] {
  const { engine, offered_records_per_s: rate, latency_ns_p50: p50, latency_ns_p99: p99 } = row
  if (rate === undefined || !p50 || !p99) return []
  const held = row.sustained !== false
  return [{ engine, rate: plotted(rate), p50: inMs(p50), p99: inMs(p99), held }]
}

interface CaseLook {
  readonly engines: readonly string[]
  readonly domain: readonly [number, number]
  readonly bounds: readonly number[]
  readonly first: boolean
}

function casePanel(name: string, points: readonly Point[], look: CaseLook) {
  const { engines, domain, bounds, first } = look
  const scales = engineScales(engines)
  const rates = logDomain(
    points.map(({ rate }) => rate),
    1.1,
  )
  const x = {
    field: 'rate',
    type: 'quantitative',
    scale: { type: 'log', domain: rates, nice: false },
    title: 'records/s (log)',
    axis: { values: logTicks(rates, 6), format: '~s', tickSize: 4, labelFlush: false },
  } as const
  const y = (field: 'p50' | 'p99') =>
    ({
      field,
      type: 'quantitative',
      scale: { type: 'log', domain: [...domain], nice: false },
      title: first ? 'latency, ms (log)' : null,
      axis: { values: logTicks(domain, 6), format: ',.6~r', tickSize: 4, labelFlush: false },
    }) as const
  const legend = { title: null } as const
  const color = { field: 'engine', type: 'nominal', scale: scales.color, legend } as const
  const shape = { field: 'engine', type: 'nominal', scale: scales.shape, legend } as const
  return {
    ...PANEL,
    title: { text: name, fontSize: 12, offset: 6, frame: 'group' },
    layer: [
      {
        data: { values: bounds.filter((ms) => ms < domain[1]).map((ms) => ({ p99: ms })) },
        mark: { type: 'rule', strokeDash: [3, 3], color: ink.reference },
        encoding: { y: y('p99') },
      },
      ...engines.flatMap((engine, place) => {
        const values = points.filter((point) => point.engine === engine)
        const xOffset = (place - (engines.length - 1) / 2) * 2 * ASIDE
        const point = { type: 'point', opacity: 1, strokeWidth: 1.4, xOffset } as const
        const held = values.filter((each) => each.held)
        const failed = values.filter((each) => !each.held)
        return [
          {
            data: { values },
            mark: { type: 'rule', strokeWidth: 1.4, opacity: 0.7, xOffset },
            encoding: { x, y: y('p50'), y2: { field: 'p99' }, color },
          } as const,
          ...(['p50', 'p99'] as const).flatMap((field) => {
            const size = field === 'p99' ? 60 : 18
            const encoding = { x, y: y(field), color, shape }
            return [
              { data: { values: held }, mark: { ...point, size, filled: true }, encoding },
              {
                data: { values: failed },
                mark: { ...point, size, filled: false, fill: 'white' },
                encoding,
              },
            ] as const
          }),
        ]
      }),
    ],
  } as const
}

/** A trial in which a worker was killed, and when that was witnessed. */
interface Hit {
  readonly trial: TrialRow
  readonly fault: FaultRow
  readonly at: number
  readonly timeline: readonly TimelineRow[]
}

/** The first valid one of each engine; the others are in the tables. */
function hitsOf({ trials, timeline, faults }: Run, world: World): readonly Hit[] {
  const hits = trials.flatMap((trial): readonly Hit[] => {
    if (trial.role !== 'fault' || trial.world !== world || trial.verdict !== 'valid') return []
    const own = timeline.filter((row) => row.trial_id === trial.trial_id)
    const fault = faults.find((row) => row.trial_id === trial.trial_id && row.kind === 'kill')
    const at = fault?.witnessed_at_ns
    if (fault === undefined || at === undefined) return []
    return [{ trial, fault, at, timeline: own }]
  })
  return inOrder(hits.map(({ trial }) => trial.engine)).map(
    (engine) => hits.find(({ trial }) => trial.engine === engine)!,
  )
}

function recoveryPanel(hits: readonly Hit[], engines: readonly string[], width: number) {
  const scales = engineScales(engines)
  const values = hits.flatMap(({ trial, at, timeline }) =>
    timeline.flatMap(({ at_ns: end, interval_ns: length = 0, latency_ns_p99: p99 }) =>
      p99 === undefined
        ? []
        : [
            {
              engine: trial.engine,
              second: plotted((end - length / 2 - at) / 1e9),
              latencyMs: inMs(p99),
            },
          ],
    ),
  )
  const backs = hits.flatMap(({ trial, fault }) =>
    fault.recovery_ns === undefined
      ? []
      : [{ engine: trial.engine, second: plotted(fault.recovery_ns / 1e9) }],
  )
  const domain = logDomain(values.map(({ latencyMs }) => latencyMs))
  const x = {
    field: 'second',
    type: 'quantitative',
    scale: { nice: false },
    title: 'seconds since the kill',
  } as const
  const y = {
    field: 'latencyMs',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    title: 'p99 latency, ms (log)',
    axis: { values: logTicks(domain, 6), format: ',.6~r' },
  } as const
  const legend = { title: null } as const
  const color = { field: 'engine', type: 'nominal', scale: scales.color, legend } as const
  const shape = { field: 'engine', type: 'nominal', scale: scales.shape, legend } as const
  const strokeDash = { field: 'engine', type: 'nominal', scale: scales.dash, legend } as const
  return {
    width,
    height: RECOVERY_HEIGHT,
    title: {
      text: `${caseLabel(hits[0]!.trial)}: a worker is killed`,
      subtitle: [
        'p99 of the records due in each interval, at its middle: due just before the kill and not yet visible, they wait for it, too.',
        'Dotted: the kill, and from where on latency is in its band of before.',
        hits.map(hitText).join('; '),
      ],
      fontSize: 12,
      subtitleFontSize: 11,
      subtitlePadding: 3,
      offset: 6,
      frame: 'group',
    },
    layer: [
      {
        data: { values: [{ second: 0 }] },
        mark: { type: 'rule', strokeDash: [2, 3], color: ink.text },
        encoding: { x },
      },
      {
        data: { values: backs },
        mark: { type: 'rule', strokeDash: [2, 3], strokeWidth: 1.4 },
        encoding: { x, color },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.7 },
        encoding: { x, y, color, strokeDash },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 40, opacity: 1 },
        encoding: { x, y, color, shape },
      },
    ],
  } as const
}

function hitText({ trial, fault }: Hit): string {
  const { engine, offered_records_per_s: rate = 0, tick_ns: tick, recovery } = trial
  const back =
    fault.recovery_ns === undefined
      ? 'not seen back'
      : `back after ${durationText(fault.recovery_ns)}`
  const how = [rateText(rate), ...(tick === undefined ? [] : [`tick ${durationText(tick)}`])]
  return `${engine} by ${recovery ?? 'no recovery'} (${how.join(', ')}): ${back}`
}
