/**
 * Workloads with loops on real threads, with a worker killed: right by their oracles. On the engine that has none a job for
 * each round, over a bounded input.
 */
import { expect, it } from 'vitest'
import { boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { eventsOf, threadsSubject } from '../../engines/core/conformance/scenario.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'
import { INTERVAL_MS, rightOnThreads, rightWhenKilled, smallThreads } from './on-threads.fixture.ts'

it.each([
  ['connected-components', {}],
  ['connected-components', { format: 'u32x2' }],
  ['page-rank', { rounds: 5 }],
  ['barrier', { rounds: 20 }],
  ['interactive', { answers: 'fresh' }],
  ['interactive', { answers: 'stale' }],
] as const)('%s with %j', async (name, given) => {
  const workload = workloadNamed(name)
  const parameters = { interval: `${INTERVAL_MS}ms`, ...given }
  const kind = 'format' in given ? 'edge-pairs' : workload.inputs[0]!.kind
  await rightWhenKilled('timely', { workload, parameters, kind })
})

it('a loop to its end without a kill', async () => {
  const workload = workloadNamed('connected-components')
  const parameters = { interval: `${INTERVAL_MS}ms` }
  await rightOnThreads('timely', { workload, parameters, faults: [] })
})

it.each([
  ['connected-components', {}, undefined],
  ['page-rank', { rounds: 5 }, undefined],
  // Rounds enough to be killed in the middle of them.
  ['barrier', { rounds: 600 }, 60],
] as const)('%s with %j, a job for each round', async (name, given, killedAfterMs) => {
  const workload = workloadNamed(name)
  const parameters = { interval: `${INTERVAL_MS}ms`, ...given }
  const { bytes } = makeInput(workload.inputs[0]!.kind, { records: 1_500, seed: 3 })
  const trial = await boundedTrialOf('dstream', {
    plan: workload.plan(parameters),
    lines: Buffer.from(bytes).toString('latin1').trimEnd().split('\n'),
    config: {
      // Longer than a busy machine lets a thread wait: whose heartbeats are late is not what is tried here.
      detector: { heartbeat: milliseconds(20), timeout: seconds(3) },
      dstream: { iterationsAsJobs: true },
    },
  })
  const at = trial.config.input.duration + milliseconds(killedAfterMs ?? 0)
  const faults = killedAfterMs === undefined ? [] : [{ kind: 'kill', process: 1, at } as const]
  const record = await threadsSubject('dstream', smallThreads).run({ ...trial, faults })
  expect(eventsOf(record, 'recovery-planned').length).toBe(faults.length)
  const outputs = dueCommits(buildDataflow(await loadPlan(trial.config.plan)), trial.config)
  const verdict = judge(record, trial, outputs, workload.oracle(parameters))
  expect(describeVerdict(verdict)).toMatch(/^valid/)
})
