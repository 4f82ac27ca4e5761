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
  const lagEnds = (first: number, last: number, tick = 500e6) => ({
    lagEnds: { first, last, max: Math.max(first, last), ticks: 4, elapsed: 1_500e6, tick },
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
    expect(why(lagEnds(200e6, 274e6), few)).toBe('')
    expect(why(lagEnds(200e6, 100e6), few)).toBe('')
    expect(why(lagEnds(200e6, 276e6), few)).toBe('lag grew by 76 ms in 4 ticks')
    // A slope says more.
    expect(why(lagEnds(200e6, 276e6))).toBe('')
  })

  it('a pace below that only when every tick was committed before the next was due', () => {
    const slow = { processedPerSecond: 960 }
    expect(why({ ...slow, ...lagEnds(400e6, 450e6) }, few)).toBe('')
    expect(why({ ...slow, ...lagEnds(450e6, 501e6) }, few)).toBe('96.0 % of the offered rate')
    expect(why({ ...slow, ...lagEnds(501e6, 450e6) }, few)).toBe('96.0 % of the offered rate')
    // The engine's tick, not the period of a window.
    expect(why({ ...slow, ...lagEnds(9e6, 11e6, 10e6) }, few)).toBe('96.0 % of the offered rate')
  })
})

describe('a search', () => {
  it.each([0.3, 0.9, 1.4, 5])('that begins at %s of the capacity ends close below it', (share) => {
    const capacity = 1_000_000
    const search = new RateSearch({ guess: capacity * share, boundNs: BOUND, tolerance: 0.8 })
    for (let step = 0; step < 8 && !search.settled; step++) {
      search.add(search.next(), cannedOutcome({ rate: search.next(), capacity }))
    }
    expect(search.settled).toBe(true)
    expect(search.sustained!.rate).toBeLessThanOrEqual(capacity)
    expect(search.sustained!.rate).toBeGreaterThan(0.75 * capacity)
    expect(search.bracket.limit).toBeGreaterThanOrEqual(capacity)
  })

  it('that has only seen rates hold has no upper bound', () => {
    const search = new RateSearch({ guess: 100, boundNs: BOUND, tolerance: 0.8 })
    search.add(100, cannedOutcome({ rate: 100, capacity: 1_000 }))
    expect([search.bounded, search.settled, search.next()]).toEqual([false, false, 160])
  })

  it('without a pace goes down by large steps', () => {
    const search = new RateSearch({ guess: 1_000, boundNs: BOUND, tolerance: 0.8 })
    search.add(1_000, cannedOutcome({ rate: 1_000, capacity: 0 }))
    expect(search.next()).toBe(650)
  })
})
