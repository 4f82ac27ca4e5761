/** `ad-analytics` joined with static data on real threads, calm and with a worker killed that needs the table again. */
import { expect, it } from 'vitest'
import { eventsOf, threadsSubject, trialOf } from '../../engines/core/conformance/scenario.ts'
import { expectedCommits } from '../../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { ENGINES } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'

const INTERVAL_MS = 80
const system = threadsSystem({
  workerRegionBytes: 16 * 1024 * 1024,
  driverRegionBytes: 8 * 1024 * 1024,
})

const cases = ENGINES.flatMap((engine) =>
  (['ad-analytics', 'ad-analytics-integers'] as const).map((name) => ({ engine, name })),
)

it.each(cases)('$name on $engine', async ({ engine, name }) => {
  const workload = workloadNamed(name)
  const lengths = { interval: `${INTERVAL_MS}ms`, length: `${2 * INTERVAL_MS}ms` }
  const parameters = { ...lengths, join: 'static' }
  const checkpointInterval = milliseconds(80)
  for (const faults of [[], [{ kind: 'kill', process: 1, at: milliseconds(330) }]] as const) {
    const scenario = {
      plan: workload.plan(parameters),
      config: {
        tick: milliseconds(20),
        input: { rate: 2_000, duration: milliseconds(12 * INTERVAL_MS) },
        detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
        timely: { checkpointInterval, flushInterval: milliseconds(5) },
        dstream: { checkpointInterval },
      },
      faults,
    }
    const trial = {
      ...trialOf(engine, scenario),
      pool: makeInput(workload.inputs[0]!.kind, { records: 1_500, seed: 3 }),
      staticInputs: workload.staticInputs!(parameters),
    }
    const record = await threadsSubject(engine, system).run(trial)
    const kills = eventsOf(record, 'fault-kill')
    expect(kills.map(({ fields }) => fields.witnessed)).toEqual(faults.map(() => true))
    const outputs = expectedCommits(buildDataflow(await loadPlan(trial.config.plan)), trial.config)
    const verdict = judge(record, trial, outputs, workload.oracle(parameters))
    expect(describeVerdict(verdict)).toMatch(/^valid/)
    expect(record.commits.some(({ rows, tick }) => rows > 0 && tick > milliseconds(480))).toBe(true)
  }
})
