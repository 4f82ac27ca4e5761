/**
 * Figures from the golden run: specs equal to the committed ones, renderings equal to each other, and what must never
 * be left out (provenance, simulated, synthetic, what was dropped). `npx vitest run notebooks -u` rewrites the golden specs;
 * a change in them is reviewed as a change in the figure.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TopLevelSpec } from 'vega-lite'
import { describe, expect, it } from 'vitest'
import { ResultError } from '../../engines/core/errors.ts'
import type { FaultRow, TimelineRow, TrialRow } from '../../results/schema.ts'
import { renderRun, specText } from '../render.ts'
import { render } from './figure.ts'
import { figuresOf } from './figures.ts'
import { durationText, logDomain, logTicks, rateText, ratioText } from './format.ts'
import { loadRun } from './load.ts'
import { summarizeLatency, summarizeThroughput } from './summarize.ts'
import { engineScales, inOrder, styleOf } from './theme.ts'

const golden = fileURLToPath(new URL('../../results/golden/compare', import.meta.url))
const run = loadRun(golden)

describe('golden figures', () => {
  const figures = figuresOf(run)

  it('are an overview, throughput and latency', () => {
    expect(figures.map(({ name }) => name)).toEqual(['overview', 'throughput', 'latency'])
  })

  for (const figure of figures) {
    it(`${figure.name}: the spec is the committed one`, async () => {
      await expect(specText(figure.spec)).toMatchFileSnapshot(
        join(golden, 'figures', `${figure.name}.vl.json`),
      )
    })
    it(`${figure.name}: two renderings are equal, with the private font and text`, async () => {
      const first = await render(figure)
      const second = await render(figure)
      expect(second.svg).toBe(first.svg)
      expect(Buffer.from(second.png).equals(Buffer.from(first.png))).toBe(true)
      expect(first.svg).toContain('font-family="Chart Sans')
      for (const word of [
        'Synthetic:',
        'commit 0000000',
        'tick 10 ms',
        'world threads',
        'timely',
      ]) {
        expect(first.svg).toContain(word)
      }
      // Text that was measured as nothing would collapse the layout.
      const width = Number(/width="(\d+)"/.exec(first.svg)?.[1])
      expect(width).toBeGreaterThan(700)
    })
  }

  it('are redrawn into the folder of a run, from its tables alone', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'streamgauge-figures-'))
    try {
      cpSync(golden, copy, { recursive: true })
      rmSync(join(copy, 'figures'), { recursive: true })
      const pictures = await renderRun(copy)
      expect(pictures.map((path) => path.slice(copy.length + 1))).toEqual([
        join('figures', 'overview.png'),
        join('figures', 'throughput.png'),
        join('figures', 'latency.png'),
      ])
      expect(readdirSync(join(copy, 'figures')).sort()).toEqual(
        ['latency', 'overview', 'throughput'].flatMap((name) =>
          ['.png', '.svg', '.vl.json'].map((ending) => name + ending),
        ),
      )
      const again = readFileSync(join(copy, 'figures', 'latency.vl.json'), 'utf8')
      expect(again).toBe(readFileSync(join(golden, 'figures', 'latency.vl.json'), 'utf8'))
      const manifest = join(copy, 'manifest.json')
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"complete"', '"incomplete"'))
      await expect(renderRun(copy)).rejects.toThrow(ResultError)
      await renderRun(copy, { incomplete: true })
      expect(readFileSync(join(copy, 'figures', 'latency.svg'), 'utf8')).toContain('INCOMPLETE RUN')
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
})

/** Every text of a title or subtitle. */
const titleOf = (spec: TopLevelSpec): string => JSON.stringify(spec.title)

describe('figures say', () => {
  const real = { ...run.manifest, synthetic: null }

  it('measured or simulated, in a figure each', () => {
    const both = {
      ...run,
      manifest: real,
      trials: [
        ...run.trials,
        ...run.trials.map(
          (row): TrialRow => ({
            ...row,
            trial_id: `${row.trial_id}-sim`,
            world: 'simulated',
          }),
        ),
      ],
    }
    const figures = figuresOf(both)
    expect(figures.map(({ name }) => name)).toEqual([
      'overview',
      'throughput',
      'latency',
      'overview-simulated',
      'throughput-simulated',
    ])
    expect(titleOf(figures[0]!.spec)).toContain('Measured: ')
    for (const { spec } of figures.slice(3)) {
      expect(titleOf(spec)).toContain('Simulated: ')
      expect(titleOf(spec)).toContain('world simulated')
    }
  })

  it('how many trials were left out, and never draw a wrong one', () => {
    const spoilt = run.trials.map(
      (row): TrialRow =>
        row.role === 'maximum' && row.engine === 'timely' && row.repeat === 1
          ? { ...row, verdict: 'invalid', throughput_records_per_s: 9e12 }
          : row,
    )
    const [overview, throughput] = figuresOf({ ...run, trials: spoilt })
    for (const { spec } of [overview!, throughput!]) {
      expect(titleOf(spec)).toContain('3 trials left out')
      expect(JSON.stringify(spec)).not.toContain('9000000000000')
    }
  })

  it('how many have no latency', () => {
    const cut = run.trials.map(
      (row): TrialRow =>
        row.role === 'maximum' && row.engine === 'timely' && row.repeat === 1
          ? { ...row, latency_ns_p50: undefined, latency_ns_p99: undefined }
          : row,
    )
    const [overview] = figuresOf({ ...run, trials: cut })
    expect(titleOf(overview!.spec)).toContain('3 trials left out: without a latency')
  })

  it('that a rate is a lower bound where none above it failed, and so is its ratio', () => {
    const labelsOf = (trials: readonly TrialRow[]) => {
      const { spec } = figuresOf({ ...run, trials }).find(({ name }) => name === 'throughput')!
      const words = JSON.stringify(spec)
      return [...new Set(words.match(/(?<="(?:label|ratioLabel)":")(?:≥ )?[\d.]+( M\/s|×)(?=")/g))]
    }
    const held = run.trials.filter(
      ({ role, workload }) => workload === 'word-count' || role === 'baseline',
    )
    expect(labelsOf(held)).toEqual(['≥ 26.8 M/s', '≥ 1.76×', '≥ 21.4 M/s', '≥ 1.41×'])
    const failed = held.flatMap((row): readonly TrialRow[] =>
      row.role === 'maximum' && row.engine === 'timely' && row.repeat === 1
        ? [{ ...row, role: 'above-maximum', offered_records_per_s: 30e6, sustained: false }]
        : [],
    )
    const limited = ['26.8 M/s', '1.76×', '≥ 21.4 M/s', '≥ 1.41×']
    expect(labelsOf([...held, ...failed])).toEqual(limited)
  })

  it('nothing where there is nothing to show', () => {
    expect(figuresOf({ ...run, trials: [], latency: [] })).toEqual([])
    const baselines = run.trials.filter(({ role }) => role === 'baseline')
    expect(figuresOf({ ...run, trials: baselines })).toEqual([])
  })
})

describe('the figure of a recovery', () => {
  const QUARTER = 250e6
  const trials = ['timely', 'dstream'].flatMap((engine) => {
    const base = run.trials.find((row) => row.role === 'half-load' && row.engine === engine)!
    return (['control', 'fault'] as const).map(
      (role): TrialRow => ({
        ...base,
        trial_id: `${engine} ${role}`,
        role,
        arm: `${engine} checkpoint`,
        warmup_ns: 2e9,
      }),
    )
  })
  const whose = ({ run_id, trial_id, role, repeat, engine, workload, world }: TrialRow) =>
    ({ run_id, trial_id, role, repeat, engine, workload, world }) as const
  const isHit = ({ role }: TrialRow): boolean => role === 'fault'
  const p99 = (trial: TrialRow, at: number): number | undefined => {
    if (!isHit(trial) || at <= 5e9 || at > 7e9) return 10e6
    return at > 6e9 ? 1.5e9 : undefined
  }
  const timeline = trials.flatMap((trial) =>
    Array.from({ length: 40 }, (_, index): TimelineRow => {
      const at = (index + 1) * QUARTER
      return { ...whose(trial), at_ns: at, interval_ns: QUARTER, latency_ns_p99: p99(trial, at) }
    }),
  )
  const faults = trials.filter(isHit).map((trial): FaultRow => {
    const planned = { fault: 1, kind: 'kill', target: 'worker 1', planned_at_ns: 5e9 }
    const seen = { witnessed_at_ns: 5e9, detected_at_ns: 6e9, processing_at_ns: 6.5e9 }
    return { ...whose(trial), ...planned, ...seen, latency_back_at_ns: 7e9, recovery_ns: 2e9 }
  })
  const manifest = { ...run.manifest, experiment: 'recovery' }
  const recovered = { ...run, manifest, trials, timeline, faults }

  it('has a panel for each arm, and is drawn without a warning', async () => {
    const figures = figuresOf(recovered)
    expect(figures.map(({ name }) => name)).toEqual(['recovery'])
    const { svg } = await render(figures[0]!)
    for (const word of ['timely checkpoint, at', 'dstream checkpoint, at', 'back after 2 s']) {
      expect(svg).toContain(word)
    }
    // The warm-up is not shown.
    expect(JSON.stringify(figures[0]!.spec)).not.toContain('"second":1.875')
    expect(JSON.stringify(figures[0]!.spec)).toContain('"second":2.125')
  })

  it('is part of the overview of a compare, without a control', async () => {
    const compared = { ...run, trials: [...run.trials, ...trials], timeline, faults }
    const overviewOf = (of: typeof run) => figuresOf(of).find(({ name }) => name === 'overview')!
    const { svg } = await render(overviewOf(compared))
    expect(svg).toContain('and a killed worker')
    expect(svg).toMatch(/timely by .*: back after 2 s; dstream by .*: back after 2 s/)
    const wrong = trials.map((row): TrialRow => ({ ...row, verdict: 'invalid' }))
    const none = overviewOf({ ...compared, trials: [...run.trials, ...wrong] })
    expect(titleOf(none.spec)).not.toContain('killed')
    expect(JSON.stringify(none.spec)).not.toContain('since the kill')
  })

  it('is drawn without what is missing, but not without a latency', async () => {
    const hit = trials.filter(isHit)
    await render(figuresOf({ ...recovered, trials: hit, faults: [] })[0]!)
    const never = faults.map(({ latency_back_at_ns: _at, recovery_ns: _after, ...row }) => row)
    const { svg } = await render(figuresOf({ ...recovered, faults: never })[0]!)
    expect(svg).toContain('not seen back')
    expect(figuresOf({ ...recovered, timeline: [] })).toEqual([])
  })
})

describe('rendering', () => {
  it('fails on a warning', async () => {
    const spec: TopLevelSpec = {
      data: { values: [{ x: 1 }] },
      mark: 'point',
      encoding: {
        x: { field: 'x', type: 'quantitative' },
        row: { field: 'x', type: 'quantitative' },
      },
    }
    await expect(render({ name: 'bad', question: '', spec })).rejects.toThrow(
      /draw bad: .+A figure is drawn without a warning or not at all/,
    )
  })
})

describe('summaries', () => {
  it('throughput: the rate that held, as in the tables, over the median of one thread', () => {
    const { summaries, baselines, groups } = summarizeThroughput(run.trials, 'threads')
    expect(groups).toEqual(
      ['word-count', 'grep', 'top-k'].map((workload) => `${workload}\nper-tick combined`),
    )
    expect(summaries).toHaveLength(6)
    for (const { group, engine, held, limit, low, high, ratio, repeats } of summaries) {
      const own = run.trials.filter(
        (row) =>
          row.role === 'maximum' && row.engine === engine && group.startsWith(`${row.workload}\n`),
      )
      const paces = own.map((row) => row.throughput_records_per_s!)
      expect([repeats, low, high]).toEqual([own.length, Math.min(...paces), Math.max(...paces)])
      const rate = own[0]!.offered_records_per_s!
      const thread = baselines.find((row) => row.group === group && row.kernels === 'columns')
      if (own.every(({ sustained }) => sustained)) {
        expect([held, limit]).toEqual([rate, null])
        expect(ratio).toBeCloseTo(rate / thread!.throughput, 4)
      } else {
        // One of its trials did not hold: a table says none, too.
        expect(group).toContain('top-k')
        expect([held, limit, ratio]).toEqual([null, rate, null])
      }
    }
  })
  it('throughput: a search that held shows its rate, not its pace', () => {
    const trials = run.trials.map(
      (row): TrialRow =>
        row.role === 'maximum' && row.repeat === 1 && row.workload === 'word-count'
          ? { ...row, role: 'search', throughput_records_per_s: row.offered_records_per_s! * 0.99 }
          : row,
    )
    const searched = trials.filter(({ role }) => role !== 'maximum')
    const { summaries, points } = summarizeThroughput(searched, 'threads')
    expect(summaries.map(({ held }) => held)).toEqual([26.8e6, 21.4e6])
    expect(points.map(({ throughput }) => throughput)).toEqual([26.532e6, 21.186e6])
    // A second try that fails undoes it: what held is a lower rate, of which alone trials are counted.
    const lower = searched.map((row) => ({
      ...row,
      offered_records_per_s: row.offered_records_per_s && row.offered_records_per_s / 2,
    }))
    const undone = searched.flatMap((row): readonly TrialRow[] =>
      row.role === 'search' && row.engine === 'timely'
        ? [{ ...row, role: 'maximum', sustained: false }]
        : [],
    )
    const again = summarizeThroughput([...searched, ...lower, ...undone], 'threads')
    const timely = again.summaries.find(({ engine }) => engine === 'timely')
    expect(timely).toMatchObject({ held: 13.4e6, limit: 26.8e6, repeats: 1 })
    // Searches that ended without a verdict decided the rate, too.
    const unknown = lower.map((row): TrialRow => ({ ...row, verdict: 'unknown' }))
    expect(summarizeThroughput([...searched, ...unknown], 'threads').unconfirmed.length).toBe(2)
  })
  it('throughput: no baseline, no ratio', () => {
    const trials = run.trials.filter(({ role }) => role !== 'baseline')
    const { summaries } = summarizeThroughput(trials, 'threads')
    expect(summaries.every(({ ratio }) => ratio === null)).toBe(true)
  })
  it('latency: a panel for each workload and load, a curve for each trial', () => {
    const { panels } = summarizeLatency(run.trials, run.latency, 'threads')
    expect(panels).toHaveLength(6)
    const ended = run.trials.filter(({ role }) => role !== 'baseline').reverse()
    const baselines = run.trials.filter(({ role }) => role === 'baseline')
    const turned = summarizeLatency([...baselines, ...ended], run.latency, 'threads')
    expect(turned.panels.map(({ workload }) => workload)).toEqual(
      panels.map(({ workload }) => workload),
    )
    for (const { curve, marks, slowest } of panels) {
      expect(new Set(curve.map(({ engine, repeat }) => `${engine} ${repeat}`)).size).toBe(4)
      // No p99.9: it takes a thousand ticks.
      expect(marks).toHaveLength(12)
      expect(slowest).toHaveLength(4)
      expect(curve.every(({ aboveShare }) => aboveShare > 0)).toBe(true)
    }
  })
})

it('latency: a trial that is in two panels is said to be the same', () => {
  const panelsOf = (trials: readonly TrialRow[]) =>
    summarizeLatency(trials, run.latency, 'threads').panels.map(({ role, sameTrial }) => ({
      role,
      sameTrial,
    }))
  expect(panelsOf(run.trials).every(({ sameTrial }) => sameTrial.length === 0)).toBe(true)
  const once = run.trials
    .filter((row) => row.role !== 'common-rate' || row.engine === 'timely')
    .map(
      (row): TrialRow =>
        row.role === 'common-rate'
          ? {
              ...row,
              offered_records_per_s: run.trials.find(
                (other) =>
                  other.role === 'half-load' &&
                  other.engine === 'dstream' &&
                  other.workload === row.workload,
              )!.offered_records_per_s,
            }
          : row,
    )
  expect(panelsOf(once).map(({ sameTrial }) => sameTrial)).toEqual([
    [],
    ['dstream'],
    [],
    ['dstream'],
    [],
    ['dstream'],
  ])
  const latency = figuresOf({ ...run, trials: once }).find(({ name }) => name === 'latency')!
  expect(JSON.stringify(latency.spec)).toContain('; dstream: same trial as at its half load')
  // Where all half loads are the common rate, one panel is enough, and says so.
  const alike = run.trials
    .filter(({ role }) => role !== 'common-rate')
    .map((row): TrialRow => ({ ...row, offered_records_per_s: 1e6 }))
  expect(panelsOf(alike).map(({ role }) => role)).toEqual(['half-load', 'half-load', 'half-load'])
  const single = figuresOf({ ...run, trials: alike }).find(({ name }) => name === 'latency')!
  expect(JSON.stringify(single.spec)).toContain('all at 1 M/s, which is the common rate')
})

describe('words and axes', () => {
  it('quantities', () => {
    expect([999.7, 1e6, 16.54e6, 121e6, 2e9].map(rateText)).toEqual([
      '1 k/s',
      '1 M/s',
      '16.5 M/s',
      '121 M/s',
      '2 G/s',
    ])
    expect([500, 80e3, 10e6, 1.5e9].map(durationText)).toEqual([
      '500 ns',
      '80 µs',
      '10 ms',
      '1.5 s',
    ])
    expect([0.941, 2.1, 12.34].map(ratioText)).toEqual(['0.94×', '2.10×', '12.3×'])
  })
  it('a logarithmic axis takes in all values with room', () => {
    for (const values of [[1], [2, 5], [1e6, 1.6e8], [0.0031, 950], [9.9, 10.1]]) {
      const [low, high] = logDomain(values)
      expect(low).toBeLessThan(Math.min(...values))
      expect(high).toBeGreaterThan(Math.max(...values))
      const ticks = logTicks([low, high], 10)
      expect(ticks[0]).toBeGreaterThanOrEqual(low)
      expect(ticks.length).toBeGreaterThan(1)
    }
    expect(logTicks([2, 1000], 10).at(-1)).toBe(1000)
    expect(logTicks([1, 10_000], 10)).toEqual([1, 10, 100, 1_000, 10_000])
  })
  it('an engine keeps its colour and shape, whoever is beside it', () => {
    expect(inOrder(['zeta', 'dstream', 'timely', 'dstream'])).toEqual(['timely', 'dstream', 'zeta'])
    const { color, shape } = engineScales(['dstream'])
    expect(color.range).toEqual([styleOf('dstream').colour])
    expect(shape.range).toEqual(['square'])
    expect(styleOf('timely').shape).not.toBe(styleOf('dstream').shape)
  })
})
