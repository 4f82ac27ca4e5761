/**
 * What a trial measured, from canned commits: its pace, right for few records, and at ordinary rates what whole records say; what it is not
 * to measure; and what its processes used.
 */
import { describe, expect, it } from 'vitest'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { Histogram } from '../../engines/core/metrics/histogram.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import { expectedCommits } from '../../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { clockStart, type InputConfig } from '../../engines/core/run-config.ts'
import type { ProcessReport, RunRecord } from '../../engines/core/system.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { cannedSpec } from './canned.fixture.ts'
import { configOf, runTrial } from './trial.ts'
import { measuresOf, offeredBefore, paceOf } from './trial-measures.ts'
import { resourcesOf } from './trial-resources.ts'
import type { TrialSpec } from './trial-spec.ts'

const PARTITIONS = 8

/** Whole records that are due before an instant. */
function counted(input: InputConfig): (instant: Nanos) => number {
  const log = createInputLog(
    { partitions: PARTITIONS, input },
    { bytes: 0, offsets: 0, records: 1 },
  )
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  return (instant) => partitions.reduce((sum, p) => sum + log.dueBefore(p, instant), 0)
}

/** Both paces of a run in which the tick that ends at `tick` becomes visible at `visible(tick)`. */
function pacesOf(
  input: InputConfig,
  options: { tick: Nanos; warmup: Nanos; visible: (tick: Nanos) => Nanos },
) {
  const { tick, warmup, visible } = options
  const clock = clockStart(input)
  const completed = Array.from({ length: input.duration / tick }, (_, index) => {
    const end = (index + 1) * tick
    return { tick: end, visibleAt: Math.max(clock, visible(end)) }
  })
  const from = { clock, start: clock + warmup }
  return {
    pace: paceOf(completed, from, (instant) => offeredBefore(input, instant)),
    byRecords: paceOf(completed, from, counted(input)),
  }
}

const soon = (tick: Nanos): Nanos => tick + 100_000
const VISIBLE: Readonly<Record<string, (tick: Nanos) => Nanos>> = {
  'at once': soon,
  'a third later each tick': (tick) => Math.round(tick * 1.33),
  'all at once, behind': (tick) => Math.max(soon(tick), seconds(5.5)),
}

describe.each(Object.entries(VISIBLE))('the pace of what becomes visible %s', (_, visible) => {
  const warmup = seconds(2)
  const duration = seconds(6)

  it.each([
    { rate: 80_000, duration },
    { rate: 8_000_000, duration },
    { rate: 80_000, duration, history: { duration: seconds(1), rate: 8_000 } },
  ])('is that of whole records where ticks have whole ones: %j', (input) => {
    const { pace, byRecords } = pacesOf(input, { tick: milliseconds(10), warmup, visible })
    expect(pace / byRecords).toBeCloseTo(1, 12)
  })

  it.each([100_003, 1_234_567, 31_415_926])('is within the records at both ends: %d/s', (rate) => {
    const { pace, byRecords } = pacesOf({ rate, duration }, { tick: 7.5e6, warmup, visible })
    const records = offeredBefore({ rate, duration }, duration)
    expect(Math.abs(pace / byRecords - 1)).toBeLessThan((4 * PARTITIONS) / records)
  })
})

describe('the pace of few records', () => {
  it.each([
    [1, 0, 1],
    [10, 0, 1],
    [3, 0.5, 1.4],
    [10, 2, 1.7],
  ])('%d/s after %d s for %d s is what was offered', (rate, warmup, measured) => {
    const input = { rate, duration: seconds(warmup + measured) }
    const tick = milliseconds(10)
    const { pace } = pacesOf(input, { tick, warmup: seconds(warmup), visible: soon })
    expect(pace / rate).toBeGreaterThan(0.99)
    expect(pace / rate).toBeLessThan(1.01)
  })

  it('by whole records it would not be', () => {
    const of = (rate: number) =>
      pacesOf({ rate, duration: seconds(1) }, { tick: milliseconds(10), warmup: 0, visible: soon })
    expect(of(1).byRecords).toBe(0)
    expect(of(10).byRecords).toBeCloseTo(2.02, 2)
  })

  const spec: TrialSpec = {
    ...cannedSpec,
    workload: 'grep',
    input: { kind: 'lines', records: 100 },
    world: 'simulated',
    partitions: PARTITIONS,
    tick: milliseconds(100),
    rate: 1,
    warmup: 0,
    measured: seconds(1),
    grace: seconds(20),
  }

  it.each(['timely', 'dstream'] as const)(
    'of a trial on %s is what was offered',
    async (engine) => {
      for (const rate of [1, 10]) {
        const outcome = await runTrial({ ...spec, engine, rate })
        expect(outcome.recordsMeasured).toBe(rate)
        expect(outcome.processedPerSecond).toBeGreaterThan(0.99 * rate)
        expect(outcome.processedPerSecond).toBeLessThanOrEqual(rate)
      }
    },
  )

  it.each([
    ['timely', 10],
    ['dstream', 500],
  ] as const)('is held to the slides of windows, whatever the tick: %s', async (engine, tick) => {
    const outcome = await runTrial({
      ...spec,
      workload: 'word-count',
      parameters: { interval: '500ms', length: '1s', slide: '500ms', mode: 'window-inverse' },
      engine,
      tick: milliseconds(tick),
      rate: 100,
      measured: seconds(2),
    })
    expect(outcome.lagEnds).toMatchObject({ ticks: 4, period: milliseconds(500) })
  })

  it('is missing where no record was due', async () => {
    const outcome = await runTrial({ ...spec, warmup: seconds(0.5), measured: seconds(0.4) })
    expect(outcome).toMatchObject({ recordsMeasured: 0, processedPerSecond: 0 })
  })
})

describe('a pace is the lesser of two', () => {
  const pace = (ticks: readonly (readonly [tick: number, visibleAt: number])[], start: number) =>
    paceOf(
      ticks.map(([tick, visibleAt]) => ({ tick: seconds(tick), visibleAt: seconds(visibleAt) })),
      { clock: 0, start: seconds(start) },
      (instant) => instant / 1e6,
    )

  it('not that of catching up: all that was behind becomes visible at once', () => {
    const ticks = [
      [1, 1.1],
      [2, 10],
      [3, 10.1],
      [4, 10.2],
      [5, 10.3],
    ] as const
    // By the commits alone 10,000 a second.
    expect(pace(ticks, 2)).toBeCloseTo(4_000 / 8.3, 6)
  })

  it('not with most of a tick that was due in the warm-up', () => {
    const ticks = [
      [10, 13],
      [20, 23],
    ] as const
    // By the wall 20,000 records in 11 s.
    expect(pace(ticks, 12)).toBeCloseTo(1_000, 6)
  })
})

const counts = { ...cannedSpec, tick: milliseconds(100), partitions: 2, measured: seconds(1) }
const countsConfig = configOf(counts)
const countsDataflow = buildDataflow(await loadPlan(countsConfig.plan))

describe('the measures of a trial', () => {
  const of = {
    spec: counts,
    config: countsConfig,
    dataflow: countsDataflow,
    outputs: expectedCommits(countsDataflow, countsConfig),
  }

  /** Of a run of 2 s of which the first is warm-up: a tick is visible `lag` after it has ended, undefined for never on partition 1. */
  function measured(lag: (tick: Nanos) => Nanos | undefined) {
    const commits: VisibleCommit[] = []
    for (let tick = counts.tick; tick <= countsConfig.input.duration; tick += counts.tick) {
      for (const partition of [0, 1]) {
        const late = partition === 0 ? 0 : lag(tick)
        if (late === undefined) continue
        const place = { generation: 1, output: 0, partition, tick }
        commits.push({ ...place, rows: 1, lane0: 0, lane1: 0, visibleAt: tick + late })
      }
    }
    const record: RunRecord = {
      world: 'simulated',
      outcome: 'completed',
      commits,
      staleCommits: 0,
      rows: [],
      history: [],
      processes: [],
    }
    return measuresOf(record, of)
  }

  it('are of what was due after the warm-up', () => {
    const slowStart = (tick: Nanos): Nanos => (tick <= seconds(1) ? seconds(5) : milliseconds(10))
    const { latency, recordsMeasured } = measured(slowStart)
    expect([latency!.count, recordsMeasured]).toEqual([1_000, 1_000])
    expect(latency!.max).toBe(milliseconds(110))
  })

  it('have no quantiles of latency where a record never became visible', () => {
    const lost = measured((tick) => (tick === seconds(1.5) ? undefined : milliseconds(10)))
    expect(lost).not.toHaveProperty('latency')
    // Lost in the warm-up is not measured either.
    const early = measured((tick) => (tick === seconds(0.5) ? undefined : milliseconds(10)))
    expect(early.latency!.count).toBe(1_000)
  })
})

it('what processes used: sums, the largest of what is a maximum, and stalls of all threads', () => {
  const life = (process: number, stall: number, counters: ProcessReport['counters']) => {
    const stalls = new Histogram()
    stalls.add(stall)
    return { process, incarnation: 1, cpuNs: 5, memoryBytesMax: 10, stalls, counters }
  }
  const processes = [
    life(0, 7, { dataRows: 1, stateKeysMax: 9 }),
    life(0, 3, { dataRows: 2, stateKeysMax: 4 }),
    life(1, 200, { dataRows: 4, stateKeysMax: 5 }),
  ]
  const used = resourcesOf({
    world: 'threads',
    outcome: 'completed',
    commits: [],
    staleCommits: 0,
    rows: [],
    history: [],
    processes,
  })
  expect(used).toMatchObject({ cpuNs: [10, 5], memoryBytesMax: 30 })
  expect(used.counters).toEqual({ dataRows: 7, stateKeysMax: 9 })
  expect(used.stalls).toMatchObject({ count: 3, p50: 7, max: 200 })
})
