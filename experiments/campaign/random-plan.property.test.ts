/**
 * Laws of random plans:
 *
 * - each is a plan: it is cut without a refusal, and so is any part of its steps;
 * - it is the same plan wherever it is built;
 * - all of its words are drawn that some engine runs, and periods have a short common multiple.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Loop, RandomPlan } from '../../engines/core/conformance/random-plan.ts'
import { randomPlanNamed } from '../../engines/core/conformance/random-plan.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { numberFormOf } from '../../engines/core/operators/number-form.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { hashPlan } from '../../engines/core/plan/plan-hash.ts'
import { randomPlan, randomTrial } from './arbitrary.ts'
import { withFrozenStates } from './frozen-states.ts'
import { scenarioOf } from './random-trial.ts'

it('each is a plan, and so is any part of it', async () => {
  const parted = randomPlan.chain((plan) =>
    fc.record({ plan: fc.constant(plan), steps: fc.subarray([...plan.steps]) }),
  )
  await fc.assert(
    fc.asyncProperty(parted, async ({ plan, steps }) => {
      for (const each of [plan, { ...plan, steps }]) {
        const { outputs } = buildDataflow(await loadPlan(randomPlanNamed(each)))
        expect(outputs.length).toBeGreaterThan(0)
      }
    }),
    { numRuns: 300 },
  )
})

it('is the same plan wherever it is built', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, async (plan) => {
      const named = randomPlanNamed(plan)
      const copy = JSON.parse(JSON.stringify(named)) as typeof named
      expect(hashPlan(await loadPlan(copy))).toBe(hashPlan(await loadPlan(named)))
    }),
    { numRuns: 50 },
  )
})

it('has every word that is drawn, forks and joins, and short runs', async () => {
  const trials = fc.sample(randomTrial, { numRuns: 400 })
  const words = new Set(trials.flatMap(({ plan }) => plan.steps.map(({ word }) => word)))
  expect(words.size).toBeGreaterThanOrEqual(18)
  let joins = 0
  for (const trial of trials) {
    const { config } = await scenarioOf(trial)
    expect(config!.input!.duration).toBeLessThanOrEqual(2_400_000_000)
    const { paths } = buildDataflow(await loadPlan(randomPlanNamed(trial.plan)))
    const readers = new Map<number, number>()
    for (const { from } of paths) readers.set(from, (readers.get(from) ?? 0) + 1)
    if ([...readers.values()].some((count) => count > 1)) joins += 1
  }
  expect(joins).toBeGreaterThan(100)
})

const LOOPS: readonly Loop[] = [
  { body: [], rounds: 3, fresh: false },
  { body: ['running', 'joined-outside'], rounds: 6, fresh: false },
  {
    body: ['grouped', { body: ['distinct'], rounds: 2, fresh: true }, 'joined'],
    rounds: 4,
    fresh: true,
  },
  { body: [{ body: ['sum', 'joined-outside'], rounds: 3, fresh: false }], rounds: 0, fresh: false },
]

it.each(LOOPS)('a loop is a plan that ends: %j', async (loop) => {
  for (const result of ['pairs', 'table', 'labels'] as const) {
    const plan: RandomPlan = {
      format: 'text',
      intervalMs: 200,
      steps: [
        { word: 'pair', how: 'lengths', from: 0, out: 0 },
        { word: 'iterate', loop, result, from: 0, out: 1 },
      ],
    }
    const built = await loadPlan(randomPlanNamed(plan))
    expect(built.nodes.filter(({ kind }) => kind === 'iterate').length).toBeGreaterThan(0)
    const records = ['a', 'ab', 'river of rivers'].map((value) => ({ dueAt: 1, value }))
    const [tick] = interpret(built, records, [200_000_000])
    expect(tick?.rows.length).toBeGreaterThan(0)
  }
})

it('pairs of integers are read by a plan of all words, and are numbers where they go on as such', async () => {
  const steps: RandomPlan['steps'] = [
    { word: 'exchange', from: 0, out: 1 },
    { word: 'narrow', of: 'pairs', how: 'sevens', from: 0, out: 1 },
    { word: 'iterate', loop: LOOPS[0]!, result: 'labels', from: 1, out: 1 },
    // There is no text but what is made of pairs.
    { word: 'narrow', of: 'text', how: 'words', from: 0, out: 1 },
  ]
  const built = await loadPlan(randomPlanNamed({ format: 'u32x2', intervalMs: 200, steps }))
  const dataflow = buildDataflow(built)
  const formsOf = (of: Dataflow) => of.operators.map((operator) => numberFormOf(of, operator)?.kind)
  const forms = formsOf(dataflow)
  for (const form of ['source', 'pairs', 'extremes', 'join']) expect(forms).toContain(form)
  // As a campaign runs it, too: what is frozen has states that are values.
  expect(formsOf(withFrozenStates(dataflow))).toEqual(forms)
  const records = [
    [1, 7],
    [7, 4_294_967_295],
  ].map((value) => ({ dueAt: 1, value }))
  const ticks = interpret(built, records, [200_000_000])
  const rowsOf = (name: string) => ticks.find((tick) => tick.name === name)?.rows
  expect(rowsOf('narrow-1')).toEqual([[1, 7]])
  expect(rowsOf('iterate-2')?.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [1, 1],
    [7, 1],
    [4_294_967_295, 1],
  ])
  expect(rowsOf('narrow-3')?.length).toBeGreaterThan(0)
})
