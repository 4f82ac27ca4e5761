/**
 * Is a series steady after warm-up? A trend test on block medians (METHOD 8).
 *
 * Mann–Kendall's test (Mann 1945, Kendall 1975) asks only whether later values tend to be larger. Blocks, because it needs
 * values that are independent and neighbouring intervals are not; medians, because one stall is no trend. A trend that is
 * certain but tiny is no reason to reject a trial: it must also move the series by a share of its level.
 */
import { assert } from '../../engines/core/assert.ts'
import { normalCdf } from './normal.ts'
import { median } from './quantiles.ts'

export interface Trend {
  /** Pairs that rise minus pairs that fall. */
  readonly s: number
  /** Two-sided. */
  readonly pValue: number
}

/** Series up to this length without ties get the exact distribution. */
const exactMax = 30

/** Mann–Kendall's test of a series in its order: exact for up to 30 values without ties, else normal with tie correction. */
export function trendTest(values: readonly number[]): Trend {
  const n = values.length
  assert(n >= 3, `a trend needs 3 values, not ${n}`)
  let s = 0
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      s += Math.sign(values[later]! - values[earlier]!)
    }
  }
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  if (counts.size === n && n <= exactMax) return { s, pValue: exactP(n, s) }
  let variance = n * (n - 1) * (2 * n + 5)
  for (const tied of counts.values()) variance -= tied * (tied - 1) * (2 * tied + 5)
  if (variance === 0) return { s, pValue: 1 }
  const z = Math.max(0, Math.abs(s) - 1) / Math.sqrt(variance / 18)
  return { s, pValue: Math.min(1, 2 * normalCdf(-z)) }
}

/** Share of the orders of n different values that are at least as far from balance: orders are counted by inversions. */
function exactP(n: number, s: number): number {
  const pairs = (n * (n - 1)) / 2
  // shares[i]: probability of i inversions; probabilities, because 30! is no integer in a double.
  let shares = new Float64Array(pairs + 1)
  shares[0] = 1
  for (let size = 2; size <= n; size++) {
    const next = new Float64Array(pairs + 1)
    for (let inversions = 0; inversions <= (size * (size - 1)) / 2; inversions++) {
      let sum = 0
      for (let added = 0; added < size && added <= inversions; added++) {
        sum += shares[inversions - added]!
      }
      next[inversions] = sum / size
    }
    shares = next
  }
  let extreme = 0
  for (const [inversions, share] of shares.entries()) {
    if (Math.abs(pairs - 2 * inversions) >= Math.abs(s)) extreme += share
  }
  return Math.min(1, extreme)
}

export interface SteadyStateOptions {
  /** Default 10. */
  readonly blocks?: number
  /** Default 0.05. */
  readonly significance?: number
  /** Change over the series, as a share of its median, below which a trend is harmless. Default 0.1. */
  readonly tolerance?: number
}

export interface SteadyState {
  readonly state: 'steady' | 'rising' | 'falling'
  readonly pValue: number
  /** Change from the first to the last block by the median slope between blocks, as a share of the median block. */
  readonly relativeChange: number
}

/** Judges a series of equally spaced values (lag or latency per interval), at least 3 values a block by default. */
export function steadyState(
  values: readonly number[],
  options: SteadyStateOptions = {},
): SteadyState {
  const { blocks = 10, significance = 0.05, tolerance = 0.1 } = options
  assert(blocks >= 5, `${blocks} blocks cannot show a trend at 0.05`)
  assert(values.length >= blocks, `${values.length} values cannot fill ${blocks} blocks`)
  const levels = Array.from({ length: blocks }, (_, block) =>
    median(
      values.slice(
        Math.floor((block * values.length) / blocks),
        Math.floor(((block + 1) * values.length) / blocks),
      ),
    ),
  )
  const { s, pValue } = trendTest(levels)
  const slopes = levels.flatMap((level, later) =>
    levels.slice(0, later).map((other, earlier) => (level - other) / (later - earlier)),
  )
  const change = median(slopes) * (blocks - 1)
  const level = Math.abs(median(levels))
  const relativeChange =
    change === 0 ? 0 : level === 0 ? Math.sign(change) * Infinity : change / level
  const moving = pValue < significance && Math.abs(relativeChange) > tolerance
  return { state: !moving ? 'steady' : s > 0 ? 'rising' : 'falling', pValue, relativeChange }
}
