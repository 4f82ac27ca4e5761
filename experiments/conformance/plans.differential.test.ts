/**
 * Both engines against the interpreter: random plans over random inputs, cut at random, with random kills.
 *
 * `RUNS` and `SEED` come from the environment; a failure prints its seed, its path and the shrunk trial. To replay one:
 * SEED=<seed> REPLAY=<path> npx vitest run experiments/conformance/plans.differential.test.ts
 */
import fc from 'fast-check'
import { it } from 'vitest'
import { checkRandomTrial, randomTrial } from './random-trial.fixture.ts'

const SEED = Number(process.env.SEED ?? 20_130_211)
const RUNS = Number(process.env.RUNS ?? 100)
const { REPLAY } = process.env

it('random plans are right on both engines', { timeout: 24 * 3_600_000 }, async () => {
  const replay = REPLAY === undefined ? {} : { path: REPLAY, endOnFailure: true }
  await fc.assert(fc.asyncProperty(randomTrial, checkRandomTrial), {
    seed: SEED,
    numRuns: RUNS,
    ...replay,
  })
})
