/**
 * Both engines against the interpreter on inputs that are out of order: any disorder and lateness, cut at random, with a kill.
 *
 * `RUNS` and `SEED` come from the environment; a failure prints its seed, its path and the shrunk trial.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  LATE_PLAN_NAMES,
  type LatePlanName,
  latePlan,
} from '../../engines/core/conformance/plans/late.ts'
import { type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { problemsOf } from '../../engines/core/conformance/truth.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'

const SEED = Number(process.env.SEED ?? 20_130_211)
const RUNS = Number(process.env.RUNS ?? 25)

const INTERVAL_MS = 200
const DURATION_MS = 2_400

/** Milliseconds, among them many that are an end of something. */
const span = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.nat(most),
    fc.nat(Math.floor(most / 50)).map((parts) => 50 * parts),
  )

const drawn = fc.record({
  name: fc.constantFrom<LatePlanName>(...LATE_PLAN_NAMES),
  latenessMs: span(600),
  boundMs: span(900),
  share: fc.constantFrom(0, 0.1, 0.5, 1),
  disorderSeed: fc.nat(0xffff_ffff),
  lines: fc.array(fc.constantFrom('a', 'b river', 'c', ''), { minLength: 1, maxLength: 6 }),
  rate: fc.constantFrom(0, 7, 40, 150),
  workers: fc.integer({ min: 1, max: 4 }),
  partitions: fc.integer({ min: 1, max: 7 }),
  tickMs: fc.constantFrom(200, 100, 50),
  checkpointTicks: fc.integer({ min: 1, max: 9 }),
  kernels: fc.constantFrom('columns', 'plain'),
  ingest: fc.constantFrom('log', 'pushed'),
  replacement: fc.constantFrom('respawn', 'survivors'),
  kill: fc.option(fc.record({ worker: fc.nat(3), at: fc.nat(DURATION_MS) }), { nil: undefined }),
})

type Drawn = typeof drawn extends fc.Arbitrary<infer D> ? D : never

function scenarioOf(trial: Drawn): Scenario {
  const { name, latenessMs, boundMs, share, disorderSeed, lines, rate, workers } = trial
  const { partitions, kernels, ingest, replacement } = trial
  const disorder = { bound: milliseconds(boundMs), share, seed: disorderSeed }
  const tick = milliseconds(trial.tickMs)
  const checkpointInterval = trial.checkpointTicks * tick
  return {
    plan: latePlan({ name, intervalMs: INTERVAL_MS, lateness: `${latenessMs}ms` }),
    lines,
    config: {
      workers,
      partitions,
      tick,
      kernels,
      ingest,
      replacement,
      input: { rate, duration: milliseconds(DURATION_MS), disorder },
      timely: { checkpointInterval },
      dstream: { checkpointInterval },
    },
    faults: killsOf(trial),
  }
}

/** Somebody must live. */
function killsOf({ kill, workers }: Drawn): readonly Fault[] {
  if (kill === undefined || workers === 1) return []
  return [{ kind: 'kill', process: kill.worker % workers, at: milliseconds(kill.at) }]
}

it('late records are the same on both engines', { timeout: 24 * 3_600_000 }, async () => {
  const property = fc.asyncProperty(drawn, async (trial) => {
    const scenario = scenarioOf(trial)
    for (const name of ENGINES) {
      const subject = simulatedSubject(name, checkedEngineOf)
      const given = trialOf(name, scenario)
      const record = await subject.run(given)
      expect([name, ...(await problemsOf(given, record))]).toEqual([name])
    }
  })
  await fc.assert(property, { seed: SEED, numRuns: RUNS })
})
