/**
 * Order statistics of small samples: the values of repeats. Quantiles of latencies come from merged histograms instead;
 * quantiles of trials are never averaged into one.
 */
import { assert } from '../../engines/core/assert.ts'

/** A sorted copy. Refuses NaN, which would sort anywhere. */
export function ascending(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values)
  assert(!sorted.some(Number.isNaN), 'a sample has a value that is not a number')
  return sorted.sort()
}

/**
 * Quantile by linear interpolation between order statistics (Hyndman and Fan's type 7, the default of R and NumPy).
 *
 * `sorted` ascends and is not empty; `probability` is in [0, 1].
 */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  assert(sorted.length > 0, 'a quantile needs at least one value')
  assert(probability >= 0 && probability <= 1, `${probability} is not a probability`)
  const position = (sorted.length - 1) * probability
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  const share = position - below
  // Without the test, infinities would give NaN: equal ones, and one that is not reached.
  return low === high || share === 0 ? low : low + (high - low) * share
}

export function quantile(values: readonly number[], probability: number): number {
  return quantileOfSorted(ascending(values), probability)
}

export { median } from '../../results/median.ts'
