/** Rows judged from canned rounds, the groups that rows need, and a bench of canned trials into a folder. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { BATCHES, BatchSearch, lateShare, whyNotInTime } from './batch-search.ts'
import { benchCommand, groupsOf } from './command.ts'
import type { Elsewhere } from './earlier-runs.ts'
import { groups, type Visit, valueInRound } from './groups.ts'
import { judgeRows, within } from './judge.ts'
import { benchTable } from './report.ts'
import { benchRows } from './rows.ts'
import { fullScale, subjectNamed, subjectOfMeasure, subjects } from './subjects.ts'

const rowsNamed = (...names: readonly string[]) =>
  benchRows.filter(({ name }) => names.includes(name))

/** A round of a group: subject, then what it measured; nothing where the visit did not count. */
const visit = (subject: string, measures: Readonly<Record<string, number>> = {}): Visit => ({
  subject,
  measures: new Map(Object.entries(measures)),
  tries: { made: 1, dropped: [] },
})
const wordCount = (bytes: number, timely: number | undefined): readonly Visit[] => [
  visit('word-count loops', { 'byte loop': bytes, 'kernel loop': bytes * 5 }),
  visit('dstream', { dstream: 4e6 }),
  timely === undefined ? visit('timely') : visit('timely', { timely }),
  visit('word-count loops', { 'byte loop': bytes, 'kernel loop': bytes * 5 }),
]
const loopsRound = (ratio: number): readonly Visit[] => [
  visit('word-count loops', {
    'byte loop': 1.1e6,
    'byte loop, wide table': 1e6,
    'kernel loop': ratio * 1e6,
    'split + Map': 0.33e6,
  }),
  visit('grep loops', {
    'chunk indexOf': 10.85e6,
    'Buffer.includes': 2.56e6,
    'string.includes': 8.37e6,
  }),
]
/** Rounds in which the baselines are what they are in PEERS. */
const soundLoops = (rounds: number) => Array.from({ length: rounds }, () => loopsRound(6.1))
const nowhere: Elsewhere = { values: new Map(), notes: new Map() }
const judged = (
  names: readonly string[],
  rounds: Readonly<Record<string, readonly (readonly Visit[])[]>>,
  repeats = 5,
  elsewhere = nowhere,
) =>
  judgeRows(
    rowsNamed(...names),
    { rounds: new Map(Object.entries(rounds)), elsewhere, repeats, seed: 1 },
    benchRows,
  )

describe('a ratio in a round', () => {
  const side = (measure: string) => ({ subject: measure, measure })
  const visits = (...values: readonly (readonly [string, number?])[]) =>
    values.map(([subject, value]) =>
      visit(subject, value === undefined ? {} : { [subject]: value }),
    )
  const ratio = (...values: readonly (readonly [string, number?])[]) =>
    valueInRound(visits(...values), side('b'), side('a'))?.value

  it('is of neighbours, and a drift that is linear cancels', () => {
    expect(ratio(['a', 10], ['b', 30], ['a', 20])).toBe(2)
    expect(ratio(['a', 10], ['b', 24], ['b', 36], ['a', 20])).toBe(2)
    expect(ratio(['a', 10], ['b', 20])).toBe(2)
    // All that stand beside one.
    expect(ratio(['a', 10], ['b', 24], ['a', 12], ['a', 8], ['b', 16], ['a', 10])).toBe(2)
    // Of two on one side, the nearer one.
    expect(ratio(['a', 1000], ['a', 10], ['b', 20])).toBe(2)
  })

  it('is missing where a visit did not count', () => {
    expect(ratio(['a', 10], ['b', 30], ['a'])).toBeUndefined()
    expect(ratio(['a', 10], ['b', 24], ['b'], ['a', 20])).toBeUndefined()
    expect(ratio(['b', 20])).toBeUndefined()
  })

  it('of two loops is of one process', () => {
    const both = (a: number, b: number) => visit('loops', { a, b })
    const of = (measure: string) => ({ subject: 'loops', measure })
    expect(valueInRound([both(1, 2), both(3, 6)], of('b'), of('a'))).toEqual({
      value: 2,
      above: 4,
      below: 2,
    })
  })
})

describe('rows', () => {
  it('have names of their own, limits that say something, and groups that hold what they divide', () => {
    expect(new Set(benchRows.map(({ name }) => name)).size).toBe(benchRows.length)
    for (const { name, reach, aim, group, numerator, denominator } of benchRows) {
      // Shown beside the rows that have limits, so that no choice of a load is hidden.
      const shown =
        /^latency-p\d\d-from-0$|^smallest-batch-(p99|processing)$|^components-union-find$|^recovery-survivors-(timely|dstream)$|^price-(upstream-backup|active-standby)$|^straggler$|^head-room$|^(exchange|ad-analytics(-joined)?|nexmark-q\d)-(dstream|cost)$/.test(
          name,
        )
      expect((reach ?? aim) === undefined, name).toBe(shown)
      if (group === undefined) continue
      const visits = groups.find((one) => one.name === group)?.visits
      for (const measure of [numerator, denominator ?? numerator]) {
        expect(visits, name).toContain(subjectOfMeasure(measure).name)
      }
    }
  })

  it.each([
    [[40, 44, 48, 44, 44], 'pass'],
    [[140, 130, 120, 125, 125], 'aim'],
    [[30, 31, 32, 33, 34], 'fail'],
  ] as const)('%j over ten is %s', (timely, state) => {
    const rounds = timely.map((value) => wordCount(1e6, value * 1e5))
    const [row] = judged(['word-count-timely'], { 'word-count': rounds, loops: soundLoops(5) })
    expect(row).toMatchObject({ state, asked: 5 })
    expect(row!.measured!.low).toBeLessThanOrEqual(row!.measured!.estimate)
  })

  it('are of rounds: a machine whose speed drifts between them changes nothing', () => {
    const rounds = [1, 0.7, 1.2, 0.6, 1].map((speed) => wordCount(1e6 * speed, 5e6 * speed))
    const [row] = judged(['word-count-timely'], { 'word-count': rounds })
    expect(row!.measured).toMatchObject({ estimate: 5, low: 5, high: 5 })
  })

  it('of fewer than five rounds may fail and cannot pass', () => {
    const states = (pace: number, rounds: number, asked: number) =>
      judged(
        ['word-count-timely'],
        {
          'word-count': Array.from({ length: asked }, (_, round) =>
            wordCount(1e6, round < rounds ? pace : undefined),
          ),
          loops: soundLoops(asked),
        },
        asked,
      ).map(({ state }) => state)
    expect(states(9e6, 5, 5)).toEqual(['pass'])
    expect(states(9e6, 4, 4)).toEqual(['too few'])
    expect(states(9e6, 4, 5)).toEqual(['too few'])
    expect(states(1e6, 4, 4)).toEqual(['fail'])
    expect(states(1e6, 4, 5)).toEqual(['fail'])
  })

  it('that lost a round say so and cannot pass', () => {
    const rounds = [9e6, 9e6, undefined, 9e6, 9e6].map((timely) => wordCount(1e6, timely))
    const [row] = judged(['word-count-timely'], { 'word-count': rounds })
    expect(row).toMatchObject({ state: 'too few', asked: 5 })
    expect(benchTable([row!])).toMatch(/ 4\/5 +TOO FEW rounds/)
  })

  it('fall with the baseline that they stand on', () => {
    const rounds = Array.from({ length: 5 }, () => wordCount(1e6, 9e6))
    const states = (...ratios: readonly number[]) =>
      judged(['word-count-cost', 'baseline-kernel-loop'], {
        'word-count': rounds,
        loops: ratios.map(loopsRound),
      }).map(({ state }) => state)
    expect(states(4, 4.1, 4, 4, 4)).toEqual(['open', 'fail'])
    expect(states(6, 6.2, 6.1, 6, 6.1)).toEqual(['aim', 'pass'])
    // Noise about a ratio that is off does not excuse it, nor does it spoil one that is not.
    expect(states(5.06, 4, 5.06, 7, 5.06)).toEqual(['open', 'fail'])
    expect(states(8, 8, 8, 8, 8)).toEqual(['invalid baseline', 'fail'])
    expect(states(5.3, 4, 5.3, 7, 5.3)).toEqual(['aim', 'pass'])
    expect(states(6.1)).toEqual(['too few', 'too few'])
  })

  it('hold a baseline against all yardsticks, and state its ratio to the byte loop', () => {
    const rows = (chunk: number, ratio = 5) =>
      judged(['baseline-chunk-indexof', 'grep-timely'], {
        loops: Array.from({ length: 5 }, () => {
          const [words, grep] = loopsRound(6.1) as [Visit, Visit]
          return [
            words,
            { ...grep, measures: new Map([...grep.measures, ['chunk indexOf', chunk]]) },
            words,
          ]
        }),
        grep: Array.from({ length: 5 }, () => [
          visit('grep loops', { 'chunk indexOf': chunk }),
          visit('timely grep', { 'timely grep': ratio * chunk }),
          visit('grep loops', { 'chunk indexOf': chunk }),
        ]),
      })
    // All yardsticks at 0.4065 of their rates in PEERS.
    expect(rows(10.85e6).map(({ state }) => state)).toEqual(['pass', 'pass'])
    expect(rows(10.85e6)[1]!.measured!.estimate).toBeCloseTo(1, 2)
    expect(rows(10.85e6)[1]!.note).toBe(
      '10.85× the byte loop with a wide table, 10.85× in PEERS (that rule alone: pass)',
    )
    expect(rows(12.6e6).map(({ state }) => state)).toEqual(['invalid baseline', 'fail'])
    // One that is slow is held to the rate that it should have: 0.84 of 5 is enough, of 4.5 it is not.
    expect(rows(9.1e6).map(({ state }) => state)).toEqual(['pass', 'fail'])
    expect(rows(9.1e6)[0]!.note).toBe(
      '4.19× (4.19 to 4.19) the rate that its baseline should have, of which it has 0.84: judged by that (by the rule before: invalid)',
    )
    expect(rows(9.1e6, 4.5).map(({ state }) => state)).toEqual(['fail', 'fail'])
  })

  it('without a round that counts are unknown, never zero', () => {
    expect(judged(['latency-p50'], {})[0]!.state).toBe('no valid trial')
  })

  it('say where the next run may turn them', () => {
    const rounds = [3.5, 4.5, 3.8, 4.2, 4.1].map((ratio) => wordCount(1e6, ratio * 1e6))
    expect(judged(['word-count-timely'], { 'word-count': rounds })[0]!.note).toMatch(
      /over the limit/,
    )
  })

  it('know their limits', () => {
    expect(within(3, { sense: 'at least', value: 3 })).toBe(true)
    expect(within(3.1, { sense: 'at most', value: 3 })).toBe(false)
    expect(within(0.86, { sense: 'within', value: 1, tolerance: 0.15 })).toBe(true)
    expect(within(0.84, { sense: 'within', value: 1, tolerance: 0.15 })).toBe(false)
  })

  it('are printed with units, intervals and verdicts', () => {
    const latency = [650_000, 600_000, 610_000, 625_000, 640_000].map((p50) => [
      visit('timely at half load', { 'timely at half load p50': p50 }),
      visit('timely at half of its pace', { 'timely at half of its pace p50': 4 * p50 }),
    ])
    const elsewhere = {
      values: new Map([
        ['timely resident bytes of the tenth minute', [2 ** 28]],
        ['timely resident bytes of the second minute', [2 ** 28]],
      ]),
      notes: new Map([['latency-p50', 'tick 1ms']]),
    }
    const names = ['word-count-timely', 'latency-p50', 'memory-flat-timely', 'digests-timely']
    const text = benchTable(
      judged(
        names,
        {
          'word-count': [5, 5.1, 5.05, 5, 5.1].map((pace) => wordCount(1e6, pace * 1e6)),
          loops: soundLoops(5),
          latency,
        },
        5,
        elsewhere,
      ),
    )
    expect(text).toMatch(/timely ÷ byte loop +5\.05× +5\.00× – 5\.10× +5\.05M\/s +1M\/s +≥ 4\.00×/)
    expect(text).toMatch(
      /p50 +625us .* ≤ 3ms +≤ 700us +5 +pass, aim reached: tick 1ms; by the rule before \(half of the pace under overload\): 2\.5ms, pass$/m,
    )
    expect(text).toMatch(/in the second \(--long\) +1\.00× .*256MiB +256MiB .* pass$/m)
    expect(text).toMatch(/digests, timely .*UNKNOWN: no valid trial/)
  })
})

it('a ratio within 1 % of a limit has a digit more than the limit', () => {
  const printed = (name: string, estimate: number, low = estimate) => {
    const [row] = rowsNamed(name)
    const measured = { estimate, low, high: estimate * 1.1 }
    const cells = benchTable([{ row: row!, state: 'fail', measured, values: [1], asked: 1 }])
    return cells
      .split('\n')
      .at(-1)!
      .match(/(?:≥ )?[\d.]+×/g)
  }
  expect(printed('digests-timely', 0.9674, 0.93)).toEqual(['0.967×', '0.93×', '1.06×', '≥ 0.97×'])
  expect(printed('digests-timely', 0.985, 0.966)).toEqual(['0.98×', '0.966×', '1.08×', '≥ 0.97×'])
  // By what is aimed for, too, and by both ends of a tolerance.
  expect(printed('word-count-timely', 11.996)?.slice(0, 1)).toEqual(['11.996×'])
  expect(printed('a-a', 1.104)).toContain('1.104×')
  expect(printed('a-a', 1.004)).toContain('1.00×')
})

describe('groups', () => {
  it('are of subjects, and every subject is in one, or what a load is half of', () => {
    const visited = new Set(groups.flatMap(({ visits }) => visits))
    for (const name of visited) expect(subjectNamed(name), name).toBeDefined()
    // Or half load is half of its pace.
    const halved = new Set(subjects.map(({ kind, of }) => (kind === 'half-load' ? of : undefined)))
    expect(subjects.filter(({ name }) => !visited.has(name) && !halved.has(name))).toEqual([])
  })

  it('come with the ground of a row', () => {
    const names = (...rows: readonly string[]) =>
      groupsOf(rowsNamed(...rows)).map(({ name }) => name)
    expect(names('latency-p99')).toEqual(['latency'])
    expect(names('grep-timely')).toEqual(['loops', 'grep'])
    expect(names('word-count-dstream')).toEqual(['word-count', 'loops'])
    expect(names('memory', 'validate-p50')).toEqual([])
    expect(groupsOf(benchRows)).toEqual(groups)
  })
})

it('a batch is sustained when those after it start in time, but for those of a stall', () => {
  const spec = { tick: 10e6, warmup: 50e6, dstream: { batchesInFlightMax: 4 } }
  /** Batches of 10 ms that start so long after their end, ms. */
  const started = (...delays: readonly number[]) =>
    delays.map((delay, at) => ({
      at: 0,
      process: 2,
      incarnation: 0,
      event: 'batch-completed',
      fields: { batch: at + 1, startedAt: (at + 1) * 10e6 + delay * 1e6 },
    }))
  const ended = (history: ReturnType<typeof started>, p50 = 20e6) => {
    const outcome = cannedOutcome({ rate: 1_000, capacity: 2_000 })
    return { ...outcome, history, latency: { ...outcome.latency!, p50 } }
  }
  const on = (share: number) =>
    started(...Array.from({ length: 205 }, (_, at) => (at < 205 * share ? 11 : 1)))
  // The first five are the warm-up's.
  expect(lateShare(started(90, 90, 90, 90, 90, 10, 1, 11, 1), spec)).toBe(0.25)
  expect(lateShare([], spec)).toBe(1)
  expect(whyNotInTime(ended(on(0.02)), spec)).toBe('')
  expect(whyNotInTime(ended(on(0.05)), spec)).toMatch(/% of batches start late/)
  expect(whyNotInTime(ended(on(0), 51e6), spec)).toMatch(/wait for 5.1 batches/)
  expect(whyNotInTime(ended(on(0), 50e6), spec)).toBe('')
})

it('a search of the smallest batch costs later rounds only what changed', async () => {
  const search = new BatchSearch()
  const tried: number[] = []
  const round = (smallest: number) =>
    search.round(async (tick) => {
      tried.push(tick / 1e6)
      return tick / 1e6 >= smallest
    })
  expect(await round(10)).toBe(10e6)
  expect(tried.splice(0)).toEqual([100, 50, 20, 10, 5])
  expect(await round(10)).toBe(10e6)
  expect(tried.splice(0)).toEqual([10, 5])
  expect(await round(50)).toBe(50e6)
  expect(tried.splice(0)).toEqual([10, 20, 50])
  expect(await round(1_000)).toBeUndefined()
  expect(await round(1)).toBe(BATCHES.at(-1))
})

describe('a bench of canned trials', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const tiny = { ...fullScale, records: 1_000 }
  const canned = (spec: TrialSpec): TrialOutcome => {
    // Batches below 10 ms are too short for this engine.
    const capacity = spec.tick < 10e6 && spec.engine === 'dstream' ? 100 : 5_000_000
    const outcome = cannedOutcome({ rate: spec.rate, capacity, tick: spec.tick })
    const history = spec.keepHistory ? [batchCompleted(spec)] : []
    return { ...outcome, history, ...(spec.digests ? {} : { verdict: 'unknown' }) }
  }
  /** One batch, in time. */
  const batchCompleted = ({ tick, warmup }: TrialSpec) => ({
    at: 0,
    process: 2,
    incarnation: 0,
    event: 'batch-completed',
    fields: { batch: warmup / tick + 1, startedAt: warmup + tick, processingDelayNs: 1e6 },
  })

  it('measures every row in rounds under one overload, and writes tables, rows and trials', async () => {
    const io = cannedIo(root, { trial: async (spec) => canned(spec) })
    const rows = [
      'word-count-timely',
      'dstream-equals-timely',
      'latency-p50',
      'smallest-batch',
      'validate-p50',
      'digests-timely',
      'digests-timely-grep',
      'a-a',
    ]
    // One row is not measured.
    expect(await benchCommand({ rows, repeats: 5, scale: tiny }, io)).toBe(2)
    const text = io.printed.join('\n')
    expect(text).toMatch(/WordCount, timely ÷ byte loop +31\.25×/)
    expect(text).toMatch(/smallest batch whose .* +10ms .*pass/)
    expect(text).toMatch(/largest residual of p50.*not measured: no complete run/)
    expect(text).toMatch(/digests, timely WordCount: CPU.* 1\.00× .*pass/)
    expect(text).toMatch(/digests, timely grep: CPU.* 1\.00× .*pass/)
    expect(text).toMatch(/A\/A.* 1\.00× .* 5 +pass/)
    expect(text).toMatch(
      /^timely +per-tick combined +columns +10ms +log +checkpoint +1 +6\.5M\/s +5M\/s/m,
    )
    const folder = join(root, 'bench', 'latest')
    const run = readRun(folder)
    expect(run.manifest.parameters).toMatchObject({ repeats: 5, rows })
    const overloads = run.trials.filter(
      ({ role, engine, throughput_records_per_s: pace }) =>
        role === 'probe' && engine === 'timely' && pace === 5e6,
    )
    // Each round: the headline, A/A between two, and whose shares the loads of three groups are.
    expect(overloads).toHaveLength(5 * (1 + 3 + 3))
    expect(new Set(overloads.map((row) => row.offered_records_per_s))).toEqual(new Set([6.5e6]))
    expect(JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8'))).toHaveLength(rows.length)
  })

  it.each([
    ['are made up for', 2, 0, / 5 +pass/],
    ['too often for that are missed', 8, 2, / 3\/5 +TOO FEW/],
  ])('trials that kept up do not count, and %s', async (_, kept, status, expected) => {
    let trials = 0
    const io = cannedIo(root, {
      trial: async (spec) => {
        // The first of these ends the calibration; for the next ones the machine is faster, two a round.
        if (spec.engine === 'dstream' && spec.rate >= 6_499_999) trials += 1
        const isFast = spec.engine === 'dstream' && trials > 1 && trials <= 1 + kept
        return cannedOutcome({
          rate: spec.rate,
          capacity: isFast ? 1e9 : 5_000_000,
          tick: spec.tick,
        })
      },
    })
    const options = { rows: ['dstream-equals-timely'], repeats: 5, scale: tiny }
    expect(await benchCommand(options, io)).toBe(status)
    expect(io.printed.join('\n')).toMatch(expected)
  })

  it('divides a whole graph by one thread beside it, and the close of an interval by its rounds', async () => {
    const trials: unknown[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        trials.push([spec.workload, spec.input.records, spec.bounded, spec.tick / 1e6])
        const outcome = cannedOutcome({ rate: spec.rate, capacity: 5e5, tick: spec.tick })
        return {
          ...outcome,
          processedPerSecond: 6e6,
          closeLatency: { ...outcome.latency!, p50: 20e6 },
        }
      },
    })
    const rows = ['components', 'components-union-find', 'components-one-edge', 'barrier']
    expect(await benchCommand({ rows, repeats: 2, scale: tiny }, io)).toBe(1)
    const once = [
      ['connected-components', 1_000_000, true, 1_000],
      ['connected-components', 200_000, undefined, 1],
      ['barrier', 1_000, undefined, 100],
    ]
    expect(trials).toEqual([...once, ...once])
    const text = io.printed.join('\n')
    expect(text).toMatch(/timely ÷ label propagation +0\.60× .* 6M\/s +10M\/s +≥ 0\.50× .* 2 +pass/)
    expect(text).toMatch(/the same ÷ union-find \(COST\) +0\.30× .* 2 +no limit/)
    expect(text).toMatch(/one more edge +1\.5ms .* 2 +FAIL/)
    expect(text).toMatch(/1,000 rounds +20us .* 2 +pass/)
  })

  it('measures rates under overload, and knows their loops', async () => {
    const trials: (readonly [workload: string, tick: number, measured: number])[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        trials.push([spec.workload, spec.tick / 1e6, spec.measured / 1e9])
        return cannedOutcome({ rate: spec.rate, capacity: 2e6, tick: spec.tick })
      },
    })
    const rows = ['nexmark-q5-timely', 'nexmark-q5-dstream', 'ad-analytics-timely']
    expect(await benchCommand({ rows, repeats: 5, scale: tiny }, io)).toBe(1)
    expect(new Set(trials.map(String))).toEqual(
      new Set(
        ['nexmark-q5', 'ad-analytics-integers'].flatMap((workload) => [
          `${workload},10,1`,
          `${workload},100,1`,
        ]),
      ),
    )
    const text = io.printed.join('\n')
    expect(text).toMatch(/query 5, timely +2M\/s .* ≥ 500k\/s +≥ 44\.28k\/s +5 +pass, aim reached/)
    expect(text).toMatch(/query 5, dstream +2M\/s .* no limit/)
    expect(text).toMatch(/on integers.*, timely +2M\/s .* ≥ 5M\/s +≥ 30M\/s +5 +FAIL/)
  })

  it('times the simulation of a cluster by the clock', async () => {
    const shapes: unknown[] = []
    const io = cannedIo(root, {
      trial: async (spec) => {
        shapes.push([spec.engine, spec.workers, spec.partitions, spec.rate, spec.simulation])
        return canned(spec)
      },
    })
    const rows = ['simulated-scale-dstream-word-count', 'simulated-scale-dstream-grep']
    expect(await benchCommand({ rows }, io)).toBe(0)
    const simulation = { processesPerNode: 1, coresPerProcess: 4, scale: 1_000 }
    expect(shapes).toEqual([
      ['dstream', 100, 400, 25_000_000, simulation],
      ['dstream', 100, 400, 64_000_000, simulation],
    ])
    expect(io.printed.join('\n')).toMatch(
      /dstream, word-count at 25 M\/s, 100 nodes of one process × 4 cores.* 1s .*≤ 60s +≤ 10s +1 +pass, aim reached: on a sample of 1 in 1000/,
    )
  })

  /** Trials of overload: so many records a second come out of the socket; of what is pushed a third is worked off in time. */
  const overloaded = (growth: number, asked: string[]) => async (spec: TrialSpec) => {
    const { live } = spec.input
    const lasts = spec.warmup + spec.measured
    const outcome = {
      ...cannedOutcome({ rate: spec.rate, capacity: 5_000_000, tick: spec.tick }),
      runResidentBytesMax: live ? 2 ** 29 + 1 : 2 ** 31,
    }
    if (live?.kind === 'http') {
      const response = await fetch(live.url)
      const reader = response.body!.getReader()
      const { value } = await reader.read()
      const trial = asked.filter((each) => each.startsWith(`http ${spec.engine}`)).length
      const taken = 1e6 * growth ** trial
      asked.push(`http ${spec.engine} ${lasts / 1e9} ${value!.length > 100}`)
      await reader.cancel()
      const ends = [
        { at: 1e9, interval: 1e9, recordsPerSecond: 1e6, backlogRecords: 0, generation: 1 },
        { at: 1.01e9, interval: 1e7, recordsPerSecond: 9e6, backlogRecords: 0, generation: 1 },
      ]
      return { ...outcome, timeline: ends, recordsAll: (taken * lasts) / 1e9 }
    }
    if (spec.rate <= 10_000_000) return outcome
    asked.push(`pushed ${spec.engine} ${spec.rate / 5e6}`)
    const entry = { interval: 1e9, recordsPerSecond: 5e6, generation: 1 }
    const timeline = [1, 2, 3].map((at) => ({ ...entry, at: at * 1e9, backlogRecords: at * 10e6 }))
    return { ...outcome, recordsAll: 45e6, timeline }
  }
  const overloadRows = (kind: string) =>
    benchRows.map(({ name }) => name).filter((name) => name.includes(`overload-${kind}`))

  it('offers three times the pace for memory, and says what was taken', async () => {
    const asked: string[] = []
    const io = cannedIo(root, { trial: overloaded(1, asked) })
    expect(await benchCommand({ rows: overloadRows(''), repeats: 1, scale: tiny }, io)).toBe(1)
    expect(asked).toEqual([
      'pushed timely 3',
      'http timely 4 true',
      'http timely 8 true',
      'pushed dstream 3',
      'http dstream 4 true',
      'http dstream 8 true',
    ])
    const text = io.printed.join('\n')
    expect(text).toMatch(
      /timely, pushed, recovery none, offered 3 × its pace.* 2GiB .*FAIL: 4.233GiB offered in 3s, 1.411GiB taken \(1 in 3.0\), 2.822GiB held back/,
    )
    expect(text).toMatch(
      /dstream, HTTP, offered 3 × its pace.* 512MiB .*pass: 2.258GiB offered in 8s, 770.6MiB taken \(1 in 3.0\), 1.505GiB/,
    )
  })

  it('learns a pace again that was too low, three times at most', async () => {
    for (const [growth, trials, status] of [
      [1.1, 2, 0],
      [1.5, 4, 2],
    ] as const) {
      const asked: string[] = []
      const io = cannedIo(root, { trial: overloaded(growth, asked) })
      const rows = ['memory-overload-http-timely']
      expect(await benchCommand({ rows, scale: tiny }, io)).toBe(status)
      expect(asked).toHaveLength(trials)
    }
  })

  it('knows nothing of memory where more was taken than a third of what was offered', async () => {
    const io = cannedIo(root, { trial: overloaded(1.5, []) })
    expect(await benchCommand({ rows: overloadRows('http'), scale: tiny }, io)).toBe(2)
    expect(io.printed.join('\n')).toMatch(/HTTP, .*UNKNOWN: no valid trial: .* \(1 in 2.0\)/)
  })

  it('divides by no loop that miscounts', async () => {
    const right = cannedIo(root, { trial: async (spec) => canned(spec) })
    const io = {
      ...right,
      baseline: async (spec: Parameters<typeof right.baseline>[0]) => {
        const outcome = await right.baseline(spec)
        return { ...outcome, rates: outcome.rates.map((rate) => ({ ...rate, wrong: 'it saw 1' })) }
      },
    }
    const options = { rows: ['word-count-timely'], repeats: 2, scale: tiny }
    expect(await benchCommand(options, io)).not.toBe(0)
    expect(right.printed.join('\n')).toMatch(/timely ÷ byte loop .*no valid trial/i)
  })

  it('fails when a row misses what it must reach', async () => {
    const io = cannedIo(root, {
      trial: async (spec) => cannedOutcome({ rate: spec.rate, capacity: 300_000, tick: spec.tick }),
    })
    const options = { rows: ['word-count-timely'], repeats: 5, scale: tiny }
    expect(await benchCommand(options, io)).toBe(1)
    expect(io.printed.join('\n')).toContain('FAIL')
  })

  it('knows nothing without a valid trial', async () => {
    const io = cannedIo(root, { trial: () => Promise.reject(new Error('no memory')) })
    const options = { rows: ['word-count-timely'], repeats: 1, scale: tiny }
    expect(await benchCommand(options, io)).toBe(2)
    expect(io.printed.join('\n')).toContain('UNKNOWN')
  })
})
