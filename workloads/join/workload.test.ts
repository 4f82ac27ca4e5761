import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { join, plan } from './workload.ts'

const SECOND = 1e9
const parameters = { length: '2s' }

/** Two a second. */
const EVENTS = [
  ['click|u1|a1|p9|mail', 'view|u1|a1|p1|mail'],
  ['view|u1|a1|p2|mail', 'click|u1|a1|p3|mail'],
  ['click|u1|a1|p4|mail', 'click|u1|a1|p4|mail'],
  ['click|u1|a1|p5|mail', 'purchase|u1|a1|p5|mail'],
  ['view|u1|a2|p6|mail', 'click|u2|a2|p6|mail'],
]
const KEY = 'u1|a1'
const SHOWN = [
  [[KEY, ['p1', 'p9']]],
  [
    [KEY, ['p1', 'p3']],
    [KEY, ['p2', 'p3']],
  ],
  [
    [KEY, ['p2', 'p4']],
    [KEY, ['p2', 'p4']],
  ],
  [],
  [],
] as const

describe('join', () => {
  const ticks = EVENTS.map((_, second) => (second + 1) * SECOND)
  const records = EVENTS.flatMap((events, second) =>
    events.map((value, half) => ({ dueAt: (second + half / 2) * SECOND, value })),
  )

  it('pairs a click with the views of its user and ad, those behind it in its interval too', () => {
    const shown = interpret(planOf(plan(parameters)), records, ticks)
    expect(shown.map(({ rows }) => digestOfRows(rows))).toEqual(SHOWN.map(digestOfRows))
    expect(shown.map(({ rows }) => rows.length)).toEqual(SHOWN.map(({ length }) => length))
  })

  it('is what the oracle says', () => {
    const expected = join.oracle(parameters).expect({
      pool: poolBytesOf(EVENTS.flat()),
      partitions: 1,
      input: { rate: 2, duration: EVENTS.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      SHOWN.map((rows) => [digestOfRows(rows)]),
    )
  })

  it('is refused with a length that is no multiple of the interval', () => {
    expect(() => buildDataflow(planOf(plan({ interval: '2s', length: '3s' })))).toThrow(
      'a length of 3s',
    )
  })
})
