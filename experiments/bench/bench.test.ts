/** Rows judged from canned samples, the subjects that rows need, and a bench of canned trials into a folder. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { benchCommand, subjectsOf } from './command.ts'
import { subjectOfMeasure } from './measure.ts'
import { benchTable, judgeRows, within } from './report.ts'
import { benchRows } from './rows.ts'
import { fullScale, subjects } from './subjects.ts'

const rowsNamed = (...names: readonly string[]) =>
  benchRows.filter(({ name }) => names.includes(name))
const judged = (names: readonly string[], samples: Readonly<Record<string, readonly number[]>>) =>
  judgeRows(rowsNamed(...names), new Map(Object.entries(samples)), new Map(), 1)

describe('rows', () => {
  it('have names of their own and limits that say something', () => {
    expect(new Set(benchRows.map(({ name }) => name)).size).toBe(benchRows.length)
    for (const { name, reach, aim } of benchRows) expect(reach ?? aim, name).toBeDefined()
  })

  it.each([
    [[40, 44, 48, 44, 44], 'pass'],
    [[140, 130, 120, 125, 125], 'aim'],
    [[30, 31, 32, 33, 34], 'fail'],
  ] as const)('%j over ten is %s', (timely, state) => {
    const [row] = judged(['word-count-timely'], {
      timely: timely.map((value) => value * 1e5),
      'byte loop': [1e6, 1e6, 1e6, 1e6, 1e6],
    })
    expect(row).toMatchObject({ state, repeats: 5 })
    expect(row!.measured!.low).toBeLessThanOrEqual(row!.measured!.estimate)
  })

  it('fall with the baseline that they stand on', () => {
    const samples = { timely: [9e6], 'kernel loop': [5e6], 'byte loop': [5e6] }
    expect(
      judged(['word-count-cost', 'baseline-kernel-loop'], samples).map(({ state }) => state),
    ).toEqual(['invalid baseline', 'fail'])
    const sound = { ...samples, 'byte loop': [5e6 / 6.1] }
    expect(
      judged(['word-count-cost', 'baseline-kernel-loop'], sound).map(({ state }) => state),
    ).toEqual(['aim', 'pass'])
  })

  it('without a valid trial are unknown, never zero', () => {
    expect(judged(['latency-p50'], {})[0]!.state).toBe('no valid trial')
  })

  it('know their limits', () => {
    expect(within(3, { sense: 'at least', value: 3 })).toBe(true)
    expect(within(3.1, { sense: 'at most', value: 3 })).toBe(false)
    expect(within(0.86, { sense: 'within', value: 1, tolerance: 0.15 })).toBe(true)
    expect(within(0.84, { sense: 'within', value: 1, tolerance: 0.15 })).toBe(false)
  })

  it('are printed with units, intervals and verdicts', () => {
    const text = benchTable(
      judged(['word-count-timely', 'latency-p50', 'remote-share-timely', 'digests'], {
        timely: [5e6, 5.1e6],
        'byte loop': [1e6, 1e6],
        'timely at half load p50': [650_000, 600_000],
        'timely remote share': [0.5, 0.49],
      }),
    )
    expect(text).toMatch(/timely ÷ byte loop +5\.05× +5\.00× – 5\.10× +5\.05M\/s +1M\/s +≥ 4\.00×/)
    expect(text).toMatch(/p50 +625us .* ≤ 3ms +≤ 700us +2 +pass, aim reached/)
    expect(text).toMatch(/crossed workers, timely +49\.5 %/)
    expect(text).toMatch(/digests on ÷ off .*UNKNOWN: no valid trial/)
  })
})

describe('subjects', () => {
  it('are found for every measure that is measured here', () => {
    const elsewhere = ['memory', 'memory-flat', 'simulated-scale', 'validate']
    for (const row of benchRows.filter(({ name }) => !elsewhere.includes(name))) {
      for (const measure of [row.numerator, row.denominator ?? row.numerator]) {
        expect(subjectOfMeasure(measure), `${row.name}: ${measure}`).toBeDefined()
      }
    }
  })

  it('come with what they are a share of, and with the ground of their row', () => {
    const names = (...rows: readonly string[]) =>
      subjectsOf(rowsNamed(...rows), fullScale, new Map()).map(({ name }) => name)
    expect(names('latency-p99')).toEqual(['timely', 'timely at half load'])
    expect(names('smallest-batch')).toEqual(['dstream', 'smallest batch'])
    expect(names('plain-timely')).toEqual(['word-count loops', 'timely plain'])
    expect(names('grep-timely')).toEqual(['word-count loops', 'grep loops', 'timely grep'])
    expect(names('memory', 'validate')).toEqual([])
    const all = subjectsOf(benchRows, fullScale, new Map())
    expect(subjects.filter((subject) => !all.includes(subject)).map(({ name }) => name)).toEqual([])
  })
})

describe('a bench of canned trials', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const canned = (spec: TrialSpec): TrialOutcome => {
    // Batches below 10 ms are too short for this engine.
    const capacity = spec.tick < 10e6 && spec.engine === 'dstream' ? 100 : 5_000_000
    const outcome = cannedOutcome({ rate: spec.rate, capacity, tick: spec.tick })
    return spec.digests ? outcome : { ...outcome, verdict: 'unknown' }
  }

  it('repeats every subject under overload and writes table, rows and trials', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    const rows = [
      'word-count-timely',
      'dstream-equals-timely',
      'latency-p50',
      'smallest-batch',
      'validate',
      'digests',
    ]
    expect(await benchCommand({ rows, repeats: 3 }, io)).toBe(0)
    const text = io.printed.join('\n')
    expect(text).toMatch(/WordCount, timely ÷ byte loop +31\.25×/)
    expect(text).toMatch(/smallest batch +10ms .*pass/)
    expect(text).toMatch(/simulation against threads.*not built/)
    const folder = join(root, 'bench', 'latest')
    const run = readRun(folder)
    expect(run.manifest.parameters).toMatchObject({ repeats: 3, rows })
    const overloads = run.trials.filter(
      ({ role, engine, digests }) => role === 'probe' && engine === 'timely' && digests,
    )
    expect(overloads.filter(({ throughput_records_per_s: pace }) => pace === 5e6)).toHaveLength(3)
    const saved = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8'))
    expect(saved).toHaveLength(rows.length)
  })

  it('times the simulation of a cluster by the clock', async () => {
    const shapes: unknown[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        shapes.push([spec.workers, spec.partitions, spec.rate, spec.simulation])
        return canned(spec)
      },
    })
    expect(await benchCommand({ rows: ['simulated-scale'] }, io)).toBe(0)
    const simulation = { processesPerNode: 1, coresPerProcess: 4, scale: 1_000 }
    expect(shapes).toEqual([[100, 400, 25_000_000, simulation]])
    expect(io.printed.join('\n')).toMatch(
      /100 nodes × 4 cores.* 1s .*≤ 60s +≤ 10s +1 +pass, aim reached: WordCount at 25 M\/s/,
    )
  })

  it('fails when a row misses what it must reach', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => cannedOutcome({ rate: spec.rate, capacity: 300_000, tick: spec.tick }),
    })
    expect(await benchCommand({ rows: ['word-count-timely'], repeats: 2 }, io)).toBe(1)
    expect(io.printed.join('\n')).toContain('FAIL')
  })

  it('knows nothing without a valid trial', async () => {
    const io = cannedIo(root, { trial: () => Promise.reject(new Error('no memory')) })
    expect(await benchCommand({ rows: ['word-count-timely'], repeats: 1 }, io)).toBe(2)
    expect(io.printed.join('\n')).toContain('UNKNOWN')
  })
})
