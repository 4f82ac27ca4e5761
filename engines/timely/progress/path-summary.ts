/**
 * Path summaries: what following a path does to a timestamp (Naiad §2.3).
 *
 * Ingress appends a counter 0, feedback adds one to the innermost counter, egress drops it. Any sequence of these keeps
 * some outer counters, adds to the last one kept, and appends constants; that is the normal form here. So composition and
 * comparison cost O(depth), and no path is ever walked twice.
 *
 *   (e; c1, …, ck, …)  ──{keep: k, increment: i, suffix: [s1, …]}──▶  (e; c1, …, ck + i, s1, …)
 *
 * Differs from timely-dataflow: an epoch is never incremented, because Naiad has no feedback outside of a loop.
 */
import { assert } from '../../core/assert.ts'
import type { Timestamp } from './timestamp.ts'

export interface PathSummary {
  /** Loop counters kept from the front. */
  readonly keep: number
  /** Added to the last counter kept; 0 when none is. */
  readonly increment: number
  /** Counters appended, outermost first. */
  readonly suffix: readonly number[]
}

const NO_COUNTERS: readonly number[] = []

/** The empty path at a place with `depth` loops around it. */
export function identitySummary(depth: number): PathSummary {
  return { keep: depth, increment: 0, suffix: NO_COUNTERS }
}

/** Into a loop, from a place with `depth` loops around it. */
export function ingressSummary(depth: number): PathSummary {
  return { keep: depth, increment: 0, suffix: [0] }
}

/** Out of the innermost of `depth` loops. */
export function egressSummary(depth: number): PathSummary {
  assert(depth > 0, 'egress from outside of every loop')
  return { keep: depth - 1, increment: 0, suffix: NO_COUNTERS }
}

/** Around the innermost of `depth` loops. */
export function feedbackSummary(depth: number): PathSummary {
  assert(depth > 0, 'feedback outside of every loop')
  return { keep: depth, increment: 1, suffix: NO_COUNTERS }
}

export function isIdentity(summary: PathSummary, depth: number): boolean {
  return summary.keep === depth && summary.increment === 0 && summary.suffix.length === 0
}

/** The timestamp at the path's end; the same object when the path changes nothing. */
export function followPath(summary: PathSummary, time: Timestamp): Timestamp {
  const { keep, increment, suffix } = summary
  if (keep === time.length - 1 && increment === 0 && suffix.length === 0) return time
  // Most places have one loop around them or none: an array of just that length, made at once.
  if (keep === 1 && suffix.length === 0) return [time[0]!, time[1]! + increment]
  if (keep === 0 && suffix.length === 0) return [time[0]!]
  if (keep === 0 && suffix.length === 1) return [time[0]!, suffix[0]!]
  const result = time.slice(0, keep + 1)
  if (increment !== 0) result[keep] = result[keep]! + increment
  for (let at = 0; at < suffix.length; at++) result.push(suffix[at]!)
  return result
}

/** Whether the timestamp at the path's end is ≤ another; without making it. */
export function leadsBelow(summary: PathSummary, time: Timestamp, other: Timestamp): boolean {
  const { keep, increment, suffix } = summary
  if (time[0]! > other[0]!) return false
  for (let at = 1; at <= keep; at++) {
    const counter = at === keep ? time[at]! + increment : time[at]!
    if (counter !== other[at]) return counter < other[at]!
  }
  for (let at = 0; at < suffix.length; at++) {
    const counter = suffix[at]!
    if (counter !== other[keep + 1 + at]) return counter < other[keep + 1 + at]!
  }
  return true
}

/** First one path, then the other. */
export function composeSummaries(first: PathSummary, second: PathSummary): PathSummary {
  if (second.keep < first.keep) return second
  if (second.keep === first.keep) {
    return {
      keep: first.keep,
      increment: first.increment + second.increment,
      suffix: second.suffix,
    }
  }
  const suffix = first.suffix.slice(0, second.keep - first.keep)
  suffix[suffix.length - 1] = suffix[suffix.length - 1]! + second.increment
  for (let at = 0; at < second.suffix.length; at++) suffix.push(second.suffix[at]!)
  return { keep: first.keep, increment: first.increment, suffix }
}

/**
 * Whether `a` gives a timestamp ≤ what `b` gives, for *every* timestamp. Both lead between the same two places.
 *
 * Exact, position by position: a kept counter is any number from 0, so a constant is below it for certain only up to the
 * counter's least value, and above it never for certain.
 */
export function summaryLessEqual(a: PathSummary, b: PathSummary): boolean {
  const depth = a.keep + a.suffix.length
  for (let at = 1; at <= depth; at++) {
    const keptByA = at <= a.keep
    const keptByB = at <= b.keep
    const constantA = keptByA ? (at === a.keep ? a.increment : 0) : a.suffix[at - a.keep - 1]!
    const constantB = keptByB ? (at === b.keep ? b.increment : 0) : b.suffix[at - b.keep - 1]!
    if (keptByA && !keptByB) return false
    if (constantA !== constantB) return constantA < constantB
  }
  return true
}

export function equalSummaries(a: PathSummary, b: PathSummary): boolean {
  return summaryLessEqual(a, b) && summaryLessEqual(b, a)
}
