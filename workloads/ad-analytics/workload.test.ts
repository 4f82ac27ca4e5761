import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpretStatics } from '../../engines/core/interpreter/answers.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { poolRecords } from '../naive-oracle.ts'
import { adAnalytics, plan } from './workload.ts'

const SECOND = 1e9
const STATIC_INPUTS = new Map(
  Object.entries(adAnalytics.staticInputs!()).map(([url, pool]) => [url, poolRecords(pool)]),
)

/** One a second: windows of two. */
const EVENTS = [
  ['view|u1|a17|p1|mail', 'view|u1|a10'],
  ['click|u1|a17|p1|mail', 'view|u2|a999|p1|mail'],
  ['view|u2|a0|p1|mail', 'view|u2|a1000|p1|mail'],
  // No ad, no ad that is known, no view.
  ['view|u2', 'view|u2|a07|p1', 'view', 'viewer|u2|a7|p1'],
].flat()
const SHOWN = [
  [['c1', 2]],
  [
    ['c1', undefined],
    ['c99', 1],
  ],
  [
    ['c99', undefined],
    ['c0', 1],
  ],
  [['c0', undefined]],
] as const

describe.each(['map', 'static'])('ad-analytics, an ad’s campaign by %s', (join) => {
  const parameters = { length: '2s', join }
  const duration = EVENTS.length * SECOND
  const ticks = EVENTS.map((_, second) => (second + 1) * SECOND)
  const records = EVENTS.map((value, second) => ({ dueAt: second * SECOND, value }))

  it('counts the views of known ads a campaign and window', () => {
    const asked = planOf(plan(parameters))
    const shown = interpret(asked, records, ticks, interpretStatics(asked, STATIC_INPUTS))
    expect(shown.map(({ rows }) => new Set(rows))).toEqual(
      [...SHOWN, []].map((rows) => new Set<unknown>(rows)),
    )
  })

  it('is what the oracle says', () => {
    const expected = adAnalytics.oracle(parameters).expect({
      pool: poolBytesOf(EVENTS),
      partitions: 1,
      input: { rate: 1, duration },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      [...SHOWN, []].map((rows) => [digestOfRows(rows)]),
    )
  })
})
