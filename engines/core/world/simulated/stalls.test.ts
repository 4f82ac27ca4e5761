/** Replayed stalls have the distribution that was recorded, one a window. */
import { expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { Stalls } from './stalls.ts'

it('draws from the distribution, once a window of a process', () => {
  const stalls = new Stalls(
    [
      [0, 0.25],
      [5_000, 0.05],
      [90_000, 0],
    ],
    seededRandom(1),
  )
  const seen = new Map<number, number>()
  for (let window = 1; window <= 20_000; window++) {
    const pause = stalls.pause(0, window * 1_000_000)
    seen.set(pause, (seen.get(pause) ?? 0) + 1)
    expect(stalls.pause(0, window * 1_000_000 + 999_999)).toBe(0)
  }
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual([0, 5_000, 90_000])
  expect(seen.get(0)! / 20_000).toBeCloseTo(0.75, 1)
  expect(seen.get(90_000)! / 20_000).toBeCloseTo(0.05, 1)
})

it('has none where none were recorded', () => {
  expect(new Stalls([], seededRandom(1)).pause(0, 5_000_000)).toBe(0)
})
