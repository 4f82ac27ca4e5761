import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { interactive, plan } from './workload.ts'

const SECOND = 1e9

/** Two a second. */
const EVENTS = [
  ['ask|5', 'link|5|6'],
  // Twice in one interval, and of what is not there.
  ['ask|6', 'ask|6'],
  ['ask|9', 'link|6|2'],
  ['link|2|1', 'ask|5'],
  ['ask|5', 'link|7|8'],
  ['link|8|5', 'link|1|0'],
  ['ask|8', 'ask|1'],
]
const ANSWERS = {
  fresh: [
    [[5, 5]],
    [
      [6, 5],
      [6, 5],
    ],
    [[9, 9]],
    [[5, 1]],
    [[5, 1]],
    [],
    [
      [1, 0],
      [8, 0],
    ],
  ],
  stale: [
    [[5, 5]],
    [
      [6, 5],
      [6, 5],
    ],
    [[9, 9]],
    [[5, 2]],
    [[5, 1]],
    [],
    [
      [1, 0],
      [8, 0],
    ],
  ],
}

describe('interactive', () => {
  const ticks = EVENTS.map((_, second) => (second + 1) * SECOND)
  const records = EVENTS.flatMap((events, second) =>
    events.map((value, half) => ({ dueAt: (second + half / 2) * SECOND, value })),
  )

  it.each(['fresh', 'stale'] as const)('%s answers', (answers) => {
    const shown = interpret(planOf(plan({ answers })), records, ticks)
    expect(shown.map(({ rows }) => rows.toSorted())).toEqual(ANSWERS[answers])
  })

  it.each(['fresh', 'stale'] as const)('%s answers are what the oracle says', (answers) => {
    const shown = interpret(planOf(plan({ answers })), records, ticks)
    const expected = interactive.oracle({ answers }).expect({
      pool: poolBytesOf(EVENTS.flat()),
      partitions: 1,
      input: { rate: 2, duration: EVENTS.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      shown.map(({ rows }) => [digestOfRows(rows)]),
    )
  })

  it('is not known of what is neither an edge nor a question', () => {
    const expected = interactive.oracle().expect({
      pool: poolBytesOf(['ask|5|6']),
      partitions: 1,
      input: { rate: 1, duration: SECOND },
      ticks: [SECOND],
    })
    expect(() => [...expected]).toThrow('neither an edge nor a question: ask|5|6')
  })
})
