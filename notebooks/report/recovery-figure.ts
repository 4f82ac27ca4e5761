/**
 * Figure: latency over time around a fault, per engine, with the time from the fault until latency is back in its band shaded,
 * and a trial of the same length without a fault beside it.
 *
 * Of each engine the first trial of the run; the phases of all are in the table and in `faults.csv`. One time axis for all
 * panels, since they were hit at the same instants; one logarithmic latency axis, since a recovery is orders beyond what was.
 */
import type { TopLevelSpec } from 'vega-lite'
import type { Run } from '../../results/reader.ts'
import type { FaultRow, TimelineRow, TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { durationText, logDomain, logTicks, plotted, rateText } from './format.ts'
import { captionOf, leftOutLines, provenanceWord, type World } from './load.ts'
import { mutable } from './spec.ts'
import { ink, inOrder, styleOf } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const WIDTH = 720
const HEIGHT = 170

/** Null where the run has no valid trial with a fault in this world, or no latencies of one. */
export function recoveryFigure(
  { manifest, trials, timeline, faults }: Run,
  world: World,
): Figure | null {
  const mine = trials.filter(
    (row) => row.world === world && (row.role === 'fault' || row.role === 'control'),
  )
  const valid = mine.filter(({ verdict }) => verdict === 'valid')
  const first = (engine: string, role: TrialRow['role']): TrialRow | undefined =>
    valid.find((row) => row.engine === engine && row.role === role)
  const engines = inOrder(valid.map(({ engine }) => engine)).filter((engine) =>
    first(engine, 'fault'),
  )
  if (engines.length === 0) return null
  const panels = engines.map((engine) => {
    const hit = first(engine, 'fault')!
    return {
      hit,
      calm: pointsOf(timeline, first(engine, 'control')),
      hitPoints: pointsOf(timeline, hit),
      faults: faults.filter(({ trial_id: id }) => id === hit.trial_id),
    }
  })
  const all = panels.flatMap(({ calm, hitPoints }) => [...calm, ...hitPoints])
  if (all.length === 0) return null
  const look: Look = {
    seconds: [0, Math.max(...all.map(({ second }) => second))],
    domain: logDomain(all.map(({ latencyMs }) => latencyMs)),
  }
  const shown = engines.flatMap((engine) =>
    (['control', 'fault'] as const).flatMap((role) => first(engine, role) ?? []),
  )
  const invalid = mine.filter(({ verdict }) => verdict !== 'valid')
  const rows = { shown, decided: mine.length, unconfirmed: invalid, baselines: [] }
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: how long until an engine is back after a worker died`,
      subtitle: [
        'p99 latency of the records due in each quarter of a second, from the due instant to the commit.',
        'Shaded: from the kill until latency is back in the band of before. Dashed lines within: detected; first results of the new generation.',
        'Grey: a trial of the same length without a fault.',
        ...captionOf(manifest, shown, leftOutLines(invalid.length)),
      ],
    },
    spacing: 20,
    vconcat: [
      ...panels.map((panel, at) => panelOf(panel, look, at === panels.length - 1)),
      threatsView(threatsOf(manifest, world, rows), 130),
    ],
  } as const)
  return {
    name: world === 'threads' ? 'recovery' : 'recovery-simulated',
    question: 'A worker dies: how long until each engine is back?',
    spec,
  }
}

interface Point {
  readonly second: number
  readonly latencyMs: number
}

interface Panel {
  readonly hit: TrialRow
  readonly calm: readonly Point[]
  readonly hitPoints: readonly Point[]
  readonly faults: readonly FaultRow[]
}

interface Look {
  readonly seconds: readonly [number, number]
  readonly domain: readonly [number, number]
}

/** By the middle of each interval. Intervals in which nothing was due, or not all of it was seen, have none. */
function pointsOf(timeline: readonly TimelineRow[], trial: TrialRow | undefined): readonly Point[] {
  if (trial === undefined) return []
  const warmup = trial.warmup_ns ?? 0
  return timeline.flatMap(({ trial_id: id, at_ns: at, interval_ns: length = 0, ...row }) =>
    id === trial.trial_id && row.latency_ns_p99 !== undefined && at - length >= warmup
      ? [{ second: plotted((at - length / 2) / 1e9), latencyMs: plotted(row.latency_ns_p99 / 1e6) }]
      : [],
  )
}

const secondOf = (nanos: number): number => plotted(nanos / 1e9)

function panelOf({ hit, calm, hitPoints, faults }: Panel, look: Look, last: boolean) {
  const { colour } = styleOf(hit.engine)
  const { seconds, domain } = look
  const x = {
    field: 'second',
    type: 'quantitative',
    scale: { domain: [...seconds], nice: false },
    title: last ? 'seconds since the clock of the trial started' : null,
  } as const
  const y = {
    field: 'latencyMs',
    type: 'quantitative',
    scale: { type: 'log', domain: [...domain], nice: false },
    title: 'p99 latency, ms (log)',
    axis: { values: logTicks(domain, 8), format: ',.6~r' },
  } as const
  const line = { type: 'line', strokeWidth: 1.6, clip: true } as const
  const spans = faults.flatMap(({ witnessed_at_ns: from, latency_back_at_ns: to }) =>
    from === undefined
      ? []
      : [{ from: secondOf(from), to: to === undefined ? seconds[1] : secondOf(to) }],
  )
  const marks = faults.flatMap(({ detected_at_ns: detected, processing_at_ns: processing }) =>
    [detected, processing].flatMap((at) => (at === undefined ? [] : [{ second: secondOf(at) }])),
  )
  const labels = faults.flatMap((fault) => {
    const { witnessed_at_ns: from, recovery_ns: recovery } = fault
    const text = recovery === undefined ? 'not back' : `back after ${durationText(recovery)}`
    return from === undefined ? [] : [{ second: secondOf(from), text }]
  })
  return {
    width: WIDTH,
    height: HEIGHT,
    title: {
      text: `${hit.engine}, ${hit.recovery ?? 'recovery unknown'}, at ${rateText(hit.offered_records_per_s ?? 0)}`,
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
      {
        data: { values: [...hitPoints] },
        mark: { ...line, color: colour },
        encoding: { x, y },
      },
      {
        data: { values: labels },
        mark: { type: 'text', align: 'left', baseline: 'bottom', fontSize: 10, color: ink.text },
        encoding: { x, y: { value: -4 }, text: { field: 'text', type: 'nominal' } },
      },
    ],
  } as const
}
