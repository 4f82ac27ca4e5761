/**
 * Figure: what recovery costs, arm by arm. Each point is a trial ÷ those just before and after it without recovery (or, of a kill,
 * how long it took to be back); the bar is their median. All points are shown.
 */
import type { TopLevelSpec } from 'vega-lite'
import { z } from 'zod'
import { calmMedianOf, maximumOf, ratiosBeside } from '../../results/arm-ratios.ts'
import { median } from '../../results/median.ts'
import type { Run } from '../../results/reader.ts'
import type { TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { plotted, ratioText } from './format.ts'
import { captionOf, leftOutLines, provenanceWord, type World } from './load.ts'
import { mutable } from './spec.ts'
import { engineScales, ink, inOrder } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const WIDTH = 330
const ROW_HEIGHT = 34

const QUESTIONS: Readonly<Record<string, string>> = {
  price: 'What does it cost, while nothing fails, that a failure can be recovered from?',
  'checkpoint-interval':
    'How far apart should checkpoints be: what do they cost, and what does a failure cost?',
}

const armsSchema = z.array(z.object({ name: z.string(), against: z.string().optional() }))

interface Arm {
  readonly name: string
  readonly engine: string
  readonly against: string
}

interface Point {
  readonly arm: string
  readonly engine: string
  readonly value: number
}

interface Panel {
  readonly title: string
  readonly points: readonly Point[]
  /** A line that stands for no difference. */
  readonly even?: number
  readonly text: (value: number) => string
}

/** Null where the experiment has no such figure, or no arm was measured beside another one in this world. */
export function priceFigure({ manifest, trials, faults }: Run, world: World): Figure | null {
  const question = QUESTIONS[manifest.experiment]
  if (question === undefined) return null
  const mine = trials.filter((row) => row.world === world && row.arm !== undefined)
  const arms = armsSchema.parse(manifest.parameters.arms).flatMap(({ name, against }): Arm[] => {
    const engine = mine.find(({ arm }) => arm === name)?.engine
    return engine === undefined || against === undefined ? [] : [{ name, engine, against }]
  })
  const ratios = (role: 'probe' | 'control', measureOf: (row: TrialRow) => number | undefined) =>
    arms.flatMap(({ name, engine, against }) =>
      ratiosBeside(mine, { arm: name, against, role }, measureOf).map(
        (value): Point => ({ arm: name, engine, value: plotted(value) }),
      ),
    )
  const valid = new Map(
    mine.flatMap((row) =>
      row.role === 'fault' && row.verdict === 'valid' ? [[row.trial_id, row] as const] : [],
    ),
  )
  const recoveries = faults.flatMap(({ trial_id: id, recovery_ns: recovery }): Point[] => {
    const row = valid.get(id)
    if (row?.arm === undefined || recovery === undefined) return []
    return [{ arm: row.arm, engine: row.engine, value: plotted(recovery / 1e9) }]
  })
  const all: readonly Panel[] = [
    { title: 'maximum ÷ without', points: ratios('probe', maximumOf), even: 1, text: ratioText },
    {
      title: 'median latency ÷ without',
      points: ratios('control', calmMedianOf),
      even: 1,
      text: ratioText,
    },
    {
      title: 'from a kill until latency is back, s',
      points: recoveries,
      text: (value) => `${Number(value.toPrecision(3))} s`,
    },
  ]
  const panels = all.filter(({ points }) => points.length > 0)
  if (panels.length === 0) return null
  const shown = mine.filter(({ verdict }) => verdict === 'valid')
  const invalid = mine.filter(({ verdict }) => verdict !== 'valid')
  const rows = { shown, decided: mine.length, unconfirmed: invalid, baselines: [] }
  const names = arms.map(({ name }) => name)
  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: ${question}`,
      subtitle: [
        'Each point is a trial beside its neighbours without recovery, or a kill; bars and numbers are medians.',
        ...captionOf(manifest, shown, leftOutLines(invalid.length)),
      ],
    },
    spacing: 20,
    vconcat: [
      { spacing: 60, hconcat: panels.map((panel, at) => panelOf(panel, names, at === 0)) },
      threatsView(threatsOf(manifest, world, rows), 130),
    ],
  } as const)
  const { experiment } = manifest
  return { name: world === 'threads' ? experiment : `${experiment}-simulated`, question, spec }
}

function panelOf({ title, points, even, text }: Panel, names: readonly string[], first: boolean) {
  const engines = inOrder(points.map(({ engine }) => engine))
  const { color, shape } = engineScales(engines)
  const highest = Math.max(even ?? 0, ...points.map(({ value }) => value))
  const y = {
    field: 'arm',
    type: 'nominal',
    scale: { domain: [...names] },
    title: null,
    axis: first ? { labelLimit: 240 } : { labels: false, ticks: false },
  } as const
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { domain: [0, highest * 1.25], nice: false },
    title,
    axis: { tickCount: 5 },
  } as const
  const medians = names.flatMap((arm) => {
    const values = points.filter((point) => point.arm === arm).map(({ value }) => value)
    if (values.length === 0) return []
    const value = plotted(median(values))
    return [{ arm, value, text: text(value) }]
  })
  const label = {
    type: 'text',
    align: 'left',
    dx: 10,
    dy: -9,
    fontSize: 11,
    color: ink.text,
  } as const
  return {
    width: WIDTH,
    height: ROW_HEIGHT * names.length,
    layer: [
      {
        data: { values: even === undefined ? [] : [{ value: even }] },
        mark: { type: 'rule', strokeDash: [3, 3], color: ink.soft },
        encoding: { x },
      },
      {
        data: { values: [...points] },
        mark: { type: 'point', filled: true, size: 45, opacity: 0.75 },
        encoding: {
          x,
          y,
          color: { field: 'engine', type: 'nominal', scale: color, legend: null },
          shape: { field: 'engine', type: 'nominal', scale: shape, legend: null },
        },
      },
      {
        data: { values: medians },
        mark: { type: 'tick', thickness: 2, size: 20, color: ink.text },
        encoding: { x, y },
      },
      {
        data: { values: medians },
        mark: label,
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
    ],
  } as const
}
