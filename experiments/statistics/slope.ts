/**
 * Slope of a series with an interval: is the backlog growing?
 *
 * A rate is sustained only if the slope of the lag is not above zero *by its interval* (METHOD 9; pitfall 23 is the test
 * without one). Lags of neighbouring ticks resemble each other, so residuals are resampled in blocks: resampling them one
 * by one would give an interval that is far too narrow.
 */
import { assert } from '../../engines/core/assert.ts'
import { seededRandom } from '../../engines/core/world/random.ts'
import type { Interval } from './bootstrap.ts'
import { median, quantileOfSorted } from './quantiles.ts'

export interface SlopeOptions {
  readonly seed: number
  /** Default 2,000. */
  readonly resamples?: number
  /** Default 0.95. */
  readonly confidence?: number
  /** Neighbouring points that are drawn together. Default: the square root of the number of points. */
  readonly blockLength?: number
}

/** Least-squares slope: units of y per unit of x. At least two different x. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  assert(xs.length === ys.length, `${xs.length} x and ${ys.length} y are not a series`)
  const meanX = mean(xs)
  const meanY = mean(ys)
  let covariance = 0
  let variance = 0
  for (let index = 0; index < xs.length; index++) {
    const distance = xs[index]! - meanX
    covariance += distance * (ys[index]! - meanY)
    variance += distance * distance
  }
  assert(variance > 0, 'a slope needs two different x')
  return covariance / variance
}

/**
 * Slope with its interval, by a circular block bootstrap of the residuals.
 *
 * At least 3 points, ordered by x. Cost: O(resamples × points).
 */
export function slopeInterval(
  xs: readonly number[],
  ys: readonly number[],
  options: SlopeOptions,
): Interval {
  const { seed, resamples = 2_000, confidence = 0.95 } = options
  const points = xs.length
  assert(points >= 3, `a slope with an interval needs 3 points, not ${points}`)
  const blockLength = options.blockLength ?? Math.max(1, Math.round(Math.sqrt(points)))
  assert(blockLength >= 1 && blockLength <= points, `a block of ${blockLength} of ${points} points`)
  const estimate = slope(xs, ys)
  const meanX = mean(xs)
  const meanY = mean(ys)
  const distances = xs.map((x) => x - meanX)
  const variance = distances.reduce((sum, distance) => sum + distance * distance, 0)
  // Residuals of a fitted line are too small, by its two degrees of freedom.
  const inflation = Math.sqrt(points / (points - 2))
  const residuals = ys.map((y, index) => (y - meanY - estimate * distances[index]!) * inflation)
  const random = seededRandom(seed, points)
  const drawn = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    let covariance = 0
    for (let index = 0; index < points; ) {
      const start = random.below(points)
      for (let step = 0; step < blockLength && index < points; step++, index++) {
        covariance += distances[index]! * residuals[(start + step) % points]!
      }
    }
    drawn[resample] = estimate + covariance / variance
  }
  drawn.sort()
  const tail = (1 - confidence) / 2
  return { estimate, low: quantileOfSorted(drawn, tail), high: quantileOfSorted(drawn, 1 - tail) }
}

/**
 * Slope between the medians of the first and the last third of a series: where a line is drawn to what lies at its ends only
 * by a pause in between, this one is not moved. At least 3 points, ordered by x.
 */
export function slopeOfThirds(xs: readonly number[], ys: readonly number[]): number {
  const points = xs.length
  assert(points >= 3 && ys.length === points, `thirds of ${points} x and ${ys.length} y`)
  const third = Math.floor(points / 3)
  const rise = median(ys.slice(points - third)) - median(ys.slice(0, third))
  const run = median(xs.slice(points - third)) - median(xs.slice(0, third))
  assert(run > 0, 'a slope needs two different x')
  return rise / run
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
