/**
 * Two samples compared by ranks: is one larger, by how much, how often. No assumption about the shape of a distribution,
 * which latencies and throughputs of trials never have.
 *
 * References: Mann and Whitney 1947; Hodges and Lehmann 1963; Cliff 1993.
 */
import { assert } from '../../engines/core/assert.ts'
import { normalCdf } from './normal.ts'
import { ascending, median } from './quantiles.ts'

export interface MannWhitney {
  /** Pairs in which the first sample's value is larger; ties count half. */
  readonly u: number
  /** Two-sided. */
  readonly pValue: number
  readonly method: 'exact' | 'normal'
}

/** Up to this many values in both samples the permutation distribution is counted out: C(40, 20) is exact in a double. */
const exactMax = 40

/**
 * Mann–Whitney U test of the hypothesis that the two samples come from one distribution.
 *
 * Exact for up to 40 values together, ties included (all ways to deal the pooled ranks are counted); beyond, the normal
 * approximation with tie and continuity correction. Samples are not empty. Cost of the exact test: O(n³) small steps in
 * the pooled size and the sums, below 10 ms.
 */
export function mannWhitney(
  first: readonly number[],
  second: readonly number[],
  method: MannWhitney['method'] = first.length + second.length <= exactMax ? 'exact' : 'normal',
): MannWhitney {
  assert(first.length > 0 && second.length > 0, 'a rank test needs a value in each sample')
  const { ranksTwice, ties } = pooledRanks(first, second)
  const [n, m] = [first.length, second.length]
  let sumTwice = 0
  for (let index = 0; index < n; index++) sumTwice += ranksTwice[index]!
  const u = sumTwice / 2 - (n * (n + 1)) / 2
  if (method === 'exact') {
    assert(
      n + m <= exactMax,
      `an exact test of ${n + m} values would overflow; ${exactMax} at most`,
    )
    return { u, pValue: exactP(ranksTwice, n, sumTwice), method }
  }
  const total = n + m
  const tieTerm = ties.reduce((sum, tied) => sum + (tied ** 3 - tied), 0)
  const variance = ((n * m) / 12) * (total + 1 - tieTerm / (total * (total - 1)))
  if (variance <= 0) return { u, pValue: 1, method }
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5)
  return { u, pValue: Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance))), method }
}

/** Doubled mid-ranks, so that they are integers: those of `first`, then those of `second`. And the sizes of ties. */
function pooledRanks(
  first: readonly number[],
  second: readonly number[],
): { readonly ranksTwice: readonly number[]; readonly ties: readonly number[] } {
  const pooled = [...first, ...second]
  const sorted = ascending(pooled)
  const rankOf = new Map<number, number>()
  const ties: number[] = []
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (end < sorted.length && sorted[end] === sorted[start]) end++
    rankOf.set(sorted[start]!, start + 1 + end)
    if (end - start > 1) ties.push(end - start)
    start = end
  }
  return { ranksTwice: pooled.map((value) => rankOf.get(value)!), ties }
}

/** Share of all choices of `n` ranks whose sum is at least as far from its mean as the observed one. */
function exactP(ranksTwice: readonly number[], n: number, observed: number): number {
  const sumMax = ranksTwice.reduce((sum, rank) => sum + rank, 0)
  // ways[k][s]: choices of k ranks with doubled sum s, over the ranks seen so far.
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(sumMax + 1))
  ways[0]![0] = 1
  for (const rank of ranksTwice) {
    for (let chosen = n; chosen >= 1; chosen--) {
      const from = ways[chosen - 1]!
      const to = ways[chosen]!
      for (let sum = sumMax; sum >= rank; sum--) to[sum]! += from[sum - rank]!
    }
  }
  const mean = (sumMax * n) / ranksTwice.length
  const distance = Math.abs(observed - mean)
  let all = 0
  let extreme = 0
  for (const [sum, count] of ways[n]!.entries()) {
    all += count
    // The mean of doubled ranks is n(N + 1), an integer: no tolerance is needed.
    if (Math.abs(sum - mean) >= distance) extreme += count
  }
  return extreme / all
}

/** Median of all pairwise differences first − second: by how much the first sample is larger. In the samples' unit. */
export function hodgesLehmannShift(first: readonly number[], second: readonly number[]): number {
  assert(first.length > 0 && second.length > 0, 'a shift needs a value in each sample')
  return median(first.flatMap((value) => second.map((other) => value - other)))
}

/** Share of pairs in which the first is larger minus the share in which it is smaller: from −1 to 1, 0 if neither wins. */
export function cliffsDelta(first: readonly number[], second: readonly number[]): number {
  assert(first.length > 0 && second.length > 0, 'an effect needs a value in each sample')
  let balance = 0
  for (const value of first) for (const other of second) balance += Math.sign(value - other)
  return balance / (first.length * second.length)
}
