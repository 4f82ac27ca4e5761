/** The rule by which ticks are chosen: what counts, what is a tie, what is out. */
import { describe, expect, it } from 'vitest'
import { median } from './median.ts'
import {
  begunLoad,
  latencyNoise,
  latencyOrder,
  latencyTick,
  NEAR_SHARES,
  NOISE_LEAST,
  nearLoad,
  paceNoise,
  type TickRow,
  type TickTries,
  throughputOrder,
  throughputTick,
  tickCells,
} from './tick-choice.ts'

const MS = 1e6
const rowOf = (row: Partial<TickRow>): TickRow => ({
  role: 'probe',
  verdict: 'valid',
  arm: 'grep',
  engine: 'timely',
  ...row,
})
/** 1.3 times as much was offered. */
const overload = (tick: number, pace: number): TickRow =>
  rowOf({
    tick_ns: tick * MS,
    throughput_records_per_s: pace,
    offered_records_per_s: pace * 1.3,
  })
const load = (role: string, tick: number, p99: number, p50 = p99 / 2): TickRow =>
  rowOf({
    role,
    tick_ns: tick * MS,
    sustained: true,
    offered_records_per_s: 100,
    throughput_records_per_s: 100,
    latency_ns_p50: p50 * MS,
    latency_ns_p99: p99 * MS,
  })
const near = (tick: number, rate: number): TickRow => ({
  ...load('search', tick, 900),
  offered_records_per_s: Math.round(rate),
})
const half = (tick: number, p99: number, p50?: number): TickRow => load('half-load', tick, p99, p50)
/** Its latency was measured and is that of a queue. */
const notHeld = (row: TickRow): TickRow => ({ ...row, sustained: false })

const ticksOf = (...rows: readonly TickRow[]): readonly TickTries[] => tickCells(rows)[0]!.ticks
const ms = (tries: TickTries | undefined): number | undefined => tries && tries.tick / MS

describe('rows are read', () => {
  it('by case and engine, ticks in their order, tries by their loads', () => {
    const cells = tickCells([
      overload(50, 200),
      overload(5, 100),
      { ...overload(5, 300), engine: 'dstream' },
      { ...overload(5, 400), arm: 'word-count' },
      near(50, 100),
      half(50, 60, 30),
      rowOf({ role: 'baseline', arm: undefined, engine: 'single-thread' }),
    ])
    expect(cells.map(({ caseName, engine }) => `${caseName} ${engine}`)).toEqual([
      'grep timely',
      'grep dstream',
      'word-count timely',
    ])
    expect(cells[0]!.ticks.map(ms)).toEqual([5, 50])
    const tries = { rate: 100, held: true }
    expect(cells[0]!.ticks[1]).toEqual({
      tick: 50 * MS,
      paces: [200],
      overloads: 1,
      near: [{ ...tries, p50: 450 * MS, p99: 900 * MS }],
      half: [{ ...tries, p50: 30 * MS, p99: 60 * MS }],
    })
  })

  it('without a pace of who kept up, did too little, or was wrong', () => {
    const [tries] = ticksOf(
      { ...overload(5, 100), offered_records_per_s: 101 },
      { ...overload(5, 100), offered_records_per_s: 300 },
      { ...overload(5, 100), verdict: 'invalid' },
      { ...overload(5, 100), verdict: 'unknown' },
      overload(5, 90),
    )
    expect(tries).toMatchObject({ paces: [90], overloads: 5 })
  })

  it.each([
    notHeld(half(5, 60)),
    { ...half(5, 60), verdict: 'invalid' },
    { ...half(5, 60), verdict: 'unknown', sustained: undefined },
    { ...half(5, 60), latency_ns_p99: undefined },
  ])('without a latency of what was not held: %#', (row) => {
    const [{ half: tries }] = ticksOf(row) as [TickTries]
    expect(tries).toEqual([
      { rate: 100, held: false, p50: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY },
    ])
  })
})

describe('noise', () => {
  it('is the median spread of the ticks that were tried more than once, of both engines', () => {
    const cells = tickCells([
      ...[100, 110].map((pace) => overload(5, pace)),
      ...[100, 150, 120].map((pace) => ({ ...overload(5, pace), engine: 'dstream' })),
      ...[100, 120].map((pace) => ({ ...overload(10, pace), engine: 'dstream' })),
      overload(50, 900),
    ])
    expect(paceNoise(cells)).toBeCloseTo(1.2)
    const calm = [overload(5, 100), overload(5, 101), overload(10, 200)]
    expect(paceNoise(tickCells(calm))).toBe(NOISE_LEAST.pace)
    expect(paceNoise(tickCells(calm.slice(1)))).toBe(NOISE_LEAST.pace)
  })
  it('of latencies leaves out what was not held', () => {
    const cells = tickCells([
      half(5, 10),
      half(5, 13),
      half(10, 10),
      notHeld(half(10, 900)),
      half(50, 60),
    ])
    expect(latencyNoise(cells)).toBeCloseTo(1.3)
    expect(latencyNoise(tickCells([half(5, 10), half(5, 11)]))).toBe(NOISE_LEAST.p99)
  })
})

/** An overload, and a load of the share of its pace. */
const paced = (tick: number, pace: number, share = 0.9): readonly TickRow[] => [
  overload(tick, pace),
  near(tick, pace * share),
]

describe('a load near the pace of a tick', () => {
  it('is the first share of its pace, and the next where one failed, until one holds', () => {
    const loadOf = (...rows: readonly TickRow[]) => {
      const found = nearLoad(ticksOf(overload(5, 200), ...rows)[0]!)
      return found && [found.rate, found.tries.length]
    }
    const [first, second, third] = NEAR_SHARES.map((share) => near(5, 200 * share))
    expect(loadOf()).toEqual([180, 0])
    expect(loadOf(first!)).toEqual([180, 1])
    expect(loadOf(notHeld(first!))).toEqual([150, 0])
    expect(loadOf(notHeld(first!), first!)).toEqual([150, 0])
    expect(loadOf(notHeld(first!), first!, first!)).toEqual([180, 3])
    expect(loadOf(notHeld(first!), second!)).toEqual([150, 1])
    expect(loadOf(notHeld(first!), notHeld(second!))).toEqual([120, 0])
    expect(loadOf(notHeld(first!), notHeld(second!), notHeld(third!))).toBeUndefined()
    expect(nearLoad(ticksOf(half(5, 9))[0]!)).toBeUndefined()
  })
  it('is begun until its tries decide', () => {
    const rateOf = (...rows: readonly TickRow[]) =>
      begunLoad(ticksOf(overload(5, 200), ...rows)[0]!, 3)
    const first = near(5, 180)
    expect(rateOf()).toBeUndefined()
    expect(rateOf(first)).toBe(180)
    expect(rateOf(notHeld(first))).toBe(180)
    expect(rateOf(notHeld(first), first)).toBe(180)
    expect(rateOf(first, first)).toBeUndefined()
    expect(rateOf(notHeld(first), notHeld(first))).toBeUndefined()
    expect(rateOf(notHeld(first), notHeld(first), near(5, 150))).toBe(150)
  })
})

describe('the tick for throughput', () => {
  it('held the highest load; a pace that it did not hold is none', () => {
    const long = [overload(500, 200), notHeld(near(500, 180))]
    const ticks = (share: number): readonly TickTries[] =>
      ticksOf(...paced(50, 150), ...long, near(500, 200 * share))
    // 135 of the short one.
    expect(ms(throughputTick(ticks(0.75), 1))).toBe(500)
    expect(ms(throughputTick(ticks(0.6), 1))).toBe(50)
    expect(ms(throughputTick(ticksOf(...paced(50, 150), ...paced(500, 160)), 1))).toBe(500)
  })
  it('rests on the median of the paces', () => {
    const paces = [200, 210, 90].map((pace) => overload(50, pace))
    expect(nearLoad(ticksOf(...paces)[0]!)).toMatchObject({ rate: 180 })
  })
  it('is the shortest of those within the noise of the best', () => {
    const ticks = ticksOf(
      ...[...paced(5, 150), ...paced(10, 185), ...paced(50, 190), ...paced(500, 200)],
    )
    expect(ms(throughputTick(ticks, 1))).toBe(500)
    expect(ms(throughputTick(ticks, 1.07))).toBe(50)
    expect(ms(throughputTick(ticks, 1.1))).toBe(10)
    expect(ms(throughputTick(ticks, 1.5))).toBe(5)
  })
  it('is not known before what is compared was tried, nor where nothing held', () => {
    const paces = [overload(50, 190), overload(500, 200)]
    const [short, long] = [near(50, 171), near(500, 180)]
    expect(throughputTick(ticksOf(...paces, short), 1.1)).toBeUndefined()
    expect(throughputTick(ticksOf(...paces, long), 1.1)).toBeUndefined()
    expect(ms(throughputTick(ticksOf(...paces, long), 1))).toBe(500)
    expect(ms(throughputTick(ticksOf(...paces, short, long), 1.1))).toBe(50)
    expect(throughputOrder(ticksOf(...paces), 1.1)).toMatchObject({
      best: { tick: 500 * MS },
      preferred: { tick: 50 * MS },
    })
    const failed = NEAR_SHARES.map((share) => notHeld(near(50, 190 * share)))
    expect(throughputOrder(ticksOf(overload(50, 190), ...failed), 1.1)).toBeUndefined()
  })
})

describe('the tick for latency', () => {
  it('has the lowest p99, by the medians of its tries', () => {
    const ticks = ticksOf(
      ...[9, 8, 90].map((p99) => half(5, p99)),
      ...[20, 3, 21].map((p99) => half(20, p99)),
    )
    expect(ms(latencyTick(ticks, 1))).toBe(5)
  })
  it('has the lowest p50 of those within the noise of the best', () => {
    const ticks = ticksOf(half(5, 11, 1), half(10, 10, 3), half(20, 14, 0.5))
    expect(ms(latencyTick(ticks, 1))).toBe(10)
    expect(ms(latencyTick(ticks, 1.2))).toBe(5)
    expect(latencyOrder(ticks, 1.2)).toMatchObject({
      best: { tick: 10 * MS },
      preferred: { tick: 5 * MS },
    })
  })
  it('held half load in every try: a queue is no latency, however short it looks', () => {
    const ticks = ticksOf(half(5, 8), half(5, 8), notHeld(half(5, 8)), half(50, 60))
    expect(ms(latencyTick(ticks, 1))).toBe(50)
    expect(latencyTick(ticksOf(notHeld(half(5, 8))), 1)).toBeUndefined()
    expect(latencyTick(ticksOf(overload(5, 100)), 1)).toBeUndefined()
  })
})

it('a median takes infinities', () => {
  const never = Number.POSITIVE_INFINITY
  expect(
    [
      [3, 1, 2],
      [1, 4],
      [never, 1, never],
      [never, never],
    ].map(median),
  ).toEqual([2, 2.5, never, never])
})
