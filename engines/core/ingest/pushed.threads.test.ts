/** Pushed input on real threads, on both engines: right without faults, and with a worker killed while records are sent. */
import { describe, expect, it } from 'vitest'
import { conformancePlan } from '../conformance/plans.ts'
import { counterOf, eventsOf, type Scenario, trialOf } from '../conformance/scenario.ts'
import { problemsOf } from '../conformance/truth.ts'
import { milliseconds, seconds } from '../units.ts'
import { runOnThreads } from '../world/threads/run-on-threads.ts'

const SCENARIO: Scenario = {
  plan: conformancePlan('runningReduce, sum', 100),
  config: {
    ingest: 'pushed',
    tick: milliseconds(50),
    input: { rate: 4_000, duration: milliseconds(800) },
    timely: { checkpointInterval: milliseconds(200) },
    dstream: { checkpointInterval: milliseconds(200) },
    detector: { heartbeat: milliseconds(50), timeout: seconds(1) },
  },
}
const RECORDS = 4_000 * 0.8

/** Small, so that starting a run costs little. */
const SIZES = { workerRegionBytes: 16 * 1024 * 1024, driverRegionBytes: 4 * 1024 * 1024 }

describe.each(['timely', 'dstream'] as const)('%s', (engine) => {
  it('puts every record on two workers, once', async () => {
    const trial = trialOf(engine, SCENARIO)
    const record = await runOnThreads(trial, SIZES)
    expect(await problemsOf(trial, record)).toEqual([])
    expect(counterOf(record, 'pushedRecords')).toBe(RECORDS)
  }, 60_000)

  const moment = { timely: 'before-acknowledgement', dstream: 'after-acknowledgement' } as const

  it(`loses and doubles nothing when a receiver is killed, ${moment[engine]}`, async () => {
    const at = { on: moment[engine], from: milliseconds(430) }
    const faults = [{ kind: 'kill', process: 1, at }] as const
    const trial = trialOf(engine, { ...SCENARIO, faults })
    const record = await runOnThreads(trial, SIZES)
    expect(await problemsOf(trial, record)).toEqual([])
    expect(eventsOf(record, 'fault-kill').map(({ fields }) => fields.witnessed)).toEqual([true])
    expect(eventsOf(record, 'generation-issued').length).toBeGreaterThan(0)
    expect(counterOf(record, 'refilledBytes')).toBeGreaterThan(0)
  }, 60_000)

  it('ends by name when both copies are lost', async () => {
    const at = milliseconds(430)
    const faults = [0, 1].map((process) => ({ kind: 'kill', process, at }) as const)
    const config = { ...SCENARIO.config, workers: 3, partitions: 6 }
    const record = await runOnThreads(trialOf(engine, { ...SCENARIO, config, faults }), SIZES)
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(/data lost: blocks \d+\/\d+ to /)
  }, 60_000)
})
