/**
 * Conformance: what outputs do beside committing is done before it, as often as a fault makes it, and to the same effect.
 *
 * That files hold the interpreter's rows is looked at in every run that saves (`problemsOf`), after kills of every kind in
 * `recovery.ts`. Here are the kills that a file's own instants name, the faults of disks, and functions.
 */
import { describe, expect, it } from 'vitest'
import type { FaultPlan } from '../faults/fault.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { loadPlan } from '../plan/named-plan.ts'
import { milliseconds } from '../units.ts'
import { DISK, type DiskFaults } from '../world/simulated/disk.ts'
import { runRight } from './operators.ts'
import { CALLS, THROWING } from './plans/outputs.ts'
import { conformancePlan } from './plans.ts'
import { calledProblems, earlyCommits } from './saved-truth.ts'
import {
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'
import { truthOf } from './truth.ts'

const SAVED: Scenario = {
  plan: conformancePlan('outputs that are saved and committed', INTERVAL_MS),
}

const onDisk = (faults: DiskFaults): Scenario => ({
  ...SAVED,
  options: { disk: { ...DISK, faults } },
})

export function outputsConform(subject: Subject): void {
  describe('saved', () => saves(subject))
  describe('called', () => calls(subject))
}

function saves(subject: Subject): void {
  it.each(['respawn', 'survivors'] as const)(
    'a kill while a file is on its way, and when it has just become durable, %s',
    async (replacement) => {
      const scenario = { ...SAVED, config: { workers: 3, replacement } }
      const calm = await runRight(subject, scenario)
      const files = calm.files ?? []
      expect(files.length).toBeGreaterThan(20)
      for (const place of [0, 0.5, 0.95]) {
        const at = files[Math.floor(place * files.length)]!.at!
        for (const early of [1, milliseconds(1), 0]) {
          const faults: FaultPlan = [{ kind: 'kill', process: 1, at: at - early }]
          const record = await runRight(subject, { ...scenario, faults })
          expect(record.files?.map(({ name }) => name).sort()).toEqual(
            files.map(({ name }) => name).sort(),
          )
        }
      }
    },
  )

  it('a disk that breaks off: files are written again', async () => {
    const record = await runRight(subject, onDisk({ torn: 0.05 }))
    expect(eventsOf(record, 'save-failed').length).toBeGreaterThan(2)
    expect(counterOf(record, 'savedFiles')).toBe(record.files?.length)
  })

  it('a disk that is full: the run ends by name, and what is committed is in files', async () => {
    const scenario = onDisk({ filesBytesMax: 2_000 })
    const trial = trialOf(subject.engine, scenario)
    const record = await subject.run(trial, scenario.options)
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'storage' })
    expect(record.error?.message).toMatch(
      /^save \(node \d+\): the file \w+\/\d{16}-\d\.ndjson: no space left on the disk\. a file is tried 3 times/,
    )
    expect(record.commits.some(({ rows }) => rows > 0)).toBe(true)
    const dataflow = buildDataflow(await loadPlan(trial.config.plan))
    expect(earlyCommits(dataflow, { config: trial.config, record })).toEqual([])
  })
}

function calls(subject: Subject): void {
  const called: Scenario = { plan: conformancePlan('an output that calls a function', INTERVAL_MS) }

  it.each([
    ['once a tick and partition', []],
    ['again after a kill', [{ kind: 'kill', process: 1, at: milliseconds(1_310) }]],
  ] as const)('%s', async (_, faults) => {
    CALLS.length = 0
    const scenario = { ...called, faults }
    const record = await runRight(subject, scenario)
    const trial = trialOf(subject.engine, scenario)
    expect(calledProblems(CALLS, await truthOf(trial))).toEqual([])
    const ticks = trial.config.input.duration / trial.config.tick
    if (faults.length === 0) expect(CALLS).toHaveLength(ticks * trial.config.partitions)
    else expect(CALLS.length).toBeGreaterThanOrEqual(record.commits.length)
  })

  it('a function that throws: its tick is not committed', async () => {
    const record = await subject.run(trialOf(subject.engine, { plan: THROWING }))
    expect(record.error).toMatchObject({ code: 'user-function' })
    expect(record.error?.message).toMatch(
      /^foreachBatch \(node 4\) of the rows .* in the tick that ends at 1s: its function threw Error: no\./,
    )
    expect(record.commits.some(({ tick }) => tick === milliseconds(900))).toBe(true)
    expect(record.commits.filter(({ tick }) => tick >= milliseconds(1_000))).toEqual([])
  })
}
