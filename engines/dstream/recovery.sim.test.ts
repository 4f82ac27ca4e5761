/**
 * Seeded faults in the simulated world: up to four kills, close together or far apart, during recovery too.
 *
 * Safety: every commit is true, repeated ones are equal. Liveness: the run completes. `SEED` and `RUNS` come from the
 * environment; a failure prints its seed. Also: equal seeds give equal traces, and memory stays flat.
 */
import { describe, expect, it } from 'vitest'
import type { Engine } from '../core/engine.ts'
import { StorageError } from '../core/errors.ts'
import type { Fault } from '../core/faults/fault.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import type { RunConfig } from '../core/run-config.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import { dstreamEngine } from './engine.ts'
import { configOf, counterOf, eventsOf, expectTrue, run } from './trial.fixture.ts'

const ones = () => readStream('log', '500ms').flatMap(words).map(withOne)

const PLANS: readonly (() => Plan)[] = [
  () => planOf(ones().runningReduce(sum)),
  () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  () => planOf(ones().reduceByWindow('1s', sum, { slide: '500ms' })),
  () => planOf(ones().window('1s', '500ms').reduceByKey(sum)),
  () => planOf(ones().runningReduce(sum).topK(3)),
]

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 10)

function drawn(seed: number): { plan: Plan; config: RunConfig; faults: readonly Fault[] } {
  const random = seededRandom(seed)
  const survivors = random.below(2) === 1
  const workers = survivors ? 5 : 1 + random.below(3)
  const config = configOf({
    seed,
    workers,
    partitions: workers + random.below(8),
    tick: milliseconds([50, 100, 250, 500][random.below(4)]!),
    input: { rate: 100 + random.below(300), duration: seconds(4) },
    replacement: survivors ? 'survivors' : 'respawn',
    kernels: random.below(2) === 1 ? 'columns' : 'plain',
    dstream: {
      checkpointInterval: [milliseconds(500), seconds(1), seconds(3)][random.below(3)]!,
      batchesInFlightMax: 1 + random.below(6),
      blockStoreBytesMax: [0, 50_000, 4_000_000][random.below(3)]!,
    },
  })
  const order = Array.from({ length: workers }, (_, worker) => worker)
  const start = 100 + random.below(3500)
  const spread = [20, 150, 400, 2000][random.below(4)]!
  const faults = Array.from({ length: 1 + random.below(4) }, (): Fault => {
    // Survivors must survive: nobody dies twice, and one stays.
    const process = survivors
      ? order.splice(random.below(order.length), 1)[0]!
      : random.below(workers)
    return { kind: 'kill', process, at: milliseconds(start + random.below(spread)) }
  })
  return { plan: PLANS[random.below(PLANS.length)]!(), config, faults }
}

describe('seeded faults', () => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    it(`SEED=${seed} RUNS=1`, () => {
      const { plan, config, faults } = drawn(seed)
      expectTrue(plan, config, run(plan, config, faults))
    })
  }
})

it('gives equal traces for equal seeds', () => {
  const { plan, config, faults } = drawn(3)
  const first = run(plan, config, faults)
  expect(run(plan, config, faults).traceHash).toBe(first.traceHash)
})

it('keeps memory flat: twice the time does not need more', () => {
  const plan = PLANS[1]!()
  const used = [seconds(8), seconds(16)].map((duration) => {
    const record = run(plan, configOf({ input: { rate: 400, duration }, keepRows: false }))
    expect(record.outcome).toBe('completed')
    return Math.max(...record.processes.map((report) => report.memoryBytesMax))
  })
  expect(used[1]).toBeLessThanOrEqual(used[0]! * 1.05)
})

it('recomputes only what was lost since the checkpoint, and spreads reading over all workers', () => {
  const config = configOf({ workers: 3, partitions: 6 })
  const plan = PLANS[0]!()
  const record = run(plan, config, [{ kind: 'kill', process: 1, at: milliseconds(2350) }])
  expectTrue(plan, config, record)
  const [planned] = eventsOf(record, 'recovery-planned')
  // Batches 21 to 23: two maps and two states each; batch 24 was closed meanwhile: all of its twelve tasks.
  expect(planned!.fields).toMatchObject({ horizon: 20 })
  expect(planned!.fields.tasks).toBeLessThanOrEqual(3 * 4 + 3 * 12)
  expect(counterOf(record, 'blockRestores')).toBe(2)
})

describe('a checkpoint under pressure', () => {
  const plan = PLANS[0]!()
  const input = { rate: 400, duration: seconds(4) }
  const dstream = { checkpointInterval: seconds(100), blockStoreBytesMax: 120_000 }
  const config = configOf({ tick: milliseconds(50), input, keepRows: false, dstream })

  it('comes before shuffle blocks have to be spilled', () => {
    const record = run(plan, config)
    expectTrue(plan, config, record)
    expect(eventsOf(record, 'checkpoint-durable').length).toBeGreaterThan(2)
    expect(counterOf(record, 'blockSpills')).toBe(0)
  })

  it('does not come where there is room', () => {
    const roomy = { ...config, dstream: { ...config.dstream, blockStoreBytesMax: 40_000_000 } }
    const record = run(plan, roomy)
    expect(record.outcome).toBe('completed')
    expect(eventsOf(record, 'checkpoint-durable')).toHaveLength(0)
  })

  it('is what a killed worker starts from', () => {
    const record = run(plan, config, [{ kind: 'kill', process: 1, at: milliseconds(3010) }])
    expectTrue(plan, config, record)
    const [planned] = eventsOf(record, 'recovery-planned')
    expect(planned!.fields.horizon).toBeGreaterThan(10)
  })
})

it('makes the blocks of a worker again when one of its spills is damaged', () => {
  const dstream = { checkpointInterval: seconds(1), blockStoreBytesMax: 2_000 }
  const config = configOf({ dstream })
  for (const [what, damage] of Object.entries(DAMAGES)) {
    const engine = onDamagedStorage(dstreamEngine, 'dstream/spill/1.1/', damage)
    const record = run(PLANS[0]!(), config, [], { engine })
    expectTrue(PLANS[0]!(), config, record)
    expect(eventsOf(record, 'spill-damaged').length, what).toBeGreaterThan(0)
    expect(
      record.processes.filter(({ process }) => process === 1),
      what,
    ).toHaveLength(2)
  }
})

it('ends by name when a checkpoint is damaged, and never takes it for state', () => {
  const faults: readonly Fault[] = [{ kind: 'kill', process: 1, at: milliseconds(2350) }]
  for (const [what, damage] of Object.entries(DAMAGES)) {
    const engine = onDamagedStorage(dstreamEngine, 'dstream/checkpoint/', damage)
    const record = run(PLANS[0]!(), configOf(), faults, { engine })
    expect(record.error, what).toBeInstanceOf(StorageError)
    expect(record.error?.message).toMatch(/dstream\/checkpoint\/1\/20-/)
  }
})

it('says which blocks are lost when a checkpoint’s files are gone', () => {
  const engine: Engine = {
    ...dstreamEngine,
    create: (world, setup) => {
      const { storage } = world
      const nameOf = (name: string): string =>
        name.startsWith('dstream/checkpoint/') ? `lost/${name}` : name
      const losing = {
        ...storage,
        write: (name: string, bytes: Uint8Array) => storage.write(nameOf(name), bytes),
      }
      return dstreamEngine.create({ ...world, storage: losing }, setup)
    },
  }
  const faults: readonly Fault[] = [{ kind: 'kill', process: 1, at: milliseconds(2350) }]
  const record = run(PLANS[0]!(), configOf(), faults, { engine })
  expect(record.outcome).toBe('failed')
  expect(record.error).toBeInstanceOf(StorageError)
  // The state of a partition of worker 1 at the end of the checkpointed batch.
  expect(record.error?.message).toMatch(/data lost: blocks \d+-20-\d+/)
})
