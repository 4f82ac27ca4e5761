/**
 * Lost drivers in the simulated world: seeded, alone and with workers, on either ingest; and what storage may do to its records.
 *
 * Safety: every commit is true, repeated ones are equal. Liveness: the run completes. `SEED` and `RUNS` come from the
 * environment; a failure prints its seed. Instants of every kind are in `core/conformance/driver.ts`.
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
import { milliseconds, type Nanos, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import type { Process, Storage } from '../core/world/world.ts'
import { checkedDStreamEngine } from './checked-engine.ts'
import { RECORD_PREFIX } from './recovery/driver-record.ts'
import { configOf, counterOf, eventsOf, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)

const PLANS: readonly (() => Plan)[] = [
  () => planOf(ones().runningReduce(sum)),
  () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  () => planOf(ones().reduceByWindow('1s', sum, { slide: '500ms' })),
  () => planOf(ones().runningReduce(sum).topK(3)),
  () => planOf(lines().filter((line) => (line as string).includes('river'))),
]

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 10)

function drawn(seed: number): { plan: Plan; config: RunConfig; faults: readonly Fault[] } {
  const random = seededRandom(seed)
  const workers = 1 + random.below(3)
  const ingest = workers > 1 && random.below(2) === 1 ? 'pushed' : 'log'
  const config = configOf({
    seed,
    workers,
    ingest,
    partitions: workers + random.below(8),
    tick: milliseconds([50, 100, 250, 500][random.below(4)]!),
    input: { rate: 100 + random.below(300), duration: seconds(4) },
    kernels: random.below(2) === 1 ? 'columns' : 'plain',
    dstream: {
      checkpointInterval: [milliseconds(500), seconds(1), seconds(3)][random.below(3)]!,
      batchesInFlightMax: 1 + random.below(6),
      blockStoreBytesMax: [0, 50_000, 4_000_000][random.below(3)]!,
    },
  })
  const start = 100 + random.below(3000)
  const spread = [1, 20, 150, 400, 2000][random.below(5)]!
  const kill = (process: number): Fault => {
    return { kind: 'kill', process, at: milliseconds(start + random.below(spread)) }
  }
  // Somebody must be left to notice, and a pushed record is on two workers.
  const most = ingest === 'pushed' ? 1 : workers - 1
  const killed = Array.from({ length: random.below(most + 1) }, () => random.below(workers))
  const again = random.below(2) === 1 ? [workers] : []
  const faults = [workers, ...killed, ...again].map(kill)
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

const plan = PLANS[0]!()
const DRIVER = 2
const killed = (ms: number): Fault => ({ kind: 'kill', process: DRIVER, at: milliseconds(ms) })

it('says in the history what happened, in order', () => {
  const record = run(plan, configOf(), [killed(1_930)])
  expectTrue(plan, configOf(), record)
  const order = [
    'fault-kill',
    'driver-suspected',
    'generation-issued',
    'driver-took-over',
    'recovery-planned',
    'recovery-completed',
  ]
  const found = order.map((event) => eventsOf(record, event)[0]!.at)
  expect(found).toEqual(found.toSorted((a, b) => a - b))
  // Each worker by its own heartbeats, in either order.
  const suspicions = eventsOf(record, 'driver-suspected')
  expect(new Set(suspicions.map(({ process }) => process))).toEqual(new Set([0, 1]))
  for (const { at } of suspicions) expect(at - milliseconds(1_930)).toBeLessThan(milliseconds(150))
  expect(eventsOf(record, 'driver-took-over')[0]!.fields).toMatchObject({ term: 2, horizon: 10 })
})

it('a driver that was only away is fenced, and what it would have said is not heard', () => {
  const end = milliseconds(1_700)
  const away = onDriver((driver, now) => {
    const isAway = (): boolean => now() > milliseconds(1_000) && now() < end
    return {
      receive(inbound) {
        if (!isAway()) driver.receive(inbound)
      },
      step: () => (isAway() ? end : driver.step()),
    }
  })
  const record = run(plan, configOf(), [], { engine: away })
  expectTrue(plan, configOf(), record)
  const terms = eventsOf(record, 'driver-took-over').map(({ fields }) => fields.term)
  expect(terms).toEqual([2])
  const lives = record.processes.filter(({ process }) => process === DRIVER)
  expect(lives.map(({ incarnation }) => incarnation)).toEqual([1, 2])
})

describe('a new driver that is not heard', () => {
  const config = configOf({ workers: 4 })
  const lost: Fault = { kind: 'kill', process: 4, at: milliseconds(1_010) }
  const paused = (process: number, ms: number, length: Nanos): Fault => {
    return { kind: 'pause', process, at: milliseconds(ms), length }
  }
  const standing = (process: number): Fault => paused(process, 1_000, seconds(30))

  // It begins when all who live have seen its membership, and only a driver would miss them.
  it.each([[[0]], [[0, 2]], [[1, 2, 3]]])('waits for workers %j no longer', (workers) => {
    const record = run(plan, config, [...workers.map(standing), lost])
    expectTrue(plan, config, record)
    const missed = eventsOf(record, 'worker-suspected').map(({ fields }) => fields.worker)
    expect(missed).toEqual(workers)
    const [took] = eventsOf(record, 'driver-took-over')
    expect(took!.at - milliseconds(1_010)).toBeLessThan(seconds(3))
  })

  it('is asked for again by who is cut off from it, and nobody else is', () => {
    const links = [{ from: 4, to: 1 }]
    const length = milliseconds(2_500)
    const record = run(plan, config, [{ kind: 'split', links, at: seconds(1), length }])
    expectTrue(plan, config, record)
    const suspicions = eventsOf(record, 'driver-suspected').map(({ process }) => process)
    expect(suspicions).toEqual([1, 1, 1])
    expect(eventsOf(record, 'worker-suspected')).toEqual([])
  })

  it('is asked for without those who were missed meanwhile and are heard again', () => {
    // All look for each other from about 2.2 s on, and ask a second later.
    const away = paused(3, 2_500, milliseconds(200))
    const record = run(plan, config, [standing(0), lost, away])
    expectTrue(plan, config, record)
    const missed = eventsOf(record, 'worker-suspected').map(({ fields }) => fields.worker)
    expect(missed).toEqual([0])
    const lives = record.processes.filter(({ process }) => process === 3)
    expect(lives.map(({ incarnation }) => incarnation)).toEqual([1])
  })

  // It is deaf, or alone: it cannot know.
  it('is asked for together with all workers by one that hears nobody for 21 timeouts', () => {
    const links = [0, 2, 3, 4].map((from) => ({ from, to: 1 }))
    const cut = (ms: number): Fault => {
      return { kind: 'split', links, at: seconds(1), length: milliseconds(ms) }
    }
    const missedBy = (fault: Fault) => {
      const record = run(plan, config, [fault])
      expectTrue(plan, config, record)
      return eventsOf(record, 'worker-suspected').map(({ process, fields }) => {
        return { by: process, worker: fields.worker }
      })
    }
    expect(missedBy(cut(1_500))).toEqual([])
    expect(missedBy(cut(2_500))).toEqual([0, 2, 3].map((worker) => ({ by: 1, worker })))
  })
})

describe('records', () => {
  const faults = [killed(2_350)]
  const calm = run(plan, configOf(), faults)
  const [took] = eventsOf(calm, 'driver-took-over')
  const newest = String(took!.fields.record)

  it('are small, few, and there for every batch', () => {
    expectTrue(plan, configOf(), calm)
    const kept = new Set<string>()
    let most = 0
    const counting = withStorage((storage) => ({
      write(name, bytes) {
        if (name.startsWith(RECORD_PREFIX)) kept.add(name)
        most = Math.max(most, kept.size)
        return storage.write(name, bytes)
      },
      remove(name) {
        kept.delete(name)
        return storage.remove(name)
      },
    }))
    const record = run(plan, configOf(), faults, { engine: counting })
    const batches = eventsOf(record, 'batch-completed').length
    expect(counterOf(record, 'driverRecordBytes') / batches).toBeLessThan(100)
    expect(most).toBeLessThanOrEqual(4)
    expect(took!.fields.completed).toBeGreaterThan(20)
  })

  it.each(Object.entries(DAMAGES))('%s: the one before is read', (_, damage) => {
    const engine = onDamagedStorage(checkedDStreamEngine().engine, newest, damage)
    const record = run(plan, configOf(), faults, { engine })
    expectTrue(plan, configOf(), record)
    expect(eventsOf(record, 'driver-record-damaged').map(({ fields }) => fields.name)).toEqual([
      newest,
    ])
    const { fields } = eventsOf(record, 'driver-took-over')[0]!
    expect(String(fields.record) < newest).toBe(true)
    expect(fields.horizon).toBe(took!.fields.horizon)
  })

  it('that are all damaged end the run by name', () => {
    const damage = DAMAGES.torn!
    const engine = onDamagedStorage(checkedDStreamEngine().engine, RECORD_PREFIX, damage)
    const record = run(plan, configOf(), faults, { engine })
    expect(record.error).toBeInstanceOf(StorageError)
    expect(record.error?.message).toMatch(/^the record of the driver before this one: none of \d /)
  })

  it('that storage refuses hold the horizon back, and nothing else', () => {
    const refusing = withStorage((storage, now) => ({
      write(name, bytes) {
        const isRefused = name.startsWith(RECORD_PREFIX) && now() < milliseconds(2_500)
        return isRefused ? storage.read('nothing') : storage.write(name, bytes)
      },
    }))
    const record = run(plan, configOf(), [killed(3_150)], { engine: refusing })
    expectTrue(plan, configOf(), record)
    const failed = eventsOf(record, 'driver-record-failed')
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.length).toBeLessThan(20)
    const [durable] = eventsOf(record, 'checkpoint-durable')
    expect(durable!.at).toBeGreaterThan(milliseconds(2_500))
    expect(eventsOf(record, 'driver-took-over')[0]!.fields.horizon).toBeGreaterThanOrEqual(10)
  })

  it('that storage refuses for good end the run by name when there is no room for what they hold back', () => {
    const small = configOf({
      tick: milliseconds(50),
      keepRows: false,
      dstream: { checkpointInterval: milliseconds(500), blockStoreBytesMax: 120_000 },
    })
    const refusingUntil = (until: Nanos) =>
      withStorage((storage, now) => ({
        write(name, bytes) {
          const isRefused = name.startsWith(RECORD_PREFIX) && now() < until
          return isRefused ? storage.read('nothing') : storage.write(name, bytes)
        },
      }))
    const { error } = run(plan, small, [], { engine: refusingUntil(seconds(60)) })
    expect(error).toBeInstanceOf(StorageError)
    expect(error?.message).toMatch(/^write the driver's record .* bytes of a worker\. /)
    const roomAgain = run(plan, small, [], { engine: refusingUntil(milliseconds(900)) })
    expectTrue(plan, small, roomAgain)
    expect(counterOf(roomAgain, 'driverRecordsFailed')).toBe(
      eventsOf(roomAgain, 'driver-record-failed').length,
    )
  })

  it('are not written where nobody would take over', () => {
    const record = run(plan, configOf({ workers: 3, replacement: 'survivors' }))
    expect(record.outcome).toBe('completed')
    expect(counterOf(record, 'driverRecordBytes')).toBe(0)
    expect(eventsOf(record, 'checkpoint-durable').length).toBeGreaterThan(2)
  })
})

/** The engine, whose first driver is another process with what the real one has. */
function onDriver(change: (driver: Process, now: () => Nanos) => Process): Engine {
  const { engine } = checkedDStreamEngine()
  return {
    ...engine,
    create(world, setup) {
      const process = engine.create(world, setup)
      const isFirst = world.process === DRIVER && world.incarnation === 1
      return isFirst ? change(process, () => world.now()) : process
    },
  }
}

/** The engine on another storage. */
function withStorage(change: (storage: Storage, now: () => Nanos) => Partial<Storage>): Engine {
  const { engine } = checkedDStreamEngine()
  return {
    ...engine,
    create(world, setup) {
      const { storage } = world
      const changed = { ...storage, ...change(storage, () => world.now()) }
      return engine.create({ ...world, storage: changed }, setup)
    },
  }
}
