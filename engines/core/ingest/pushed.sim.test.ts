/**
 * Pushed input in the simulated world, on both engines, with and without killed workers.
 *
 * Safety: every commit is the interpreter's, so nothing is lost and nothing counted twice. Liveness: the run completes.
 * `SEED` and `RUNS` come from the environment; a failure prints its seed.
 */
import { describe, expect, it } from 'vitest'
import { checkedEngineOf, ENGINES, engineOf } from '../../index.ts'
import { conformancePlan } from '../conformance/plans.ts'
import {
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  trialOf,
} from '../conformance/scenario.ts'
import { simulatedSubject } from '../conformance/simulated-subject.ts'
import { problemsOf } from '../conformance/truth.ts'
import { NOMINAL_COSTS } from '../cost/cost-model.ts'
import type { Fault } from '../faults/fault.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, seconds } from '../units.ts'
import { seededRandom } from '../world/random.ts'

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 6)

const wordCount = conformancePlan('runningReduce, sum', INTERVAL_MS)

function pushed(scenario: Partial<Scenario>): Scenario {
  return { plan: wordCount, ...scenario, config: { ...scenario.config, ingest: 'pushed' } }
}

const kill = (process: number, atMs: number): Fault => ({
  kind: 'kill',
  process,
  at: milliseconds(atMs),
})

const stands = (process: number): Fault => ({
  kind: 'pause',
  process,
  at: milliseconds(1000),
  length: seconds(60),
})

describe.each(ENGINES)('%s', (engine) => {
  const subject = simulatedSubject(engine, checkedEngineOf)

  const run = (scenario: Partial<Scenario>): Promise<RunRecord> => {
    const { options } = scenario
    return subject.run(trialOf(engine, pushed(scenario)), options)
  }

  const runRight = async (scenario: Partial<Scenario>): Promise<RunRecord> => {
    const record = await run(scenario)
    expect(await problemsOf(trialOf(engine, pushed(scenario)), record)).toEqual([])
    return record
  }

  it('puts every record on two workers, once', async () => {
    const record = await runRight({})
    const records = 150 * 2.4
    expect(counterOf(record, 'pushedRecords')).toBe(records)
    expect(counterOf(record, 'replicatedBytes')).toBe(counterOf(record, 'pushedBytes'))
    expect(counterOf(record, 'resentRecords')).toBe(0)
    expect(counterOf(record, 'duplicateRecords')).toBe(0)
  })

  it.each<[string, Partial<Scenario>]>([
    ['plain functions', { config: { kernels: 'plain' } }],
    ['one worker, whose blocks have no copy', { config: { workers: 1 } }],
    ['three workers and more partitions', { config: { workers: 3, partitions: 8 } }],
    ['more workers than partitions', { config: { workers: 3, partitions: 2 } }],
    ['windows', { plan: conformancePlan('reduceByWindow, inverse, each interval', INTERVAL_MS) }],
    ['plain events', { plan: conformancePlan('filter, kernels', INTERVAL_MS) }],
    ['a stream used twice', { plan: conformancePlan('a stream used twice', INTERVAL_MS) }],
    [
      'what was due before the clock started',
      {
        config: {
          input: {
            rate: 150,
            duration: milliseconds(2400),
            history: { duration: milliseconds(1200), rate: 400 },
          },
        },
      },
    ],
  ])('is right: %s', async (_, scenario) => {
    await runRight(scenario)
  })

  it.each<[string, Partial<Scenario>]>([
    ['respawned', {}],
    ['respawned, plain', { config: { kernels: 'plain' } }],
    ['survived by one', { config: { replacement: 'survivors' } }],
    ['survived by two', { config: { replacement: 'survivors', workers: 3, partitions: 7 } }],
    ['before the first checkpoint', { faults: [kill(1, 250)] }],
    ['near the end', { faults: [kill(1, 2390)] }],
  ])('survives a killed worker: %s', async (_, scenario) => {
    for (const process of [0, 1]) {
      const record = await runRight({ faults: [kill(process, 1150)], ...scenario })
      expect(eventsOf(record, 'generation-issued').length).toBe(1)
    }
  })

  it('survives a kill at any instant of a push, its copy and its acknowledgement', async () => {
    let resent = 0
    let duplicates = 0
    for (let at = 1_000; at < 1_010; at += 0.5) {
      const input = { rate: 3_000, duration: milliseconds(1200) }
      const record = await runRight({ faults: [kill(1, at)], config: { input } })
      resent += counterOf(record, 'resentRecords')
      duplicates += counterOf(record, 'duplicateRecords')
    }
    expect(resent).toBeGreaterThan(0)
    // Where the survivor had more than it could acknowledge.
    expect(duplicates).toBeGreaterThan(0)
    expect(duplicates).toBeLessThan(resent)
  })

  it('survives a kill at any instant while blocks land', async () => {
    let landed = 0
    let resent = 0
    for (let at = 1_000; at < 1_012; at += 3) {
      const record = await runRight({
        lines: Array.from({ length: 400 }, () => 'a'.repeat(3000)),
        faults: [kill(Math.floor(at) % 2, at)],
        options: { regionBytes: 96 * 1024 * 1024 },
        // All in one partition, and a pool of many lines: so blocks are full.
        config: { input: { rate: 6_000, duration: milliseconds(1200) }, partitions: 1 },
      })
      landed += counterOf(record, 'landedBlocks')
      resent += counterOf(record, 'resentRecords')
    }
    expect(landed).toBeGreaterThan(0)
    expect(resent).toBeGreaterThan(0)
  })

  it('survives kills one after the other, once the copies are whole again', async () => {
    const faults = [kill(0, 600), kill(1, 1300), kill(0, 2000)]
    const record = await runRight({ faults })
    expect(counterOf(record, 'refilledBytes')).toBeGreaterThan(0)
  })

  it('survives a kill while blocks are fetched', async () => {
    const config = { workers: 4, partitions: 8, input: { rate: 2_000, duration: seconds(2) } }
    for (let at = 820; at < 900; at += 10) {
      await runRight({ config, faults: [kill(1, 700), kill(3, at)] })
    }
  })

  it('ends by name when both copies are lost', async () => {
    const config = { workers: 3, partitions: 6 }
    const record = await run({ config, faults: [kill(0, 1150), kill(1, 1150)] })
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'recovery' })
    expect(record.error?.message).toMatch(
      /data lost: blocks \d+\/\d+ to .*, no live worker holds them/,
    )
  })

  it('ends by name when the client is lost', async () => {
    const client = (await engineOf(engine)).processes(trialOf(engine, pushed({})).config)
    const record = await run({ faults: [kill(client, 1000)] })
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(/heartbeat of the client/)
  })

  // Who is to replace the worker waits for the client.
  it('ends by name when the client stands still for good, and a worker is killed', async () => {
    const client = (await engineOf(engine)).processes(trialOf(engine, pushed({})).config)
    const record = await run({ faults: [stands(client), kill(0, 1050)] })
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(/heartbeat of the client/)
  })

  it('holds the client back under three times the load, in bounded memory', async () => {
    // To find the words of a record costs 3 ms of a worker's time: two workers do 667 a second.
    const costs = { ...NOMINAL_COSTS, kernels: { words: 3_000_000, other: 1_000 } }
    const lines = ['a'.repeat(4000)]
    const run3x = (duration: number) =>
      runRight({
        lines,
        options: { costs, regionBytes: 8 * 1024 * 1024 },
        config: {
          input: { rate: 2_000, duration },
          detector: { heartbeat: milliseconds(100), timeout: seconds(5) },
          timely: { recovery: 'none' },
          dstream: { checkpointInterval: milliseconds(100) },
        },
      })
    const used: number[] = []
    for (const duration of [milliseconds(1200), milliseconds(2400)]) {
      const record = await run3x(duration)
      const last = Math.max(...record.commits.map(({ visibleAt }) => visibleAt))
      expect(last).toBeGreaterThan(2 * duration)
      used.push(Math.max(...record.processes.map(({ memoryBytesMax }) => memoryBytesMax)))
    }
    expect(used[1]).toBeLessThan(5.5 * 1024 * 1024)
    expect(used[1]! / used[0]!).toBeLessThan(1.3)
  })

  it('ends by name when recovery needs more input than there is memory for', async () => {
    const record = await run({
      lines: ['a'.repeat(2000)],
      config: {
        input: { rate: 6_000, duration: milliseconds(2400) },
        timely: { checkpointInterval: milliseconds(2000) },
        dstream: { checkpointInterval: milliseconds(2000) },
      },
    })
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'capacity' })
    expect(record.error?.message).toMatch(/checkpoint more often/)
  })

  it('gives input back with each batch where a plan keeps nothing, however rare checkpoints are', async () => {
    const record = await runRight({
      plan: conformancePlan('filter, kernels', INTERVAL_MS),
      lines: ['a'.repeat(2000)],
      config: {
        input: { rate: 6_000, duration: milliseconds(2400) },
        timely: { recovery: 'none' },
        dstream: { checkpointInterval: milliseconds(2000) },
      },
    })
    // In all, 14 MiB on each of two workers.
    const used = Math.max(...record.processes.map(({ memoryBytesMax }) => memoryBytesMax))
    expect(used).toBeLessThan(6 * 1024 * 1024)
  })

  it('gives equal traces for equal seeds', async () => {
    const scenario = { faults: [kill(1, 1150)] }
    const first = await runRight(scenario)
    const second = await runRight(scenario)
    expect(second.traceHash).toBe(first.traceHash)
    expect(second.history).toEqual(first.history)
  })

  describe('seeded faults', () => {
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      it(`SEED=${seed} RUNS=1`, async () => {
        await runRight(drawn(seed))
      })
    }
  })
})

it.each(['checkpoint', 'barrier-snapshots'] as const)(
  'goes back to the checkpoint before, and has the input since then, where storage has lost the newest: %s',
  async (recovery) => {
    const lost = { kind: 'storage', what: 'lost', factor: 1, share: 1 } as const
    const scenario = pushed({
      config: { timely: { recovery } },
      faults: [{ ...lost, at: milliseconds(1150), length: milliseconds(200) }, kill(1, 1390)],
    })
    const trial = trialOf('timely', scenario)
    const record = await simulatedSubject('timely', checkedEngineOf).run(trial)
    expect(await problemsOf(trial, record)).toEqual([])
    const [back] = eventsOf(record, 'rollback-ended')
    const durable = eventsOf(record, 'checkpoint-durable').filter(({ at }) => at < back!.at)
    const ticks = [800, 1200].map(milliseconds)
    expect(durable.slice(-2).map(({ fields }) => fields.tick)).toEqual(ticks)
    expect(back!.fields.tick).toBe(ticks[0])
  },
)

it('goes on to its deadline when the client stands still for good and no worker is left to miss it', async () => {
  const faults = [stands(2), kill(0, 1050)]
  const trial = trialOf('dstream', pushed({ config: { workers: 1 }, faults }))
  const record = await simulatedSubject('dstream', checkedEngineOf).run(trial)
  expect(record.outcome).toBe('timed-out')
  const lives = record.processes.filter(({ process }) => process === 0)
  expect(lives).toHaveLength(1)
  // The driver has seen to it.
  expect(eventsOf(record, 'worker-suspected').length).toBeGreaterThan(1)
})

it('ends by name, and soon, where not even one batch has room', async () => {
  const trial = trialOf(
    'dstream',
    pushed({
      lines: ['a'.repeat(2000)],
      config: {
        tick: seconds(2),
        input: { rate: 6_000, duration: seconds(4) },
        dstream: { checkpointInterval: seconds(2) },
      },
      plan: conformancePlan('filter, kernels', 2_000),
    }),
  )
  let ended = 0
  const record = await simulatedSubject('dstream', checkedEngineOf).run(trial, {
    regionBytes: 16 * 1024 * 1024,
    afterStep: (now) => {
      ended = now
    },
  })
  expect(record.outcome).toBe('failed')
  expect(record.error).toMatchObject({ code: 'capacity' })
  expect(record.error?.message).toMatch(/room for one batch of pushed input.*--tick/)
  // The beginning of the batch had filled the room in less than its length.
  expect(ended).toBeLessThan(seconds(3))
})

/** Kills far enough apart that copies are whole again, or one alone; with survivors nobody dies twice. */
function drawn(seed: number): Partial<Scenario> {
  const random = seededRandom(seed)
  const survivors = random.below(2) === 1
  const workers = 2 + random.below(4)
  const order = Array.from({ length: workers }, (_, worker) => worker)
  const kills = survivors ? 1 + random.below(workers - 1) : 1 + random.below(3)
  let at = 50 + random.below(800)
  const faults = Array.from({ length: kills }, () => {
    const process = survivors
      ? order.splice(random.below(order.length), 1)[0]!
      : random.below(workers)
    const fault = kill(process, at)
    at += 600 + random.below(500)
    return fault
  })
  return {
    faults,
    config: {
      seed,
      workers,
      partitions: workers + random.below(6),
      tick: milliseconds([50, 100, 200][random.below(3)]!),
      input: { rate: 200 + random.below(1500), duration: milliseconds(2400) },
      kernels: random.below(4) === 0 ? 'plain' : 'columns',
      replacement: survivors ? 'survivors' : 'respawn',
    },
  }
}
