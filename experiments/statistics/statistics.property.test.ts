/**
 * Laws: quantiles are monotone and move with the data; bootstrap intervals move with it too and cover the truth about as
 * often as they say; slopes are linear.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../engines/core/world/random.ts'
import { medianInterval } from './bootstrap.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { quantile } from './quantiles.ts'
import { slope, slopeInterval } from './slope.ts'
import { trendTest } from './steady-state.ts'

const parameters = { numRuns: Number(process.env.RUNS ?? 60) }
const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 })

describe('quantiles', () => {
  it('are monotone in the probability and stay within the sample', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(sample, unit, unit, (values, p, q) => {
        const [low, high] = [quantile(values, Math.min(p, q)), quantile(values, Math.max(p, q))]
        expect(low).toBeLessThanOrEqual(high)
        expect(low).toBeGreaterThanOrEqual(Math.min(...values))
        expect(high).toBeLessThanOrEqual(Math.max(...values))
      }),
      parameters,
    )
  })
  it('the normal quantile inverts its distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13)
      }),
      parameters,
    )
  })
})

describe('bootstrap of medians', () => {
  it('moves with shift and scale', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 9 }), (values, factor) => {
        const options = { seed: 3, resamples: 200, method: 'percentile' } as const
        const plain = medianInterval(values, options)
        const moved = medianInterval(
          values.map((value) => factor * value + 4),
          options,
        )
        expect(moved.low).toBeCloseTo(factor * plain.low + 4, 9)
        expect(moved.high).toBeCloseTo(factor * plain.high + 4, 9)
      }),
      parameters,
    )
  })

  it('covers the true median of skewed data in most of 300 samples', () => {
    const random = seededRandom(11)
    const covered = { percentile: 0, bca: 0 }
    for (let trial = 0; trial < 300; trial++) {
      const values = Array.from({ length: 15 }, () => -Math.log(1 - random.unit()))
      for (const method of ['percentile', 'bca'] as const) {
        const { low, high } = medianInterval(values, { seed: trial, resamples: 300, method })
        if (low <= Math.LN2 && Math.LN2 <= high) covered[method]++
      }
    }
    // True coverage is 93 %, tried on 2,000 samples of 5, 10, 15 and 16; the bound is four standard deviations below.
    expect(covered.percentile).toBeGreaterThan(261)
    expect(covered.bca).toBeGreaterThan(261)
  })
})

describe('slope and trend', () => {
  const series = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 30 })
  it('adding a line adds its slope, to the interval too', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: -5, max: 5 }), (ys, by) => {
        const xs = ys.map((_, index) => index)
        const tilted = ys.map((y, index) => y + by * index)
        expect(slope(xs, tilted)).toBeCloseTo(slope(xs, ys) + by, 9)
        const options = { seed: 1, resamples: 100 }
        const plain = slopeInterval(xs, ys, options)
        expect(slopeInterval(xs, tilted, options).low).toBeCloseTo(plain.low + by, 9)
        expect(plain.low).toBeLessThanOrEqual(plain.high)
      }),
      parameters,
    )
  })
  it('the interval of autocorrelated noise covers zero in most of 200 series', () => {
    const random = seededRandom(12)
    let covered = 0
    for (let trial = 0; trial < 200; trial++) {
      let level = 0
      const ys = Array.from({ length: 200 }, () => {
        level = 0.6 * level + random.unit() - 0.5
        return level
      })
      const xs = ys.map((_, index) => index)
      const { low, high } = slopeInterval(xs, ys, { seed: trial, resamples: 300 })
      if (low <= 0 && 0 <= high) covered++
    }
    expect(covered).toBeGreaterThan(170)
  })
  it('a reversed series has the opposite trend', () => {
    fc.assert(
      fc.property(series, (ys) => {
        const there = trendTest(ys)
        const back = trendTest([...ys].reverse())
        expect(back.s + there.s).toBe(0)
        expect(back.pValue).toBeCloseTo(there.pValue, 12)
      }),
      parameters,
    )
  })
})
