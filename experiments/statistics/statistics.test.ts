/**
 * Golden values. Sources: textbook tables where named; SciPy's and R's documented examples; otherwise counted by hand.
 */
import { describe, expect, it } from 'vitest'
import { bootstrap, clusteredMedianInterval, medianInterval } from './bootstrap.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { median, quantile } from './quantiles.ts'
import { slope, slopeInterval, slopeOfThirds } from './slope.ts'
import { steadyState, trendTest } from './steady-state.ts'

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('quantiles', () => {
  const check = (values: readonly number[], probability: number, expected: number): void =>
    expect(quantile(values, probability)).toBeCloseTo(expected, 12)

  it('interpolate as R type 7 does', () => {
    check([4, 1, 3, 2], 0.25, 1.75)
    check([4, 1, 3, 2], 0.5, 2.5)
    check([10, 20, 30], 0.9, 28)
    check([7], 0.99, 7)
    check([1, 2], 0, 1)
    check([1, 2], 1, 2)
  })
  it('keep equal infinities', () => check([1, Infinity, Infinity], 0.9, Infinity))
  it('take an infinity as what is above', () => {
    check([2, Infinity, 1], 0.5, 2)
    check([2, Infinity], 0.5, Infinity)
  })
  it('refuse an empty sample, NaN, and what is no probability', () => {
    expect(() => median([])).toThrow(/at least one/)
    expect(() => median([1, Number.NaN])).toThrow(/not a number/)
    expect(() => quantile([1], 1.1)).toThrow(/1.1 is not a probability/)
  })
})

describe('the normal distribution', () => {
  it('in the middle and in the tails', () => {
    expect(normalCdf(0)).toBe(0.5)
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14)
    expect(normalCdf(-5) / 2.866515718791939e-7).toBeCloseTo(1, 11)
    expect(normalCdf(-10) / 7.61985302416047e-24).toBeCloseTo(1, 11)
    expect(normalCdf(50)).toBe(1)
  })
  it('inverts', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 10)
    expect(normalQuantile(0)).toBe(-Infinity)
    expect(normalQuantile(1)).toBe(Infinity)
  })
})

describe('bootstrap', () => {
  // Efron and Tibshirani, table 14.1: variance of the spatial test data, 90 % intervals from 2,000 resamples.
  const spatial = [
    48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30,
    41,
  ]
  const variance = ([values]: readonly (readonly number[])[]): number => {
    const mean = values!.reduce((sum, value) => sum + value, 0) / values!.length
    return values!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values!.length
  }

  it('agrees with the book, by percentiles and by BCa', () => {
    const options = { seed: 1, resamples: 20_000, confidence: 0.9 }
    const plain = bootstrap([spatial], variance, { ...options, method: 'percentile' })
    const corrected = bootstrap([spatial], variance, options)
    expect(plain.estimate).toBeCloseTo(171.5, 1)
    expect(Math.abs(plain.low - 100.8)).toBeLessThan(4)
    expect(Math.abs(plain.high - 233.9)).toBeLessThan(4)
    expect(Math.abs(corrected.low - 115.8)).toBeLessThan(4)
    expect(Math.abs(corrected.high - 259.6)).toBeLessThan(6)
  })

  it('gives equal intervals for equal seeds only', () => {
    const once = medianInterval([3, 1, 4, 1, 5, 9, 2, 6], { seed: 5, method: 'percentile' })
    expect(medianInterval([3, 1, 4, 1, 5, 9, 2, 6], { seed: 5, method: 'percentile' })).toEqual(
      once,
    )
    const other = bootstrap([spatial], variance, { seed: 2, resamples: 500 })
    expect(bootstrap([spatial], variance, { seed: 3, resamples: 500 })).not.toEqual(other)
  })

  it('is infinitely wide for single trials, and of no width for constant ones', () => {
    expect(medianInterval([7], { seed: 1 })).toEqual({
      estimate: 7,
      low: -Infinity,
      high: Infinity,
    })
    expect(medianInterval([7, 7, 7], { seed: 1 })).toEqual({ estimate: 7, low: 7, high: 7 })
  })

  it('reaches as far as what never came', () => {
    const intervalOf = (values: readonly number[]) => medianInterval(values, { seed: 1 })
    expect(intervalOf([1, 2, 3, Infinity, Infinity])).toEqual({
      estimate: 3,
      low: 1,
      high: Infinity,
    })
    expect(intervalOf([1, 2, Infinity, Infinity, Infinity])).toMatchObject({
      estimate: Infinity,
      high: Infinity,
    })
    expect(intervalOf([Infinity, Infinity])).toEqual({
      estimate: Infinity,
      low: Infinity,
      high: Infinity,
    })
  })

  it('of clusters are of whole trials: what lies in one says nothing of the next', () => {
    const many = Array.from({ length: 8 }, (_, trial) => Array.from({ length: 5 }, () => trial))
    const clustered = clusteredMedianInterval(many, { seed: 3 })
    expect(clustered.estimate).toBe(3.5)
    const single = medianInterval(many.flat(), { seed: 3 })
    expect(clustered.high - clustered.low).toBeGreaterThan(single.high - single.low)
    // A trial with many faults counts for as many.
    expect(clusteredMedianInterval([[1, 1, 1], [2]], { seed: 1 }).estimate).toBe(1)
    expect(clusteredMedianInterval([[1, 2]], { seed: 1 }).high).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('slope', () => {
  it("is least squares: Anscombe's first set", () => {
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    expect(slope(xs, ys)).toBeCloseTo(0.5000909090909091, 12)
  })
  it('has no width on a line', () => {
    const { estimate, low, high } = slopeInterval(
      range(50),
      range(50).map((x) => 3 * x + 1),
      { seed: 1 },
    )
    for (const value of [estimate, low, high]) expect(value).toBeCloseTo(3, 9)
  })
  it('sees a growing queue, and none in a saw tooth', () => {
    const sawTooth = range(200).map((x) => x % 10)
    const flat = slopeInterval(range(200), sawTooth, { seed: 1 })
    expect(flat.low).toBeLessThan(0)
    expect(flat.high).toBeGreaterThan(0)
    const growing = slopeInterval(
      range(200),
      sawTooth.map((y, x) => y + 0.1 * x),
      { seed: 1 },
    )
    expect(growing.low).toBeGreaterThan(0)
  })
  it('of thirds sees a growing queue, and not a pause that is over', () => {
    const pause = range(90).map((x) => (x >= 50 && x < 70 ? 80 : 5))
    expect(slope(range(90), pause)).toBeGreaterThan(0.1)
    expect(slopeOfThirds(range(90), pause)).toBe(0)
    const growing = pause.map((y, x) => y + 0.1 * x)
    expect(slopeOfThirds(range(90), growing)).toBeGreaterThan(0.09)
    expect(slopeOfThirds(range(90), growing)).toBeLessThan(0.13)
    expect(() => slopeOfThirds([1, 2], [1, 2])).toThrow(/thirds of 2 x/)
  })
  it('refuses what is no series', () => {
    expect(() => slope([1, 1], [1, 2])).toThrow(/different x/)
    expect(() => slope([1], [1, 2])).toThrow(/not a series/)
    expect(() => slopeInterval([1, 2], [1, 2], { seed: 1 })).toThrow(/needs 3 points/)
  })
})

describe('steady state', () => {
  it("trend test: Kendall's table", () => {
    expect(trendTest([1, 2, 3, 4])).toEqual({ s: 6, pValue: 2 / 24 })
    // n = 10: P(S >= 23) = 0.023.
    const nearly = [3, 1, 2, 5, 4, 6, 7, 10, 8, 9]
    expect(trendTest(nearly).s).toBe(35)
    const s23 = [2, 5, 1, 6, 3, 9, 4, 10, 7, 8]
    expect(trendTest(s23).s).toBe(23)
    expect(trendTest(s23).pValue / 2).toBeCloseTo(0.023, 3)
  })
  it('trend test: ties use the corrected variance', () => {
    expect(trendTest([1, 1, 1, 1])).toEqual({ s: 0, pValue: 1 })
    // S = 8, Var = (5·4·15 − 2·1·9) / 18 = 15.667 (one tie of two): z = 7 / 3.958.
    expect(trendTest([1, 2, 2, 3, 4]).s).toBe(9)
    expect(trendTest([1, 2, 2, 3, 4]).pValue).toBeCloseTo(
      2 * normalCdf(-8 / Math.sqrt(282 / 18)),
      12,
    )
  })
  it('judges series', () => {
    const noise = range(100).map((x) => 100 + ((x * 37) % 11))
    expect(steadyState(noise).state).toBe('steady')
    expect(steadyState(noise.map((y, x) => y + x)).state).toBe('rising')
    expect(steadyState(noise.map((y, x) => y - 0.5 * x)).state).toBe('falling')
    // Certain, but a change of 3 % harms nobody.
    const creeping = steadyState(range(100).map((x) => 100 + 0.03 * x))
    expect(creeping.pValue).toBeLessThan(0.001)
    expect(creeping.state).toBe('steady')
    // One stall is no trend.
    expect(steadyState(noise.map((y, x) => (x === 99 ? 100 * y : y))).state).toBe('steady')
    expect(() => steadyState([1, 2])).toThrow(/cannot fill/)
  })
})
