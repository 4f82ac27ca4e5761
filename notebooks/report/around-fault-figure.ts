/**
 * Figures of what happens around a fault, over time: a panel for each arm of an experiment, with the fault shaded, and a trial of
 * the same length without one beside it.
 *
 * Of each arm the first valid trial of the run; all of them are in the table and in `faults.csv`. One time axis for all panels, since
 * they were hit at the same phases, and one of values.
 */
import type { TopLevelSpec } from 'vega-lite'
import type { Run } from '../../results/reader.ts'
import type { FaultRow, TimelineRow, TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { durationText, logDomain, logTicks, plotted, rateText } from './format.ts'
import { captionOf, leftOutLines, provenanceWord, type World } from './load.ts'
import { mutable } from './spec.ts'
import { ink, styleOf } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const WIDTH = 720
const HEIGHT = 170

/** What a figure shows over time. */
interface Look {
  readonly question: string
  readonly title: string
  readonly lines: readonly string[]
  readonly axis: string
  /** Undefined where an interval has none. */
  readonly measureOf: (row: TimelineRow) => number | undefined
  /** Zero is a value, so no logarithms. */
  readonly isCount?: true
}

const latencyLook = {
  lines: [
    'p99 latency of the records due in each quarter of a second, from the due instant to the commit.',
    'Shaded: from the kill until latency is back in the band of before. Dashed lines within: detected; first results of the new generation.',
  ],
  axis: 'p99 latency, ms (log)',
  measureOf: (row: TimelineRow) => inMs(row.latency_ns_p99),
}

const LOOKS: Readonly<Record<string, Look>> = {
  recovery: {
    ...latencyLook,
    question: 'A worker dies: how long until each engine is back?',
    title: 'how long until an engine is back after a worker died',
  },
  'driver-failure': {
    ...latencyLook,
    question: 'The driver dies: how long do results stay away, beside a lost worker?',
    title: 'how long results stay away after the driver died, and after a worker did',
  },
  elastic: {
    ...latencyLook,
    question: 'A worker joins and leaves again while a run goes on: who notices, and for how long?',
    title: 'how long an engine is disturbed when a worker joins, and leaves again',
    lines: [
      'p99 latency of the records due in each quarter of a second, from the due instant to the commit.',
      'Shaded: from when a worker joined, or left, until latency is as with so many workers. Dashed: first results of the new generation.',
    ],
  },
  straggler: {
    question: 'One node is slow: how much longer do intervals take?',
    title: 'how much longer intervals take while one node is slow',
    lines: [
      'D-Stream: from the first task of a batch to its end. Timely: from the end of an epoch to its commit. By quarters of a second.',
      'Shaded: while one node is slow.',
    ],
    axis: 'interval time, ms (log)',
    measureOf: (row) => inMs(row.engine === 'dstream' ? row.processing_ns : row.lag_ns),
  },
  overload: {
    question: 'For three seconds twice as much comes as an engine can do: how does it drain?',
    title: 'how a burst of twice what an engine can do drains',
    lines: [
      'Records that are due and not yet visible, at the end of each quarter of a second.',
      'Shaded: the burst.',
    ],
    axis: 'backlog, records',
    measureOf: (row) => row.backlog_records,
    isCount: true,
  },
}

const inMs = (nanos: number | undefined): number | undefined =>
  nanos === undefined || nanos <= 0 ? undefined : nanos / 1e6

/** Null where the experiment has no such figure, or no valid trial with a fault in this world. */
export function aroundFaultFigure(
  { manifest, trials, timeline, faults }: Run,
  world: World,
): Figure | null {
  const look = LOOKS[manifest.experiment]
  if (look === undefined) return null
  const mine = trials.filter(
    (row) => row.world === world && (row.role === 'fault' || row.role === 'control'),
  )
  const valid = mine.filter(({ verdict }) => verdict === 'valid')
  const first = (arm: string, role: TrialRow['role']): TrialRow | undefined =>
    valid.find((row) => armOf(row) === arm && row.role === role)
  const arms = [...new Set(valid.map(armOf))].filter((arm) => first(arm, 'fault'))
  const panels = arms.map((arm): Panel => {
    const hit = first(arm, 'fault')!
    return {
      arm,
      hit,
      calm: pointsOf(timeline, first(arm, 'control'), look),
      hitPoints: pointsOf(timeline, hit, look),
      faults: faults.filter(({ trial_id: id }) => id === hit.trial_id),
    }
  })
  const all = panels.flatMap(({ calm, hitPoints }) => [...calm, ...hitPoints])
  if (all.length === 0) return null
  const values = all.map(({ value }) => value)
  const scale: Scale = {
    seconds: [0, Math.max(...all.map(({ second }) => second))],
    domain: look.isCount ? [0, Math.max(1, ...values)] : logDomain(values),
    isCount: look.isCount === true,
    axis: look.axis,
  }
  const shown = arms.flatMap((arm) =>
    (['control', 'fault'] as const).flatMap((role) => first(arm, role) ?? []),
  )
  const invalid = mine.filter(({ verdict }) => verdict !== 'valid')
  const rows = { shown, decided: mine.length, unconfirmed: invalid, baselines: [] }
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: ${look.title}`,
      subtitle: [
        ...look.lines,
        'Grey: a trial of the same length without a fault.',
        ...captionOf(manifest, shown, leftOutLines(invalid.length)),
      ],
    },
    spacing: 20,
    vconcat: [
      ...panels.map((panel, at) => panelOf(panel, scale, at === panels.length - 1)),
      threatsView(threatsOf(manifest, world, rows), 130),
    ],
  } as const)
  const { experiment } = manifest
  return {
    name: world === 'threads' ? experiment : `${experiment}-simulated`,
    question: look.question,
    spec,
  }
}

/** Runs of old have no arms. */
const armOf = ({ arm, engine }: TrialRow): string => arm ?? engine

interface Point {
  readonly second: number
  readonly value: number
}

interface Panel {
  readonly arm: string
  readonly hit: TrialRow
  readonly calm: readonly Point[]
  readonly hitPoints: readonly Point[]
  readonly faults: readonly FaultRow[]
}

interface Scale {
  readonly seconds: readonly [number, number]
  readonly domain: readonly [number, number]
  readonly isCount: boolean
  readonly axis: string
}

/** By the middle of each interval. Intervals of which there is no value, as nothing was due or not all of it was seen, have none. */
function pointsOf(
  timeline: readonly TimelineRow[],
  trial: TrialRow | undefined,
  { measureOf }: Look,
): readonly Point[] {
  if (trial === undefined) return []
  const warmup = trial.warmup_ns ?? 0
  return timeline.flatMap((row) => {
    const { trial_id: id, at_ns: at, interval_ns: length = 0 } = row
    const value = measureOf(row)
    return id === trial.trial_id && value !== undefined && at - length >= warmup
      ? [{ second: plotted((at - length / 2) / 1e9), value: plotted(value) }]
      : []
  })
}

const secondOf = (nanos: number): number => plotted(nanos / 1e9)

/** Of a fault that lasts, as planned; of a kill, until latency is back. */
function endOf({
  planned_until_ns: until,
  latency_back_at_ns: back,
}: FaultRow): number | undefined {
  return until ?? back
}

function backText({ recovery_ns: recovery }: FaultRow): string {
  return recovery === undefined ? 'not seen back' : `back after ${durationText(recovery)}`
}

function labelOf(fault: FaultRow): string {
  const { kind, planned_until_ns: until, latency_back_at_ns: back } = fault
  if (kind === 'kill') return backText(fault)
  if (kind === 'join' || kind === 'leave') return `${kind}s, ${backText(fault)}`
  if (kind !== 'burst') return kind
  if (back === undefined || until === undefined) return 'not seen gone'
  return `gone ${durationText(Math.max(0, back - until))} after it`
}

function panelOf({ arm, hit, calm, hitPoints, faults }: Panel, scale: Scale, last: boolean) {
  const { colour } = styleOf(hit.engine)
  const { seconds, domain, isCount, axis } = scale
  const x = {
    field: 'second',
    type: 'quantitative',
    scale: { domain: [...seconds], nice: false },
    title: last ? 'seconds since the clock of the trial started' : null,
  } as const
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { type: isCount ? 'linear' : 'log', domain: [...domain], nice: false },
    title: axis,
    axis: isCount
      ? { tickCount: 5, format: '~s' }
      : { values: logTicks(domain, 8), format: ',.6~r' },
  } as const
  const line = { type: 'line', strokeWidth: 1.6, clip: true } as const
  const seen = faults.flatMap((fault) => {
    const { witnessed_at_ns: from } = fault
    return from === undefined ? [] : [{ fault, second: secondOf(from) }]
  })
  const spans = seen.map(({ fault, second }) => {
    const to = endOf(fault)
    return { from: second, to: to === undefined ? seconds[1] : secondOf(to) }
  })
  const marks = faults.flatMap(({ detected_at_ns: detected, processing_at_ns: processing }) =>
    [detected, processing].flatMap((at) => (at === undefined ? [] : [{ second: secondOf(at) }])),
  )
  const labels = seen.map(({ fault, second }) => ({ second, text: labelOf(fault) }))
  return {
    width: WIDTH,
    height: HEIGHT,
    title: {
      text: `${arm}, at ${rateText(hit.offered_records_per_s ?? 0)}`,
      fontSize: 12,
      offset: 18,
      frame: 'group',
    },
    layer: [
      {
        data: { values: spans },
        mark: { type: 'rect', color: colour, opacity: 0.13 },
        encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' } },
      },
      {
        data: { values: marks },
        mark: { type: 'rule', strokeDash: [3, 3], color: ink.soft },
        encoding: { x },
      },
      {
        data: { values: [...calm] },
        mark: { ...line, color: ink.plainBaseline },
        encoding: { x, y },
      },
      { data: { values: [...hitPoints] }, mark: { ...line, color: colour }, encoding: { x, y } },
      {
        data: { values: labels },
        mark: { type: 'text', align: 'left', baseline: 'bottom', fontSize: 10, color: ink.text },
        encoding: { x, y: { value: -4 }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  } as const
}
