/**
 * Laws of the interpreter, on random plans (`random-nodes.fixture.ts`):
 *
 * - One pass over the ticks gives what the naive definitions give, which know no state (`naive-evaluation.fixture.ts`).
 * - What gathers a period's records gives the same rows however time is cut into ticks.
 * - The order of records never shows.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import { type DueRecord, type InterpretedTick, interpret } from './interpret.ts'
import { NaiveEvaluation } from './naive-evaluation.fixture.ts'
import { canonical } from './naive-values.fixture.ts'
import { isOutput } from './nodes.ts'
import { INTERVAL, RANDOM_WORDS, type RandomStep, randomPlan } from './random-nodes.fixture.ts'

const INTERVALS = 12

function stepsOf(words: readonly RandomStep['word'][]): fc.Arbitrary<RandomStep[]> {
  const step = fc.record({
    word: fc.constantFrom(...words),
    from: fc.nat(5),
    other: fc.nat(5),
    slide: fc.integer({ min: 1, max: 2 }),
    more: fc.nat(2),
    flag: fc.boolean(),
  })
  return fc.array(step, { minLength: 1, maxLength: 6 })
}

/** Due at quarters of an interval. */
const due: fc.Arbitrary<DueRecord[]> = fc.array(
  fc.record({
    dueAt: fc.nat(4 * INTERVALS - 1).map((quarters) => (quarters * INTERVAL) / 4),
    value: fc.tuple(fc.constantFrom('a', 'b', 'é'), fc.nat(9)),
  }),
  { maxLength: 14 },
)

/** The ends of ticks, so many an interval. */
function ticksOf(parts: number): number[] {
  return Array.from({ length: INTERVALS * parts }, (_, index) => ((index + 1) * INTERVAL) / parts)
}

/** Rows of a tick in an order of their own. */
function shown(results: readonly InterpretedTick[]): unknown[] {
  return results.map(({ output, name, tick, rows }) => {
    return { output, name, tick, rows: rows.map((row) => canonical([...row])).sort() }
  })
}

function naively(plan: Plan, records: readonly DueRecord[], ticks: number[]): InterpretedTick[] {
  const evaluation = new NaiveEvaluation(plan, records, ticks)
  return plan.nodes.filter(isOutput).flatMap(({ input, name }, output) =>
    ticks.flatMap((tick, index) => {
      if (!evaluation.periods.emits(input, index)) return []
      return [{ output, name, tick, rows: evaluation.rows(input, index) }]
    }),
  )
}

test('one pass gives what the naive definitions give', () => {
  const cuts = fc.constantFrom(1, 2, 4)
  fc.assert(
    fc.property(stepsOf(RANDOM_WORDS), due, cuts, (steps, records, parts) => {
      const plan = randomPlan(steps)
      const ticks = ticksOf(parts)
      expect(shown(interpret(plan, records, ticks))).toEqual(shown(naively(plan, records, ticks)))
    }),
    { numRuns: 100 },
  )
})

/** Words that emit at ends of periods alone, if what they read does not tell how time was cut. */
const GATHERING = [
  'reduceByKey',
  'window',
  'reduceByWindow',
  'groupByKey',
  'cogroup',
  'join',
  'tableJoin',
  'track',
  'eventWindow',
] as const
const NARROW = ['map', 'filter', 'flatMap', 'keyBy', 'exchange', 'union'] as const

test('the cut into ticks does not show in what gathers', () => {
  const cuts = fc.constantFrom(2, 4)
  fc.assert(
    fc.property(stepsOf([...GATHERING, ...NARROW]), due, cuts, (steps, records, parts) => {
      const plan = randomPlan(steps)
      const gathers = ({ output }: InterpretedTick): boolean => {
        const { input } = plan.nodes.filter(isOutput)[output]!
        return GATHERING.some((word) => word === plan.nodes[input]!.kind)
      }
      const whole = interpret(plan, records, ticksOf(1)).filter(gathers)
      const cut = interpret(plan, records, ticksOf(parts)).filter(gathers)
      expect(shown(cut)).toEqual(shown(whole))
    }),
  )
})

test('the order of records does not show', () => {
  fc.assert(
    fc.property(stepsOf(RANDOM_WORDS), due, (steps, records) => {
      const plan = randomPlan(steps)
      const ticks = ticksOf(2)
      expect(shown(interpret(plan, records.toReversed(), ticks))).toEqual(
        shown(interpret(plan, records, ticks)),
      )
    }),
  )
})
