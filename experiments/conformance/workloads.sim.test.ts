/**
 * Every workload of the registry on both engines, simulated, with a worker killed: right by its oracle, as every run is
 * judged. Those with loops on the one that has them; the other refuses them by name, unless a round may be a job.
 */
import { describe, expect, it } from 'vitest'
import { boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { eventsOf, INTERVAL_MS, trialOf } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { runsAsJobs } from '../../engines/core/input/bounded-config.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { runsPlan } from '../../engines/core/plan/operator-support.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { WORKLOADS } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import type { GivenParameters } from '../../workloads/parameters.ts'
import type { Workload } from '../../workloads/workload.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'

/** So many that most auctions come once, and so few that some events come again. */
const RECORDS = 500
/** Of a join, so few that events come again in each interval: how long they wait for each other is seen. */
const RECORDS_JOINED = 100
const RATE = 400

/** Lengths in intervals, for parameters by their names; so short that windows slide and auctions close within the run. */
const INTERVALS: Readonly<Record<string, number>> = {
  interval: 1,
  length: 2,
  slide: 1,
  timeout: 2,
  lasts: 1,
  lateness: 1,
}

/** Others than the defaults, without which so few records would make no row. */
const SMALL: Readonly<Record<string, GivenParameters>> = {
  grep: { pattern: 'needle' },
  'k-exposure': { k: 1 },
  'nexmark-q2': { divisor: 3 },
  'page-rank': { rounds: 5 },
  barrier: { rounds: 20 },
}

function parametersOf({ name, parameters }: Workload): GivenParameters {
  const lengths = Object.entries(parameters).flatMap(([parameter, { kind }]) =>
    kind === 'duration' ? [[parameter, `${INTERVALS[parameter]! * INTERVAL_MS}ms`]] : [],
  )
  return { ...Object.fromEntries(lengths), ...SMALL[name] }
}

const plans = await Promise.all(
  WORKLOADS.map(async (workload) => [workload, await loadPlan(workload.plan())] as const),
)
const cases = plans.flatMap(([workload, plan]) =>
  ENGINES.map((engine) => ({
    name: `${workload.name} on ${engine}`,
    workload,
    engine,
    isRun: runsPlan(engine, plan),
  })),
)

function scenarioOf(workload: Workload) {
  return {
    plan: workload.plan(parametersOf(workload)),
    config: { input: { rate: RATE, duration: milliseconds(6 * INTERVAL_MS) } },
    faults: [{ kind: 'kill', process: 1, at: milliseconds(3 * INTERVAL_MS - 70) }],
  } as const
}

describe('with a worker killed', () => {
  it.each(cases.filter(({ isRun }) => isRun))('$name is right', async ({ workload, engine }) => {
    const parameters = parametersOf(workload)
    const records = workload.name === 'join' ? RECORDS_JOINED : RECORDS
    const pool = makeInput(workload.inputs[0]!.kind, { records, seed: 3 })
    const trial = { ...trialOf(engine, scenarioOf(workload)), pool }
    const record = await simulatedSubject(engine, checkedEngineOf).run(trial)
    expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
    const outputs = dueCommits(buildDataflow(await loadPlan(trial.config.plan)), trial.config)
    const verdict = judge(record, trial, outputs, workload.oracle(parameters))
    expect(describeVerdict(verdict)).toMatch(/^valid/)
    const rows = record.commits.reduce((total, commit) => total + commit.rows, 0)
    expect(rows, 'rows that could be wrong').toBeGreaterThan(0)
  })
})

describe('over a bounded input, with a job for each round', () => {
  it.each(cases.filter(({ isRun }) => !isRun))('$name is right', async ({ workload, engine }) => {
    const parameters = parametersOf(workload)
    const plan = workload.plan(parameters)
    expect(runsAsJobs(await loadPlan(plan)), 'what is listed').toBe(true)
    const { bytes } = makeInput(workload.inputs[0]!.kind, { records: RECORDS, seed: 3 })
    const lines = Buffer.from(bytes).toString('latin1').trimEnd().split('\n')
    const config = { dstream: { iterationsAsJobs: true } } as const
    const trial = await boundedTrialOf(engine, { plan, lines, config })
    const record = await simulatedSubject(engine, checkedEngineOf).run(trial)
    const outputs = dueCommits(buildDataflow(await loadPlan(plan)), trial.config)
    const verdict = judge(record, trial, outputs, workload.oracle(parameters))
    expect(describeVerdict(verdict)).toMatch(/^valid/)
    expect(eventsOf(record, 'batch-completed').length).toBeGreaterThan(2)
    const rows = record.commits.reduce((total, commit) => total + commit.rows, 0)
    expect(rows, 'rows that could be wrong').toBeGreaterThan(0)
  })
})

describe('what an engine has not', () => {
  it.each(cases.filter(({ isRun }) => !isRun))(
    '$name is refused by name',
    async ({ workload, engine }) => {
      const trial = trialOf(engine, scenarioOf(workload))
      const run = simulatedSubject(engine, checkedEngineOf).run(trial)
      await expect(run).rejects.toThrow(/^iterate \(node \d+\): the D-Stream engine\./)
    },
  )
})
