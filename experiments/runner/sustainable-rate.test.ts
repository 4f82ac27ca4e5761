/** The rules of what counts as sustained can each fail, and a search ends between what held and what did not. */
import { describe, expect, it } from 'vitest'
import { cannedOutcome } from './canned.fixture.ts'
import { RateSearch, whyNotSustained } from './sustainable-rate.ts'
import type { TrialOutcome } from './trial-spec.ts'

const BOUND = 1e9
const lagSlope = (low: number, thirds: number) => ({ estimate: 47e6, low, high: 90e6, thirds })
const rate = 1_000

describe('sustained is', () => {
  const good = cannedOutcome({ rate, capacity: rate })
  const { lagSlope: _, ...few } = good
  const why = (change: Partial<TrialOutcome>, base: TrialOutcome = good) =>
    whyNotSustained({ ...base, ...change }, BOUND, rate)
  const lagEnds = (first: number, last: number, period = 500e6) => ({
    lagEnds: { first, last, max: Math.max(first, last), ticks: 4, elapsed: 1_500e6, period },
  })

  it('a trial that did all of it', () => expect(why({})).toBe(''))

  it('one with a pause, after which the lag is what it was', () => {
    expect(why({ lagSlope: lagSlope(40e6, 1e6) })).toBe('')
  })

  it.each([
    ['ended late', { outcome: 'timed-out' }, 'timed-out'],
    ['was wrong', { verdict: 'invalid' }, 'invalid'],
    ['was not judged', { verdict: 'unknown' }, 'unknown'],
    ['was too slow', { latency: { ...good.latency!, p99: 1.1e9 } }, 'p99 1100 ms'],
    ['falls behind', { lagSlope: lagSlope(6e6, 8e6) }, 'lag grows by 8.0 ms'],
    ['falls behind by 2 %', { lagSlope: lagSlope(0, 21e6) }, 'lag grows by 21.0 ms'],
    ['did too little', { processedPerSecond: 979 }, '97.9 % of the offered rate'],
  ] as const)('not one that %s', (_name, change, reason) => {
    expect(why(change)).toContain(reason)
  })

  it('with or without a slope at 98 % of what was offered', () => {
    expect(why({ processedPerSecond: 981 })).toBe('')
    expect(why({ processedPerSecond: 960 }, few)).toBe('96.0 % of the offered rate')
  })

  it('with few ticks, when the lag has grown by no more than 5 % of the time between them', () => {
    expect(why(lagEnds(500e6, 574e6), few)).toBe('')
    expect(why(lagEnds(500e6, 400e6), few)).toBe('')
    expect(why(lagEnds(500e6, 576e6), few)).toBe('lag grew by 76 ms in 4 ticks')
    // Although every batch was done before the next was due: soon one will not be.
    expect(why(lagEnds(300e6, 376e6), few)).toBe('lag grew by 76 ms in 4 ticks')
    // A slope says more.
    expect(why(lagEnds(500e6, 576e6))).toBe('')
  })

  it('a pace below that only when every tick was committed before the next was due', () => {
    const slow = { processedPerSecond: 960 }
    expect(why({ ...slow, ...lagEnds(400e6, 450e6) }, few)).toBe('')
    expect(why({ ...slow, ...lagEnds(450e6, 501e6) }, few)).toBe('96.0 % of the offered rate')
    expect(why({ ...slow, ...lagEnds(501e6, 450e6) }, few)).toBe('96.0 % of the offered rate')
    // Without windows, its own tick.
    expect(why({ ...slow, ...lagEnds(9e6, 11e6, 10e6) }, few)).toBe('96.0 % of the offered rate')
  })
})

describe('a search', () => {
  const searchFrom = (guess: number) =>
    new RateSearch({ guess: () => guess, boundNs: BOUND, tolerance: 0.83 })
  const step = (search: RateSearch, capacity: number) =>
    search.add(search.next(), cannedOutcome({ rate: search.next(), capacity }))

  it.each([0.3, 0.7, 0.9, 1.2, 1.4, 5])(
    'that begins at %s of the capacity ends between a rate that held and one that failed',
    (share) => {
      const capacity = 1_000_000
      const search = searchFrom(capacity * share)
      for (let steps = 0; steps < 6 && !search.settled; steps++) step(search, capacity)
      expect(search.settled).toBe(true)
      const { held, limit } = search.bracket
      expect(held).toBeLessThanOrEqual(capacity)
      expect(limit).toBeGreaterThan(capacity)
      expect(held).toBeGreaterThanOrEqual(limit * 0.83)
      expect(search.steps.find(({ rate }) => rate === limit)).toMatchObject({ sustained: false })
    },
  )

  it('that begins with a small overload takes three trials, with a near one two', () => {
    for (const [guess, trials] of [
      [1_500, 3],
      [1_050, 2],
    ] as const) {
      const search = searchFrom(guess)
      while (!search.settled) step(search, 1_000)
      expect(search.steps).toHaveLength(trials)
    }
  })

  it('bisects where a disturbed trial has sent it far too low', () => {
    const search = searchFrom(2_000)
    search.add(2_000, {
      ...cannedOutcome({ rate: 2_000, capacity: 1_500 }),
      processedPerSecond: 800,
    })
    step(search, 1_500)
    step(search, 1_500)
    // Above the pace that was seen.
    expect(search.sustained!.rate).toBe(867)
    expect(search.next()).toBe(Math.round(Math.sqrt(867 * 2_000)))
  })

  it('uses the pace of the overload that it climbed into', () => {
    const search = searchFrom(1_000)
    step(search, 3_000)
    step(search, 3_000)
    step(search, 3_000)
    step(search, 3_000)
    expect(search.steps.at(-1)).toMatchObject({ rate: 4_801, sustained: false })
    expect(search.next()).toBe(2_730)
  })

  it('uses the pace of an overload that its deadline has ended', () => {
    const search = searchFrom(2_000)
    const { latency, ...ended } = cannedOutcome({ rate: 2_000, capacity: 1_500 })
    search.add(2_000, { ...ended, outcome: 'timed-out' })
    expect(search.estimate).toBe(1_500)
    expect(search.next()).toBe(1_365)
  })

  it('looks no further below an overload than settles it', () => {
    const search = searchFrom(1_000)
    step(search, 980)
    expect(search.next()).toBe(840)
  })

  it('asks for its first rate when it begins, and has none before', () => {
    let guess = 100
    const search = new RateSearch({ guess: () => guess, boundNs: BOUND, tolerance: 0.83 })
    expect([search.estimate, search.width]).toEqual([undefined, Number.POSITIVE_INFINITY])
    guess = 1_200
    step(search, 1_000)
    expect(search.steps[0]!.rate).toBe(1_200)
    expect(search.estimate).toBe(1_000)
    step(search, 1_000)
    expect(search.width).toBeCloseTo(1_200 / 910)
  })

  it('that has only seen rates hold has no upper bound', () => {
    const search = searchFrom(100)
    step(search, 1_000)
    expect([search.bounded, search.settled, search.next()]).toEqual([false, false, 119])
  })

  it('without a pace goes down as far as a failure settles', () => {
    const search = searchFrom(1_000)
    step(search, 0)
    expect(search.next()).toBe(840)
  })

  it('goes well below the lowest pace after two failures, until something holds', () => {
    const search = searchFrom(2_000)
    step(search, 1_800)
    for (let trials = 0; search.sustained === undefined; trials++) {
      expect(trials).toBeLessThan(4)
      step(search, 450)
    }
    expect(search.steps.map(({ rate }) => rate)).toEqual([2_000, 1_638, 315])
    // And above that again, not where the pace of a better moment has failed.
    expect(search.next()).toBe(718)
    const rounded = searchFrom(2_000)
    for (const capacity of [1_801, 450, 450]) step(rounded, capacity)
    expect(rounded.steps.map(({ rate }) => rate)).toEqual([2_000, 1_639, 315])
    expect(rounded.next()).toBe(719)
    const slower = searchFrom(2_000)
    for (const capacity of [1_800, 1_500, 300]) step(slower, capacity)
    expect(slower.next()).toBe(210)
  })

  it('learns nothing about a rate from a wrong output, as whoever reads its rows', () => {
    const search = searchFrom(1_000)
    const wrong = { ...cannedOutcome({ rate: 1_000, capacity: 800 }), verdict: 'invalid' } as const
    search.add(1_000, wrong)
    expect(search.bracket).toEqual({ held: undefined, limit: Number.POSITIVE_INFINITY })
    expect(search.next()).toBe(1_000)
    step(search, 800)
    search.add(search.next(), { ...wrong, processedPerSecond: 100 })
    expect(search.bracket.limit).toBe(1_000)
    expect(search.next()).toBe(728)
  })

  it('counts how often both ends were tried, and one failure undoes what held', () => {
    const search = searchFrom(1_500)
    while (!search.settled) step(search, 1_000)
    const { held, limit } = search.bracket
    expect(search.tries).toEqual({ held: 1, limit: 1 })
    search.add(held!, cannedOutcome({ rate: held!, capacity: 1_000 }))
    expect(search.tries).toEqual({ held: 2, limit: 1 })
    search.add(held!, cannedOutcome({ rate: held!, capacity: 800 }))
    expect(search.bracket.limit).toBe(held)
    expect(search.bracket.limit).toBeLessThan(limit)
  })
})
