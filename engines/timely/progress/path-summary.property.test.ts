/**
 * Laws of summaries: composing is following one after the other; the order is that of all results; leading below a timestamp
 * is that the result is ≤ to it; following is monotone; every feedback strictly advances.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  composeSummaries,
  egressSummary,
  feedbackSummary,
  followPath,
  identitySummary,
  ingressSummary,
  leadsBelow,
  type PathSummary,
  summaryLessEqual,
} from './path-summary.ts'
import { lessEqual, lessThan, type Timestamp } from './timestamp.ts'

type Step = 'in' | 'around' | 'out'

/** The steps that can be taken from a depth, others skipped; and where they lead. */
function walk(depth: number, steps: readonly Step[]): { summary: PathSummary; taken: Step[] } {
  let summary = identitySummary(depth)
  let at = depth
  const taken: Step[] = []
  for (const step of steps) {
    if (step !== 'in' && at === 0) continue
    if (step === 'in' && at === 3) continue
    const next =
      step === 'in' ? ingressSummary(at) : step === 'out' ? egressSummary(at) : feedbackSummary(at)
    summary = composeSummaries(summary, next)
    at += step === 'in' ? 1 : step === 'out' ? -1 : 0
    taken.push(step)
  }
  return { summary, taken }
}

function follow(steps: readonly Step[], time: Timestamp): Timestamp {
  const now = [...time]
  for (const step of steps) {
    if (step === 'in') now.push(0)
    else if (step === 'out') now.pop()
    else now[now.length - 1] = now[now.length - 1]! + 1
  }
  return now
}

const steps = fc.array(fc.constantFrom<Step>('in', 'around', 'out'), { maxLength: 8 })
const depths = fc.nat(2)

function* timesOf(depth: number, below: number): Generator<Timestamp> {
  for (let index = 0; index < below ** (depth + 1); index++) {
    const time: number[] = []
    for (let at = 0; at <= depth; at++) time.push(Math.floor(index / below ** at) % below)
    yield time
  }
}

it('composes as the steps do', () => {
  fc.assert(
    fc.property(depths, steps, (depth, drawn) => {
      const { summary, taken } = walk(depth, drawn)
      for (const time of timesOf(depth, 3)) {
        expect(followPath(summary, time)).toEqual(follow(taken, time))
      }
    }),
  )
})

it('is ordered as all of its results are', () => {
  fc.assert(
    fc.property(depths, steps, steps, (depth, first, second) => {
      const a = walk(depth, first).summary
      const b = walk(depth, second).summary
      fc.pre(a.keep + a.suffix.length === b.keep + b.suffix.length)
      // Counters up to what eight steps can add decide it.
      let always = true
      for (const time of timesOf(depth, 10)) {
        if (time[0] !== 0) continue
        if (!lessEqual(followPath(a, time), followPath(b, time))) always = false
      }
      expect(summaryLessEqual(a, b)).toBe(always)
    }),
    { numRuns: 200 },
  )
})

it('leads below what is at or after its result', () => {
  fc.assert(
    fc.property(depths, steps, (depth, drawn) => {
      const { summary } = walk(depth, drawn)
      for (const time of timesOf(depth, depth === 2 ? 2 : 3)) {
        const result = followPath(summary, time)
        for (const other of timesOf(result.length - 1, 3)) {
          expect(leadsBelow(summary, time, other)).toBe(lessEqual(result, other))
        }
      }
    }),
    { numRuns: 50 },
  )
})

it('is monotone', () => {
  fc.assert(
    fc.property(depths, steps, (depth, drawn) => {
      const { summary } = walk(depth, drawn)
      const all = [...timesOf(depth, depth === 2 ? 2 : 3)]
      for (const a of all) {
        for (const b of all) {
          if (!lessEqual(a, b)) continue
          expect(lessEqual(followPath(summary, a), followPath(summary, b))).toBe(true)
        }
      }
    }),
  )
})

it('advances at every feedback', () => {
  for (const depth of [1, 2]) {
    for (const time of timesOf(depth, 3)) {
      expect(lessThan(time, followPath(feedbackSummary(depth), time))).toBe(true)
    }
  }
})
