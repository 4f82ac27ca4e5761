import { describe, expect, it } from 'vitest'
import { poolOfPairs } from '../../engines/core/input/pool.ts'
import { interpretStatics } from '../../engines/core/interpreter/answers.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { poolRecords } from '../naive-oracle.ts'
import { adAnalyticsIntegers, plan } from './integers.ts'

const SECOND = 1e9
const STATIC_INPUTS = new Map(
  Object.entries(adAnalyticsIntegers.staticInputs!()).map(([url, pool]) => [
    url,
    poolRecords(pool),
  ]),
)

/** One a second: windows of two. */
const EVENTS = [
  [0, 17, 0, 10],
  [1, 17, 0, 999],
  [0, 0, 0, 1_000],
  // No view, no ad that is known.
  [2, 5, 0, 4_294_967_295],
].flat()
const SHOWN = [
  [[1, 2]],
  [
    [1, undefined],
    [99, 1],
  ],
  [
    [99, undefined],
    [0, 1],
  ],
  [[0, undefined]],
] as const

describe.each(['map', 'static'])('ad-analytics-integers, an ad’s campaign by %s', (join) => {
  const parameters = { length: '2s', join }
  const count = EVENTS.length / 2
  const ticks = Array.from({ length: count }, (_, second) => (second + 1) * SECOND)
  const records = ticks.map((_, second) => ({
    dueAt: second * SECOND,
    value: EVENTS.slice(2 * second, 2 * second + 2),
  }))

  it('counts the views of known ads a campaign and window', () => {
    const asked = planOf(plan(parameters))
    const shown = interpret(asked, records, ticks, interpretStatics(asked, STATIC_INPUTS))
    expect(shown.map(({ rows }) => new Set(rows))).toEqual(
      SHOWN.map((rows) => new Set<unknown>(rows)),
    )
  })

  it('is what the oracle says', () => {
    const expected = adAnalyticsIntegers.oracle(parameters).expect({
      pool: poolOfPairs(Uint32Array.from(EVENTS)),
      partitions: 1,
      input: { rate: 1, duration: count * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      SHOWN.map((rows) => [digestOfRows(rows)]),
    )
  })
})
