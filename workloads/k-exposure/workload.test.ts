import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { kExposure, plan } from './workload.ts'

const SECOND = 1e9

/** Two a second: author, whom he mentions, tag. */
const TWEETS = [
  // a hears of b and c, before they have said anything.
  ['a|b|x', 'a|c|x'],
  // b says t: a is exposed by one. d mentions himself.
  ['b|b|t', 'd|d|t'],
  // c says t: a is exposed by two. d hears of b, who has said t.
  ['c|c|t', 'd|b|t'],
  // All of it was there.
  ['c|c|t', 'b|b|t'],
  // e hears of b and c at once, and b says u as well.
  ['e|b|x', 'e|c|x'],
  ['b|b|u', 'c|c|u'],
]

describe('k-exposure', () => {
  const ticks = TWEETS.map((_, second) => (second + 1) * SECOND)
  const records = TWEETS.flatMap((tweets, second) =>
    tweets.map((value, half) => ({ dueAt: (second + half / 2) * SECOND, value })),
  )
  const shownFor = (k: number) =>
    interpret(planOf(plan({ k })), records, ticks).map(({ rows }) => Object.fromEntries(rows))

  it('counts users that were shown a tag by two', () => {
    // b and c by themselves alone; d by himself and b; e by b and c.
    expect(shownFor(2)).toEqual([{}, {}, { t: 2 }, {}, { t: 3 }, { u: 2 }])
  })

  it('counts users that were shown a tag at all', () => {
    expect(shownFor(1)).toEqual([{}, { t: 3 }, { t: 4 }, {}, { t: 5 }, { u: 5 }])
  })

  it.each([1, 2, 3])('is what the oracle says, k = %d', (k) => {
    const shown = interpret(planOf(plan({ k })), records, ticks)
    const expected = kExposure.oracle({ k }).expect({
      pool: poolBytesOf(TWEETS.flat()),
      partitions: 1,
      input: { rate: 2, duration: TWEETS.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      shown.map(({ rows }) => [digestOfRows(rows)]),
    )
  })
})
