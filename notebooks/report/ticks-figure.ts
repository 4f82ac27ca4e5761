/**
 * Figure: what each tick does, for both engines and case by case: the pace under overload with the load that was held near it, and p99 at
 * half of what the engine's own tick for throughput held. All tries are shown, lines go through their medians, and a ring is around the tick that was chosen
 * (`results/tick-choice.ts`). A try that was not held is a cross at the upper edge, since it has no latency.
 */
import type { TopLevelSpec } from 'vega-lite'
import { median } from '../../results/median.ts'
import type { Run } from '../../results/reader.ts'
import {
  holdsHalf,
  latencyNoise,
  latencyTick,
  nearLoad,
  paceNoise,
  type TickCell,
  type TickTries,
  throughputTick,
  tickCells,
} from '../../results/tick-choice.ts'
import type { Figure } from './figure.ts'
import { logDomain, logTicks, plotted } from './format.ts'
import { captionOf, leftOutLines, provenanceWord, type World } from './load.ts'
import { mutable } from './spec.ts'
import { caseLabel } from './summarize.ts'
import { engineScales, ink, inOrder, styleOf } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const WIDTH = 400
const HEIGHT = 210
/** Of the crosses of an engine below the upper edge, px. */
const CROSS_STEP = 12

const QUESTION =
  'How long should epochs and batches be: what does each tick sustain, and how soon is it?'

interface Point {
  readonly engine: string
  /** ms. */
  readonly tick: number
  readonly value: number
}

interface Panel {
  readonly title: string
  readonly points: readonly Point[]
  /** One a tick and engine. */
  readonly middles: readonly Point[]
  readonly chosen: readonly Point[]
  /** Of paces: loads that were held. */
  readonly held: readonly Point[]
  /** Engine and tick of tries that were not held, once each. */
  readonly missed: readonly Omit<Point, 'value'>[]
}

/** Of a run of `ticks`; null where it has no pace in this world. */
export function ticksFigure({ manifest, trials }: Run, world: World): Figure | null {
  const mine = trials.filter((row) => row.world === world && row.arm !== undefined)
  const cells = tickCells(mine)
  if (cells.every(({ ticks }) => ticks.every(({ paces }) => paces.length === 0))) return null
  const engines = inOrder(cells.map(({ engine }) => engine))
  const lengths = [...new Set(cells.flatMap(({ ticks }) => ticks.map(inMs)))].sort((a, b) => a - b)
  const labelOf = (name: string): string => caseLabel(mine.find(({ arm }) => arm === name)!)
  const rows = [...Map.groupBy(cells, ({ caseName }) => caseName)].map(([name, own]) => [
    pacePanel(labelOf(name), own),
    latencyPanel(labelOf(name), own),
  ])
  const shown = mine.filter(({ verdict }) => verdict === 'valid')
  const unconfirmed = mine.filter(({ verdict }) => verdict !== 'valid')
  const leftOut = unconfirmed.filter(({ role }) => role === 'probe')
  const about = { shown, decided: mine.length, unconfirmed, baselines: [] }
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: what each length of epochs and batches does`,
      subtitle: [
        'Points are tries, lines go through their medians, rings are around what was chosen. Both axes are logarithmic.',
        'Left: pace while more is offered than can be done; bars: the highest load near it that was held. Right: at half of what the tick with the left ring held.',
        'A cross at the upper edge: the load was not held, so it has no latency.',
        ...captionOf(manifest, shown, leftOutLines(leftOut.length)),
      ],
    },
    spacing: 20,
    vconcat: [
      ...rows.map((panels, at) => ({
        spacing: 50,
        hconcat: panels.map((panel) => panelOf(panel, engines, lengths, at === rows.length - 1)),
      })),
      threatsView(threatsOf(manifest, world, about), 150),
    ],
    resolve: { scale: { x: 'independent', y: 'independent' } },
  } as const)
  return { name: world === 'threads' ? 'ticks' : 'ticks-simulated', question: QUESTION, spec }
}

const inMs = ({ tick }: TickTries): number => plotted(tick / 1e6)

function pacePanel(label: string, cells: readonly TickCell[]): Panel {
  const noise = paceNoise(cells)
  const valuesOf = ({ paces }: TickTries): readonly number[] => paces
  return {
    ...pointsOf(cells, valuesOf, (ticks) => throughputTick(ticks, noise)),
    title: `${label}: pace, records/s`,
    held: cells.flatMap(({ engine, ticks }) =>
      ticks.flatMap((tries): Point[] => {
        const load = nearLoad(tries)
        if (load === undefined || load.tries.length === 0) return []
        return [{ engine, tick: inMs(tries), value: plotted(load.rate) }]
      }),
    ),
    missed: [],
  }
}

function latencyPanel(label: string, cells: readonly TickCell[]): Panel {
  const noise = latencyNoise(cells)
  const valuesOf = ({ half }: TickTries): readonly number[] =>
    half.flatMap(({ held, p99 }) => (held ? p99 / 1e6 : []))
  const all = pointsOf(cells, valuesOf, (ticks) => latencyTick(ticks, noise))
  const whole = pointsOf(
    cells,
    (tries) => (holdsHalf(tries) ? valuesOf(tries) : []),
    () => undefined,
  )
  return {
    ...all,
    // A line through what was held now and then would hide that it was not.
    middles: whole.middles,
    title: `${label}: p99 at half load, ms`,
    held: [],
    missed: cells.flatMap(({ engine, ticks }) =>
      ticks
        .filter(({ half }) => half.some(({ held }) => !held))
        .map((tries) => ({ engine, tick: inMs(tries) })),
    ),
  }
}

function pointsOf(
  cells: readonly TickCell[],
  valuesOf: (tries: TickTries) => readonly number[],
  choose: (ticks: readonly TickTries[]) => TickTries | undefined,
): Pick<Panel, 'points' | 'middles' | 'chosen'> {
  const middle = (engine: string, tries: TickTries): readonly Point[] => {
    const values = valuesOf(tries)
    if (values.length === 0) return []
    return [{ engine, tick: inMs(tries), value: plotted(median(values)) }]
  }
  return {
    points: cells.flatMap(({ engine, ticks }) =>
      ticks.flatMap((tries) =>
        valuesOf(tries).map((value) => ({ engine, tick: inMs(tries), value: plotted(value) })),
      ),
    ),
    middles: cells.flatMap(({ engine, ticks }) => ticks.flatMap((tries) => middle(engine, tries))),
    chosen: cells.flatMap(({ engine, ticks }) => {
      const tries = choose(ticks)
      return tries === undefined ? [] : middle(engine, tries)
    }),
  }
}

function panelOf(
  { title, points, middles, chosen, held, missed }: Panel,
  engines: readonly string[],
  lengths: readonly number[],
  last: boolean,
) {
  const { color, shape } = engineScales(engines)
  const domain = logDomain(
    points.length > 0 ? [...points, ...held].map(({ value }) => value) : [1],
    1.3,
  )
  const x = {
    field: 'tick',
    type: 'quantitative',
    scale: { type: 'log', domain: [...logDomain(lengths, 1.15)], nice: false },
    title: last ? 'epoch or batch, ms' : null,
    axis: { values: [...lengths], format: ',.6~r' },
  } as const
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { type: 'log', domain: [...domain], nice: false },
    title: null,
    axis: { values: logTicks(domain, 8), format: '~s' },
  } as const
  const cross = { type: 'text', fontSize: 13, text: '×' } as const
  const colour = { field: 'engine', type: 'nominal', scale: color } as const
  return {
    width: WIDTH,
    height: HEIGHT,
    title: { text: title, fontSize: 12, offset: 8, frame: 'group' },
    layer: [
      {
        data: { values: [...middles] },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: { x, y, color: colour },
      },
      {
        data: { values: [...points] },
        mark: { type: 'point', filled: true, size: 50, opacity: 0.8 },
        encoding: {
          x,
          y,
          color: colour,
          shape: { field: 'engine', type: 'nominal', scale: shape },
        },
      },
      {
        data: { values: [...held] },
        mark: { type: 'tick', orient: 'horizontal', size: 18, thickness: 2, opacity: 1 },
        encoding: { x, y, color: colour },
      },
      {
        data: { values: [...chosen] },
        mark: { type: 'point', shape: 'circle', filled: false, size: 260, color: ink.text },
        encoding: { x, y },
      },
      ...engines.map((engine, at) => ({
        data: { values: missed.filter((one) => one.engine === engine) },
        mark: { ...cross, color: styleOf(engine).colour },
        encoding: { x, y: { value: 6 + CROSS_STEP * at } },
      })),
    ],
  } as const
}
