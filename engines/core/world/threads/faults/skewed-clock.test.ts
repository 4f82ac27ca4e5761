import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../../columns/memory.ts'
import type { InputLog } from '../../../input/input-log.ts'
import { FaultWords } from './fault-words.ts'
import { notAhead, SkewedClock } from './skewed-clock.ts'

function clockOf(...skews: readonly (readonly [at: number, length: number, by: number])[]) {
  const words = new FaultWords(RunMemory.reserve(2 * PAGE_BYTES), PAGE_BYTES, skews.length)
  const faults = skews.map(([at, length, by], place) => {
    words.begin(place, at)
    return { kind: 'skew', process: 0, at, length, by, place } as const
  })
  const time = { now: 0 }
  const clock = new SkewedClock(faults, words, { now: () => time.now, start: 0 })
  /** What it says at each of these instants. */
  const says = (...instants: readonly number[]): number[] =>
    instants.map((now) => {
      time.now = now
      return clock.now()
    })
  return { clock, words, says }
}

test('ahead, it goes on when the true clock has caught up', () => {
  const { says } = clockOf([10, 20, 5])
  expect(says(9, 10, 29, 30, 33, 34, 35, 36)).toEqual([9, 15, 34, 34, 34, 34, 35, 36])
})

test('behind, it stands still first', () => {
  const { says } = clockOf([10, 20, -5])
  expect(says(9, 10, 14, 15, 29, 30)).toEqual([9, 9, 9, 10, 24, 30])
})

test('behind from the start, it stands where the run’s clock starts', () => {
  expect(clockOf([0, 100, -5]).says(0, 4, 6)).toEqual([0, 0, 1])
})

test('skews add up', () => {
  expect(clockOf([10, 20, 5], [20, 20, -2]).says(10, 20, 29, 30, 33, 40)).toEqual([
    15, 23, 32, 32, 32, 40,
  ])
})

test('it says at which true instant it will say another', () => {
  const { clock, says } = clockOf([10, 20, 5])
  says(12)
  expect(clock.trueInstantOf(25, 12)).toBe(20)
  expect([clock.nextChange(9), clock.nextChange(10), clock.nextChange(30)]).toEqual([
    10,
    30,
    Number.POSITIVE_INFINITY,
  ])
})

test('each step by a wrong clock is a hit', () => {
  const { clock, words } = clockOf([10, 20, 5])
  for (const now of [9, 10, 29, 30]) clock.stepped(now)
  expect(words.hits(0)).toBe(2)
})

test('nobody reads what is not due by the run’s clock', () => {
  const log = { partitions: 1, frontier: () => 50 } as unknown as InputLog
  const time = { now: 40 }
  const seen = notAhead(log, () => time.now)
  expect([seen.partitions, seen.frontier(0)]).toEqual([1, 40])
  time.now = 60
  expect(seen.frontier(0)).toBe(50)
})
