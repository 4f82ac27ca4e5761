/**
 * Laws: the oracle of each workload over fields or graphs equals what its plan means, by the interpreter, for any events, rate,
 * number of partitions, ticks, and parameters. Identifiers are few, so that events meet.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../engines/core/input/pool.ts'
import { interpret } from '../engines/core/interpreter/interpret.ts'
import { loadPlan } from '../engines/core/plan/named-plan.ts'
import { workloadNamed } from './index.ts'
import { digestsOf, dueTexts } from './naive-oracle.ts'
import { multiplesOf, type OracleInput } from './oracle.ts'
import type { GivenParameters } from './parameters.ts'

const MS = 1_000_000
const RUNS = 40

const adEvent = fc
  .tuple(
    fc.constantFrom('view', 'click', 'purchase'),
    fc.nat(2),
    fc.constantFrom(0, 9, 10, 999, 1_000),
    fc.nat(2),
  )
  .map(([type, user, ad, page]) => `${type}|u${user}|a${ad}|p${page}|mail`)

const tweet = fc
  .tuple(fc.nat(4), fc.nat(4), fc.nat(2))
  .map(([author, mentioned, tag]) => `u${author}|u${mentioned}|t${tag}`)

/** What a person or an auction is follows from its identifier. */
const auctionEvent = fc.oneof(
  fc.nat(4).map((id) => `P|${id}|N${id % 2}|C${id}|${['OR', 'WA', 'ID'][id % 3]}`),
  fc.integer({ min: 6, max: 14 }).map((id) => `A|${id}|${id % 5}|${10 + (id % 2)}`),
  fc
    .tuple(fc.integer({ min: 6, max: 15 }), fc.nat(2), fc.integer({ min: 1, max: 30 }))
    .map(([auction, bidder, price]) => `B|${auction}|${bidder}|${price}`),
)

const edge = fc.tuple(fc.nat(9), fc.nat(9)).map(([from, to]) => `${from} ${to}`)

const graphEvent = fc.oneof(
  fc.tuple(fc.nat(9), fc.nat(9)).map(([from, to]) => `link|${from}|${to}`),
  fc.nat(9).map((node) => `ask|${node}`),
)

function inputs(event: fc.Arbitrary<string>): fc.Arbitrary<OracleInput> {
  return fc
    .record({
      events: fc.array(event, { minLength: 1, maxLength: 40 }),
      partitions: fc.integer({ min: 1, max: 4 }),
      rate: fc.integer({ min: 0, max: 400 }),
      parts: fc.constantFrom(1, 2, 4),
    })
    .map(({ events, partitions, rate, parts }) => {
      const input = { rate, duration: 240 * MS }
      const ticks = [...multiplesOf((20 * MS) / parts, input.duration)]
      return { pool: poolBytesOf(events), partitions, input, ticks }
    })
}

const interval = '20ms'
const LENGTHS = { interval, length: '60ms' }

const CASES: readonly (readonly [
  workload: string,
  event: fc.Arbitrary<string>,
  parameters: GivenParameters,
])[] = [
  ['ad-analytics', adEvent, LENGTHS],
  ['join', adEvent, LENGTHS],
  ['join', adEvent, { interval, length: interval }],
  ['k-exposure', tweet, { interval, k: 1 }],
  ['k-exposure', tweet, { interval, k: 3 }],
  ['nexmark-q3', auctionEvent, { interval }],
  ['nexmark-q4', auctionEvent, { interval, lasts: '40ms' }],
  ['nexmark-q5', auctionEvent, { ...LENGTHS, slide: '40ms', length: '80ms' }],
  ['nexmark-q6', auctionEvent, { interval, lasts: '20ms', last: 2 }],
  ['nexmark-q7', auctionEvent, LENGTHS],
  ['nexmark-q8', auctionEvent, LENGTHS],
  ['connected-components', fc.oneof(edge, fc.constant('# a remark')), { interval }],
  ['page-rank', edge, { interval, rounds: 4 }],
  ['barrier', edge, { interval, rounds: 2, tokens: 3 }],
  ['interactive', graphEvent, { interval }],
  ['interactive', graphEvent, { interval, answers: 'stale' }],
]

describe('the oracle', () => {
  it.each(CASES)('of %s says what the plan means', async (name, event, parameters) => {
    const workload = workloadNamed(name)
    const plan = await loadPlan(workload.plan(parameters))
    fc.assert(
      fc.property(inputs(event), (input) => {
        const expected = [...workload.oracle(parameters).expect(input)]
        const meant = interpret(plan, recordsOf(input), [...input.ticks])
        // An output of one partition has one digest.
        const partitions = expected[0]!.digests.length
        expect(expected).toEqual(
          meant.map(({ output, tick, rows }) => {
            return { output, tick, digests: digestsOf(rows, partitions) }
          }),
        )
      }),
      { numRuns: RUNS },
    )
  })
})

/** All records, due as early in their tick as can be. */
function recordsOf(input: OracleInput) {
  let from = 0
  return [...input.ticks].flatMap((tick) => {
    const dueAt = from
    from = tick
    return dueTexts(input, dueAt, tick)
      .flat()
      .map((value) => ({ dueAt, value }))
  })
}
