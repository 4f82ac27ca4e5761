/** A workload on real threads, with faults or without: right by its oracle. */
import { expect } from 'vitest'
import {
  type ConfigChanges,
  eventsOf,
  threadsSubject,
  trialOf,
} from '../../engines/core/conformance/scenario.ts'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { type InputKind, makeInput } from '../../workloads/input/input.ts'
import type { Workload } from '../../workloads/workload.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'

/** What the interval of the workload's plan is to be. */
export const INTERVAL_MS = 80

export const smallThreads = threadsSystem({
  workerRegionBytes: 16 * 1024 * 1024,
  driverRegionBytes: 8 * 1024 * 1024,
})

export interface WorkloadRun {
  readonly workload: Workload
  readonly parameters: Readonly<Record<string, string | number>>
  /** Default: the first that the workload has. */
  readonly kind?: InputKind
  readonly faults: FaultPlan
  readonly config?: ConfigChanges
}

/** A run of twelve intervals that its oracle finds right. */
export async function rightOnThreads(
  engine: EngineName,
  { workload, parameters, kind = workload.inputs[0]!.kind, faults, config }: WorkloadRun,
): Promise<RunRecord> {
  const checkpointInterval = milliseconds(80)
  const scenario = {
    plan: workload.plan(parameters),
    config: {
      tick: milliseconds(20),
      input: { rate: 2_000, duration: milliseconds(12 * INTERVAL_MS) },
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
      timely: { checkpointInterval, flushInterval: milliseconds(5) },
      dstream: { checkpointInterval },
      ...config,
    },
    faults,
  }
  const staticInputs = workload.staticInputs?.(parameters)
  const trial = {
    ...trialOf(engine, scenario),
    pool: makeInput(kind, { records: 1_500, seed: 3 }),
    ...(staticInputs && { staticInputs }),
    // Long enough for a machine that others keep busy: what ends a run that hangs must end no other.
    deadline: seconds(100),
  }
  const record = await threadsSubject(engine, smallThreads).run(trial)
  const outputs = dueCommits(buildDataflow(await loadPlan(trial.config.plan)), trial.config)
  const verdict = judge(record, trial, outputs, workload.oracle(parameters))
  expect(describeVerdict(verdict)).toMatch(/^valid/)
  return record
}

/** A run in which a worker is killed; up to then it is a calm one. */
export async function rightWhenKilled(
  engine: EngineName,
  run: Omit<WorkloadRun, 'faults'>,
): Promise<RunRecord> {
  const faults = [{ kind: 'kill', process: 1, at: milliseconds(330) }] as const
  const record = await rightOnThreads(engine, { ...run, faults })
  expect(eventsOf(record, 'fault-kill').map(({ fields }) => fields.witnessed)).toEqual([true])
  return record
}
