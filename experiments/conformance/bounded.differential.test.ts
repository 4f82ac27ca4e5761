/**
 * Both engines over bounded inputs, against the interpreter and each other: random plans over random lines, cut at random. One
 * final answer, the same on both. `RUNS` and `SEED` come from the environment.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  answerDigests,
  answerProblemsOf,
  boundedTrialOf,
} from '../../engines/core/conformance/bounded-trial.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import type { Scenario } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { problemsOf } from '../../engines/core/conformance/truth.ts'
import type { Digest } from '../../engines/core/output/digest.ts'
import { runsPlan } from '../../engines/core/plan/operator-support.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { randomTrial } from '../campaign/arbitrary.ts'
import { scenarioOf } from '../campaign/random-trial.ts'
import { PLAIN_SETUPS } from '../campaign/recovery-modes.ts'

const SEED = Number(process.env.SEED ?? 20_130_211)
const RUNS = Number(process.env.RUNS ?? 40)

/** A scenario of a stream as one of a bounded input: at a rate with which every partition has its records due soon. Nobody asks it. */
function bounded({ config = {}, ...scenario }: Scenario): Scenario {
  const { partitions = 1 } = config
  const input = { rate: 3 * partitions, duration: 0 }
  return { ...scenario, queries: [], config: { ...config, ingest: 'log', input } }
}

it('random plans have one final answer', { timeout: 24 * 3_600_000 }, async () => {
  let compared = 0
  const property = fc.asyncProperty(randomTrial, async (random) => {
    const scenario = await scenarioOf(random, PLAIN_SETUPS.timely)
    const answers: (readonly Digest[])[] = []
    for (const name of ENGINES) {
      const subject = simulatedSubject(name, checkedEngineOf)
      const trial = await boundedTrialOf(name, bounded(scenario))
      if (!runsPlan(name, (await builtPlan(trial.config.plan)).plan)) continue
      const record = await subject.run(trial)
      expect([name, ...(await problemsOf(trial, record))]).toEqual([name])
      expect([name, ...(await answerProblemsOf(trial, record))]).toEqual([name])
      answers.push(await answerDigests(trial, record))
    }
    for (const answer of answers) expect(answer).toEqual(answers[0])
    if (answers.length === ENGINES.length) compared += 1
  })
  await fc.assert(property, { seed: SEED, numRuns: RUNS })
  // Plans with loops have an answer on one engine alone; the campaign runs them as jobs on the other.
  expect(compared).toBeGreaterThanOrEqual(RUNS / 2)
})
