/**
 * Figure: latency of a record as a complementary distribution, per engine and workload, at half of each engine's own
 * maximum and at one rate common to both.
 *
 * Both axes are logarithmic, since a tail is what matters: at the height p99 the curve's x is the p99. Every repeat has a
 * curve of its own; nothing is averaged. All panels have the same axes, and what a latency is held against: the floor of each
 * tick and one thread (METHOD 23).
 */
import type { TopLevelSpec } from 'vega-lite'
import type { Manifest } from '../../results/manifest.ts'
import { carries } from '../../results/row-ticks.ts'
import type { LatencyRow, TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { againstLayers, againstText } from './floor.ts'
import { durationText, logDomain, logTicks, rateText } from './format.ts'
import type { World } from './load.ts'
import { captionOf, leftOutLines, provenanceWord } from './load.ts'
import { mutable } from './spec.ts'
import type { LatencyPanel } from './summarize.ts'
import { caseLabel, summarizeLatency } from './summarize.ts'
import { engineScales, ink, inOrder } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const COLUMNS = 2
const panelWidth = 330
const panelHeight = 200

const loadText = {
  'half-load': 'half of its own maximum',
  'common-rate': 'one common rate',
} as const

interface Reference {
  readonly latencyMs: number
  readonly label: string
  readonly align: 'left' | 'center' | 'right'
}

interface PanelLook {
  readonly engines: readonly string[]
  readonly domain: readonly [number, number]
  readonly floor: number
  readonly references: readonly Reference[]
  readonly first: boolean
  readonly last: boolean
}

/** Null where the run has no valid trial at these loads in this world. */
export function latencyFigure(
  manifest: Manifest,
  trials: readonly TrialRow[],
  latency: readonly LatencyRow[],
  world: World,
): Figure | null {
  const { panels, baselineRows, shown, notHeld, invalid } = summarizeLatency(trials, latency, world)
  if (!panels.some(({ curve }) => curve.length > 0)) return null
  const engines = inOrder([...shown, ...notHeld].map((row) => row.engine))
  const bounds = shown.map((row) => (row.latency_bound_ns ?? 0) / 1e6)
  const slowest = Math.max(...panels.flatMap((panel) => panel.slowest.map((row) => row.latencyMs)))
  // One x axis for all panels: loads and workloads can be compared by eye. The soonest twentieth of the records would take
  // decades of it, and a bound that was nearly met belongs into the picture.
  const domain = logDomain(
    [
      ...panels
        .flatMap(({ curve, marks }) => [...curve, ...marks])
        .flatMap(({ latencyMs, aboveShare }) => (aboveShare <= 0.95 ? latencyMs : [])),
      ...panels.flatMap((panel) => panel.slowest.map(({ latencyMs }) => latencyMs)),
      // Of a floor the middle: how far an engine is from it must be seen.
      ...panels.flatMap((panel) => panel.floors.map(({ periodMs }) => periodMs / 2)),
      ...bounds.filter((bound) => bound > slowest / 2 && bound < slowest * 3),
    ].filter((value) => value > 0),
  )
  const shares = panels.flatMap(({ curve }) => curve.map(({ aboveShare }) => aboveShare))
  // From p99 to p99.99, by the ticks that were measured: below, a curve is that of the slowest one. One that ends earlier
  // must not look like one that falls to nothing.
  const carried = [1e-4, 1e-3].find((share) => shown.some((row) => carries(row, share))) ?? 1e-2
  const ends = Math.min(1e-3, 10 ** Math.floor(Math.log10(Math.min(...shares))))
  const floor = Math.max(carried, ends)
  const decided = shown.length + notHeld.length + invalid.length
  const rowsOfFigure = { shown, decided, unconfirmed: invalid, baselines: baselineRows }
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: how long until a record is visible`,
      subtitle: [
        'A point (x, y) says: the share y of records took longer than x, from the due instant to the commit. Further left is better.',
        'One curve a trial. Filled marks: p50, p95, p99, p99.9, each where 2, 20, 100, 1,000 ticks (with windows: slides) were measured. Hollow marks at the bottom: the slowest record.',
        "Dotted: the floor, which is the wait until a record's tick (with windows, its slide) ends; no engine with that tick can be sooner.",
        ...(panels.some(({ oneThread }) => oneThread?.behind === false)
          ? [
              'Black: one thread without an engine, computed: it takes up a tick (the shortest of a panel) when that ends, at its measured pace.',
            ]
          : []),
        ...captionOf(manifest, shown, leftOutLines(invalid.length)),
      ],
    },
    spacing: 24,
    align: 'none',
    vconcat: [
      {
        spacing: 28,
        columns: COLUMNS,
        align: 'all',
        concat: panels.map((panel, place) => {
          const own = shown.filter((trial) => caseLabel(trial) === panel.workload)
          return panelOf(panel, {
            engines,
            domain,
            floor,
            references: referencesOf(own, domain),
            first: place % COLUMNS === 0,
            last: place + COLUMNS >= panels.length,
          })
        }),
        resolve: { scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' } },
      },
      threatsView(threatsOf(manifest, world, rowsOfFigure), 150),
    ],
  } as const)
  return {
    name: world === 'threads' ? 'latency' : 'latency-simulated',
    question: 'How long until a record is visible, at half load and at a common rate?',
    spec,
  }
}

/** The tick and the bound, where they lie in the panel and all trials share them. */
function referencesOf(
  rows: readonly TrialRow[],
  [low, high]: readonly [number, number],
): readonly Reference[] {
  const named = [
    ['tick', rows.map((row) => row.tick_ns)],
    ['bound', rows.map((row) => row.latency_bound_ns)],
  ] as const
  const references = named.flatMap(([name, values]) => {
    const distinct = new Set(values)
    const [value] = distinct
    if (distinct.size !== 1 || value === undefined) return []
    const latencyMs = value / 1e6
    if (latencyMs <= low || latencyMs >= high) return []
    return [{ latencyMs, label: `${name} ${durationText(value)}` }]
  })
  const [one, other] = references
  const close = one && other && Math.abs(Math.log(other.latencyMs / one.latencyMs)) < Math.log(3)
  return references.map((reference) => ({
    ...reference,
    // Two labels side by side would overlap if both were centred.
    align: !close
      ? 'center'
      : reference.latencyMs === Math.max(one.latencyMs, other.latencyMs)
        ? 'left'
        : 'right',
  }))
}

function panelOf(panel: LatencyPanel, look: PanelLook) {
  const { engines, domain, floor, references, first, last } = look
  const scales = engineScales(engines)
  const x = {
    field: 'latencyMs',
    type: 'quantitative',
    scale: { type: 'log', domain: [...domain], nice: false, clamp: false },
    title: last ? 'latency, ms (log scale)' : null,
    axis: {
      values: logTicks(domain, 10),
      format: ',.6~r',
      tickSize: 4,
      labelOverlap: false,
      labelFlush: false,
    },
  } as const
  const y = {
    field: 'aboveShare',
    type: 'quantitative',
    scale: { type: 'log', domain: [floor, 1], nice: false },
    title: first ? 'share of records that took longer' : null,
    axis: {
      values: decades(floor),
      labelExpr:
        "format(datum.value * 100, '~') + ' %' + (datum.value > 0.4 ? '' : '  p' + format(100 - datum.value * 100, '~'))",
      tickSize: 4,
    },
  } as const
  const color = {
    field: 'engine',
    type: 'nominal',
    scale: scales.color,
    legend: { title: null },
  } as const
  const shape = {
    field: 'engine',
    type: 'nominal',
    scale: scales.shape,
    legend: { title: null },
  } as const
  const strokeDash = {
    field: 'engine',
    type: 'nominal',
    scale: scales.dash,
    legend: { title: null },
  } as const
  const rates = engines.flatMap((engine) => {
    const rate = panel.rates.get(engine)
    return rate === undefined ? [] : [`${engine} ${rateText(rate)}`]
  })
  const equal = new Set(panel.rates.values()).size === 1
  // Half loads that are equal are at the rate that is common, and nobody runs the same trial twice.
  const isBoth = equal && panel.role === 'half-load' && panel.rates.size > 1
  const onlyRate = [...panel.rates.values()][0]
  const atRates =
    equal && onlyRate !== undefined
      ? `all at ${rateText(onlyRate)}${isBoth ? ', which is the common rate' : ''}`
      : rates.join(', ')
  const again = panel.sameTrial.map((engine) => `${engine}: same trial as at its half load`)
  const lost = panel.notHeld.map(
    ({ engine, trials, of }) =>
      `${engine}: ${of > 1 ? `${trials} of ${of} ` : ''}not held, so no latency`,
  )
  return {
    width: panelWidth,
    height: panelHeight,
    title: {
      text: `${panel.workload}, at ${loadText[panel.role]}`,
      subtitle: [[atRates, ...again, ...lost].join('; '), ...againstText(panel)],
      fontSize: 12,
      subtitleFontSize: 11,
      subtitlePadding: 3,
      offset: 6,
      frame: 'group',
    },
    layer: [
      {
        data: { values: [...references] },
        mark: { type: 'rule', strokeDash: [3, 3], color: ink.reference },
        encoding: { x },
      },
      ...references.map(
        (reference) =>
          ({
            data: { values: [reference] },
            mark: {
              type: 'text',
              align: reference.align,
              baseline: 'bottom',
              fontSize: 10,
              color: ink.soft,
            },
            encoding: { x, y: { value: -4 }, text: { field: 'label', type: 'nominal' } },
          }) as const,
      ),
      ...againstLayers(panel, { x, y }, floor),
      {
        data: { values: [...panel.curve] },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.7, clip: true },
        encoding: {
          x,
          y,
          color,
          strokeDash,
          detail: { field: 'repeat', type: 'nominal' },
          order: { field: 'latencyMs', type: 'quantitative' },
        },
      },
      {
        data: { values: panel.marks.filter(({ aboveShare }) => aboveShare >= floor) },
        mark: {
          type: 'point',
          filled: true,
          size: 46,
          opacity: 1,
          stroke: 'white',
          strokeWidth: 0.6,
        },
        encoding: { x, y, color, shape },
      },
      {
        data: { values: [...panel.slowest] },
        mark: {
          type: 'point',
          filled: false,
          size: 46,
          opacity: 1,
          strokeWidth: 1.4,
          fill: 'white',
        },
        encoding: { x, y: { datum: floor }, color, shape },
      },
    ],
  } as const
}

function decades(floor: number): number[] {
  const marks = [1, 0.5]
  for (let power = -1; 10 ** power >= floor * 0.99; power--) marks.push(Number(`1e${power}`))
  return marks
}
