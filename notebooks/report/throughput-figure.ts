/**
 * Figure: sustainable throughput per engine and workload, beside what one thread does without any framework (COST:
 * McSherry, Isard and Murray 2015; METHOD 23 asks for it on every throughput figure).
 *
 * Dots on a logarithmic axis, not bars: workloads differ a hundredfold, and a bar's length means nothing on a log axis. The
 * numbers stand beside the plot, so that nobody has to read them off.
 */
import type { TopLevelSpec } from 'vega-lite'
import type { Manifest } from '../../results/manifest.ts'
import type { TrialRow } from '../../results/schema.ts'
import type { Figure } from './figure.ts'
import { durationText, logDomain, logTicks, rateText, ratioText } from './format.ts'
import type { World } from './load.ts'
import { captionOf, leftOutLines, provenanceWord } from './load.ts'
import { mutable } from './spec.ts'
import { summarizeThroughput, type ThroughputSummary } from './summarize.ts'
import { engineScales, ink, inOrder } from './theme.ts'
import { threatsOf, threatsView } from './threats.ts'

const plotWidth = 480
/** An engine has two lanes, so that its rate hides none of its trials; px each. */
const laneHeight = 16
/** Free height between workloads, for the labels of the single thread, px. */
const free = 62
const columns = [
  { title: 'held', field: 'label', x: plotWidth + 78 },
  { title: 'not held', field: 'limitLabel', x: plotWidth + 152 },
  { title: 'held ÷ one thread', field: 'ratioLabel', x: plotWidth + 262 },
  { title: 'trials', field: 'repeats', x: plotWidth + 308 },
] as const

/** A rate that no trial has failed above is a lower bound, and says so, as in the tables. */
const atLeast = ({ limit }: ThroughputSummary, text: string): string =>
  limit === null ? `≥ ${text}` : text

const trialsOf = (engine: string): string => `trials of ${engine}`

/** Null where the run has no valid trial at a maximum in this world. */
export function throughputFigure(
  manifest: Manifest,
  trials: readonly TrialRow[],
  world: World,
): Figure | null {
  const data = summarizeThroughput(trials, world)
  const { groups, points, summaries, baselines, shown, invalid } = data
  const rowsOfFigure = {
    shown,
    decided: data.searched.length,
    unconfirmed: data.unconfirmed,
    baselines: data.baselineRows,
  }
  if (points.length === 0) return null
  const engines = inOrder(points.map(({ engine }) => engine))
  const scales = engineScales(engines)
  const domain = logDomain(
    [
      ...[...points, ...baselines].map(({ throughput }) => throughput),
      ...summaries.flatMap(({ held, limit }) => [held ?? [], limit ?? []].flat()),
    ],
    1.4,
  )
  const bounds = [...new Set(shown.map((row) => row.latency_bound_ns))].filter(
    (bound) => bound !== undefined,
  )
  const x = {
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    title: 'throughput, records/s (log scale)',
    axis: {
      values: logTicks(domain, 12),
      format: '~s',
      grid: true,
      tickSize: 4,
      labelFlush: false,
    },
  } as const
  const bandHeight = laneHeight * 2 * engines.length
  const gap = free / (bandHeight + free)
  const y = {
    field: 'group',
    type: 'nominal',
    sort: [...groups],
    title: null,
    scale: { paddingInner: gap, paddingOuter: gap / 2 },
    axis: {
      labelExpr: "split(datum.label, '\\n')",
      labelFontSize: 12,
      labelLineHeight: 15,
      labelPadding: 10,
      ticks: false,
      domain: false,
      grid: false,
    },
  } as const
  const yOffset = {
    field: 'lane',
    type: 'nominal',
    scale: { domain: engines.flatMap((engine) => [engine, trialsOf(engine)]) },
  } as const
  const color = { field: 'engine', type: 'nominal', scale: scales.color } as const
  const shape = { field: 'engine', type: 'nominal', scale: scales.shape } as const
  const hollow = points.some(({ sustained }) => !sustained)
    ? ' Hollow: a try that did not hold.'
    : ''
  const lines = {
    columns: 'Black: one thread, same bytes and kernels, no framework.',
    plain: 'Grey: one thread, a plain TypeScript loop.',
  } as const
  const explanation = (['columns', 'plain'] as const)
    .filter((kernels) => baselines.some((row) => row.kernels === kernels))
    .map((kernels) => lines[kernels])
    .join(' ')
  const explained = explanation === '' ? [] : [explanation]
  const threads = baselines.map((row) => ({
    ...row,
    label: `${row.kernels === 'columns' ? 'one thread' : 'plain loop'} ${rateText(row.throughput)}`,
  }))
  const cells = summaries.map((row) => ({
    ...row,
    lane: row.engine,
    label: row.held === null ? 'none' : atLeast(row, rateText(row.held)),
    limitLabel: row.limit === null ? 'none met' : rateText(row.limit),
    ratioLabel: row.ratio === null ? '–' : atLeast(row, ratioText(row.ratio)),
  }))
  const rates = cells.filter(({ held }) => held !== null)
  const limits = cells.filter(({ limit }) => limit !== null)

  const spec: TopLevelSpec = mutable({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${provenanceWord(world, manifest)}: sustainable throughput${baselines.length > 0 ? ', beside one thread' : ''}`,
      subtitle: [
        `Large: the highest offered rate that held${bounds.length > 0 ? ` p99 ≤ ${bounds.map(durationText).join(', ')}` : ''}. Small, below: the measured pace of each trial at it; the line is their range.${hollow}`,
        ...(limits.length > 0
          ? ['Dotted, to the bar: the lowest rate above it that was tried and not held.']
          : []),
        ...explained,
        ...captionOf(manifest, shown, leftOutLines(invalid.length)),
      ],
    },
    spacing: 24,
    align: 'none',
    vconcat: [
      {
        width: plotWidth,
        height: (bandHeight + free) * groups.length,
        layer: [
          ...(['columns', 'plain'] as const).flatMap((kernels) => {
            const values = threads.filter((row) => row.kernels === kernels)
            if (values.length === 0) return []
            const main = kernels === 'columns'
            const colour = main ? ink.baseline : ink.plainBaseline
            return [
              {
                data: { values },
                mark: {
                  type: 'tick',
                  orient: 'vertical',
                  size: bandHeight + 6,
                  thickness: main ? 2 : 1.5,
                  color: colour,
                  opacity: 1,
                },
                encoding: { x: { ...x, field: 'throughput' }, y },
              } as const,
              {
                data: { values },
                mark: {
                  type: 'text',
                  fontSize: 10,
                  color: main ? ink.text : ink.soft,
                  dy: main ? -10 : 11,
                  baseline: 'middle',
                },
                encoding: {
                  x: { ...x, field: 'throughput' },
                  y: { ...y, bandPosition: main ? 0 : 1 },
                  text: { field: 'label', type: 'nominal' },
                },
              } as const,
            ]
          }),
          {
            data: { values: limits.filter(({ held }) => held !== null) },
            mark: { type: 'rule', strokeWidth: 1.2, strokeDash: [2, 3] },
            encoding: { x: { ...x, field: 'held' }, x2: { field: 'limit' }, y, yOffset, color },
          },
          {
            data: { values: limits },
            mark: { type: 'tick', orient: 'vertical', size: 12, thickness: 2, opacity: 1 },
            encoding: { x: { ...x, field: 'limit' }, y, yOffset, color },
          },
          {
            data: { values: cells.map((row) => ({ ...row, lane: trialsOf(row.engine) })) },
            mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.8 },
            encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, yOffset, color },
          },
          ...[true, false].map(
            (sustained) =>
              ({
                data: {
                  values: points
                    .filter((point) => point.sustained === sustained)
                    .map((point) => ({ ...point, lane: trialsOf(point.engine) })),
                },
                mark: {
                  type: 'point',
                  size: 30,
                  strokeWidth: 1.2,
                  opacity: sustained ? 0.75 : 1,
                  ...(sustained ? {} : { fill: 'white' }),
                  filled: sustained,
                },
                encoding: { x: { ...x, field: 'throughput' }, y, yOffset, color, shape },
              }) as const,
          ),
          {
            data: { values: rates },
            mark: {
              type: 'point',
              size: 130,
              filled: true,
              opacity: 1,
              stroke: 'white',
              strokeWidth: 1,
            },
            encoding: { x: { ...x, field: 'held' }, y, yOffset, color, shape },
          },
          ...columns.flatMap(({ title, field, x: column }) => [
            {
              data: { values: cells },
              mark: { type: 'text', align: 'right', fontSize: 12, baseline: 'middle' },
              encoding: {
                x: { value: column },
                y,
                yOffset,
                color,
                text: { field, type: 'nominal' },
              },
            } as const,
            {
              data: { values: [{ title }] },
              mark: { type: 'text', align: 'right', fontSize: 11, color: ink.soft },
              encoding: {
                x: { value: column },
                y: { value: -6 },
                text: { field: 'title', type: 'nominal' },
              },
            } as const,
          ]),
        ],
        resolve: { scale: { x: 'shared', y: 'shared' } },
      },
      threatsView(threatsOf(manifest, world, rowsOfFigure), 150),
    ],
  } as const)
  return {
    name: world === 'threads' ? 'throughput' : 'throughput-simulated',
    question: 'Which engine sustains more, and would one thread have done?',
    spec,
  }
}
