/** A trial over time, from canned commits: what becomes visible when, what is left, and which trends are seen. */
import { describe, expect, it } from 'vitest'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { TickLog } from '../../engines/core/input/tick-log.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import { completedTicks } from './completed-ticks.ts'
import { timelineOf, trendsOf } from './trial-series.ts'

const MS = 1_000_000
const RATE = 1_000

/** One partition, ticks of 100 ms; `lag(i)` of the i-th tick from 0, undefined if it was never committed. */
function seriesOf(ticks: number, lag: (index: number) => number | undefined, clock = 0) {
  const schedule = createInputLog(
    { partitions: 1, input: { rate: RATE, duration: ticks * 100 * MS } },
    { bytes: 0, offsets: 0, records: 1 },
  )
  const commits = Array.from({ length: ticks }, (_, index) => {
    const tick = (index + 1) * 100 * MS
    const late = lag(index)
    const place = { generation: 0, output: 0, partition: 0, tick, rows: 1, lane0: 0, lane1: 0 }
    return late === undefined ? [] : [{ ...place, visibleAt: tick + late }]
  }).flat()
  return {
    latency: {
      commits,
      output: 0,
      visibleOn: 'all-partitions',
      partitions: [0],
      ticks: new TickLog(100 * MS),
      schedule,
    },
    completed: completedTicks(commits, 0, 1),
    dueBefore: (instant: number) => schedule.dueBefore(0, instant),
    clock,
    start: clock,
    end: ticks * 100 * MS,
    history: [],
  } as const
}

describe('a tick is complete', () => {
  const commit = (tick: number, partition: number, visibleAt: number, output = 0) => {
    return { generation: 0, output, partition, tick, rows: 1, lane0: 0, lane1: 0, visibleAt }
  }

  it('with the first commit of its last partition', () => {
    const commits = [
      commit(20, 1, 22),
      commit(10, 0, 11),
      commit(10, 1, 15),
      commit(20, 0, 29),
      // Of another output, and again.
      commit(20, 0, 23, 1),
      commit(10, 1, 40),
    ]
    expect(completedTicks(commits, 0, 2)).toEqual([
      { tick: 10, visibleAt: 15 },
      { tick: 20, visibleAt: 29 },
    ])
  })

  it('and none behind one that is not', () => {
    const commits = [commit(10, 0, 11), commit(20, 0, 21), commit(30, 0, 31)]
    const others = [commit(10, 1, 12), commit(30, 1, 32)]
    expect(completedTicks([...commits, ...others], 0, 2)).toEqual([{ tick: 10, visibleAt: 12 }])
  })
})

describe('the timeline', () => {
  it('has the batches that ended in a second, the largest resident set, and the generation at its end', () => {
    const event = (at: number, name: string, fields: HistoryEvent['fields']): HistoryEvent => ({
      at: at * MS,
      process: 0,
      incarnation: 1,
      event: name,
      fields,
    })
    const batch = (at: number, processingDelayNs: number, schedulingDelayNs: number) =>
      event(at, 'batch-completed', { processingDelayNs, schedulingDelayNs })
    const history = [
      batch(500, 10, 1),
      batch(1_000, 30, 2),
      event(1_500, 'generation-issued', { generation: 2 }),
      batch(1_700, 50, 9),
      event(300, 'resident-set', { bytes: 4 }),
      event(900, 'resident-set', { bytes: 3 }),
      event(1_100, 'resident-set', { bytes: 5 }),
    ]
    const timeline = timelineOf({ ...seriesOf(30, () => 5 * MS), history })
    const rows = timeline.map(({ processing, schedulingDelay, residentBytesMax, generation }) => [
      processing,
      schedulingDelay,
      residentBytesMax,
      generation,
    ])
    expect(rows).toEqual([
      [20, 2, 4, 1],
      [50, 9, 5, 2],
      [undefined, undefined, undefined, 2],
      [undefined, undefined, undefined, 2],
    ])
  })

  it('has a second a row, and what came after the input too', () => {
    const timeline = timelineOf(seriesOf(20, (index) => (index < 10 ? 5 * MS : 600 * MS)))
    expect(timeline.map(({ at, interval }) => [at / MS, interval / MS])).toEqual([
      [1_000, 1_000],
      [2_000, 1_000],
      [2_600, 600],
    ])
    // The tick that ends at 1 s is visible 5 ms later.
    expect(timeline.map(({ backlogRecords }) => backlogRecords)).toEqual([100, 600, 0])
    expect(timeline.map(({ recordsPerSecond }) => recordsPerSecond)).toEqual([900, 500, 600 / 0.6])
    expect(timeline[0]!.lag).toBe(5 * MS)
    expect(timeline[1]!.p50! / MS).toBeGreaterThan(600)
    expect(timeline[2]).not.toHaveProperty('p50')
  })

  it('has no latency of records that were never visible', () => {
    const timeline = timelineOf(seriesOf(20, (index) => (index < 12 ? 5 * MS : undefined)))
    expect(timeline[0]).toHaveProperty('p99')
    expect(timeline[1]).not.toHaveProperty('p99')
    expect(timeline[1]!.backlogRecords).toBe(800)
  })

  it('counts from the start of the clock', () => {
    const [first] = timelineOf(seriesOf(30, () => 5 * MS, 1_000 * MS))
    expect(first).toMatchObject({ at: 1_000 * MS, recordsPerSecond: 900 })
  })
})

describe('trends', () => {
  it('are steady, rising or falling, of lag and of latency', () => {
    expect(trendsOf(seriesOf(100, () => 50 * MS))).toMatchObject({
      lag: { state: 'steady' },
      latency: { state: 'steady' },
    })
    expect(trendsOf(seriesOf(100, (index) => index * 10 * MS))).toMatchObject({
      lag: { state: 'rising' },
      latency: { state: 'rising' },
    })
    expect(trendsOf(seriesOf(100, (index) => (100 - index) * 10 * MS)).lag?.state).toBe('falling')
  })

  it('are not tested with too few ticks', () => {
    expect(trendsOf(seriesOf(19, () => 5 * MS))).toEqual({})
  })
})
