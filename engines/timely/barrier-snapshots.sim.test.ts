/**
 * Barrier snapshots in the simulated world: kills between any two of their parts, against the plan interpreter; that nobody
 * stops for them; and what becomes of them when storage is slow or full.
 */
import { describe, expect, it } from 'vitest'
import type { Engine } from '../core/engine.ts'
import { PlanError } from '../core/errors.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, type Nanos, type ProcessId } from '../core/units.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { timelyEngine } from './engine.ts'
import { type ConfigChanges, configOf, counter, events, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream<string>('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)
const byFirst = () => lines().map((line): [string, number] => [line.slice(0, 1), line.length])

/** Periods are five ticks, and snapshots three apart: most find operators in the middle of one. */
const PLANS: Readonly<Record<string, () => Plan>> = {
  'a running table': () => planOf(ones().runningReduce(sum)),
  'sums of periods': () => planOf(ones().reduceByKey(sum)),
  'windows of records': () => planOf(lines().window('1s', '500ms')),
  'windows re-added': () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms' })),
  'windows inverted': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  'ranks of a running table': () => planOf(ones().runningReduce(sum).topK(2)),
  'ranks of windows': () =>
    planOf(ones().reduceByWindow('1s', sum, { slide: '500ms', inverse: difference }).topK(3)),
  'a stage behind a stage': () =>
    planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [word.length, count!] as const)
        .runningReduce((a, b) => Math.max(a, b)),
    ),
  'a join': () => planOf(byFirst().join(byFirst().reduceByKey(sum))),
  'a tracked state': () =>
    planOf(
      ones()
        .reduceByKey(sum)
        .track(
          (_word: string, count: number): number | null => count,
          (_word: string, total: number, count: number): number | null => total + count,
          '1s',
        ),
    ),
  'two outputs': () => {
    const counts = ones().runningReduce(sum).collect('counts')
    return planOf([counts.topK(2).collect('top'), lines().window('1s', '500ms').collect('lines')])
  },
}

/** Far apart: stages and workers come to a border at instants that differ by far. */
const FAR = { ...NETWORK, latency: milliseconds(4), jitter: 3 }

function configFor({ timely, ...changes }: ConfigChanges = {}) {
  return configOf({ ...changes, timely: { recovery: 'barrier-snapshots', ...timely } })
}

/** The more `every`, the fewer instants are tried, others with each plan. */
const RECOVERED: Readonly<Record<string, { changes: ConfigChanges; every: number }>> = {
  respawned: { changes: {}, every: 2 },
  'respawned, plain, short ticks': {
    changes: {
      kernels: 'plain',
      tick: milliseconds(20),
      timely: { checkpointInterval: milliseconds(260), accumulation: 'both' },
    },
    every: 4,
  },
  'survived by others, pushed': {
    changes: { replacement: 'survivors', workers: 3, ingest: 'pushed' },
    every: 3,
  },
}

const kill = (process: ProcessId, at: Nanos) => ({ kind: 'kill', process, at }) as const

const ofTick = (record: RunRecord, event: string, tick: Nanos) =>
  events(record, event).filter(({ fields }) => fields.tick === tick)

interface Instants {
  readonly began: readonly Nanos[]
  readonly copied: readonly Nanos[]
  readonly durable: Nanos
}

/** When the parts of a snapshot were done, by worker, ascending. */
function instantsOf(record: RunRecord, tick: Nanos): Instants {
  const at = (event: string): Nanos[] =>
    ofTick(record, event, tick)
      .map(({ at }) => at)
      .sort((a, b) => a - b)
  const [durable] = at('checkpoint-durable')
  expect(durable, `a snapshot at ${tick}`).toBeDefined()
  return { began: at('checkpoint-began'), copied: at('checkpoint-copied'), durable: durable! }
}

const between = (a: Nanos, b: Nanos): Nanos => Math.floor((a + b) / 2)

/** One of each kind, in their order as far as they have one. */
function killsOf({ began, copied, durable }: Instants): Readonly<Record<string, Nanos>> {
  return {
    'before any stage is at its border': began[0]! - milliseconds(3),
    'when the first stage is at its border': began[0]!,
    'between the copies of two workers': between(copied[0]!, copied.at(-1)!),
    'between the copies of two stages, or of two partitions': between(began[0]!, copied[0]!),
    'when one worker has copied all': copied[0]! + 1,
    'when the last one begins to copy': began.at(-1)! + 1,
    'while it is written': between(copied.at(-1)!, durable),
    'right before it is durable': durable - 1,
    'when it is durable': durable,
    'when not all know it': durable + milliseconds(1),
  }
}

for (const [place, [name, plan]] of Object.entries(PLANS).entries()) {
  describe(name, () => {
    it.each(Object.entries(RECOVERED))('is right, killed at any part: %s', (_, recovered) => {
      const config = configFor(recovered.changes)
      const calm = run(plan(), config, [], { network: FAR })
      expectTrue(plan(), config, calm)
      const { checkpointInterval } = config.timely
      const tick = 3 * checkpointInterval
      const kills = Object.entries(killsOf(instantsOf(calm, tick)))
      for (const [turn, [instant, at]] of kills.entries()) {
        if ((turn + place) % recovered.every !== 0) continue
        const faults = [kill(turn % config.workers, at)]
        const record = run(plan(), config, faults, { network: FAR })
        expectTrue(plan(), config, record)
        const ended = events(record, 'rollback-ended')
        expect(ended.length, instant).toBeGreaterThan(0)
        for (const { fields } of ended) {
          expect([tick - checkpointInterval, tick], instant).toContain(fields.tick)
        }
      }
    })
  })
}

describe('a snapshot', () => {
  const plan = PLANS['a stage behind a stage']!

  it('is gone back to', () => {
    const config = configFor()
    const record = run(plan(), config, [kill(1, milliseconds(1350))])
    expectTrue(plan(), config, record)
    expect(events(record, 'checkpoint-durable').length).toBeGreaterThanOrEqual(6)
    const ticks = events(record, 'rollback-ended').map(({ fields }) => fields.tick)
    expect(ticks).toEqual([milliseconds(1200), milliseconds(1200)])
    expect(counter(record, 'checkpointBytes')).toBeGreaterThan(0)
  })

  it('is taken by each worker at an instant of its own', () => {
    const config = configFor({ workers: 3, partitions: 9 })
    const record = run(plan(), config, [], { network: FAR })
    const { began, copied } = instantsOf(record, milliseconds(900))
    expect(began).toHaveLength(3)
    expect(new Set(copied).size).toBe(3)
    expect(copied[2]! - copied[0]!).toBeGreaterThan(milliseconds(1))
    // The stages of one, too: the first reads, and the others wait for what workers far away have read.
    for (const at of copied) expect(at).toBeGreaterThan(began[0]! + FAR.latency)
  })

  it('stops no source: they read as if there were none', () => {
    const far = { ...NETWORK, latency: milliseconds(60), jitter: 0 }
    const detector = { heartbeat: milliseconds(20), timeout: milliseconds(400) }
    const checkpointInterval = milliseconds(400)
    const latest = (recovery: 'none' | 'checkpoint' | 'barrier-snapshots'): Nanos => {
      const timely = { recovery, checkpointInterval }
      const config = configOf({ tick: milliseconds(20), detector, timely })
      const record = run(plan(), config, [], { network: far })
      expectTrue(plan(), config, record)
      // One is settled after some 400 ms of ways, so that the next one is skipped.
      if (recovery !== 'none') {
        expect(events(record, 'checkpoint-durable').length).toBeGreaterThanOrEqual(2)
      }
      return Math.max(...record.commits.map(({ readAt, tick }) => (readAt ?? tick) - tick))
    }
    const [none, snapshots, paused] = [
      latest('none'),
      latest('barrier-snapshots'),
      latest('checkpoint'),
    ]
    expect(snapshots).toBeLessThan(none + milliseconds(1))
    // Two ways, at least, from the drained worker to the coordinator and back.
    expect(paused).toBeGreaterThan(2 * far.latency - milliseconds(20))
  })

  it('has equal traces for equal seeds, with a kill in the middle of it', () => {
    const config = configFor({ workers: 3, replacement: 'survivors' })
    const calm = run(plan(), config, [], { network: FAR })
    const { began, copied } = instantsOf(calm, milliseconds(900))
    const faults = [kill(1, between(began[0]!, copied[0]!))]
    const [first, second] = [1, 2].map(() => run(plan(), config, faults, { network: FAR }))
    expectTrue(plan(), config, first!)
    expect(first!.traceHash).toBe(second!.traceHash)
    expect(first!.history).toEqual(second!.history)
  })

  it.each(['respawn', 'survivors'] as const)('survives two kills: %s', (replacement) => {
    const config = configFor({ workers: 3, replacement })
    const calm = run(plan(), config, [], { network: FAR })
    const { began, durable } = instantsOf(calm, milliseconds(900))
    const twice: readonly FaultPlan[] = [
      [kill(0, began[0]!), kill(1, durable)],
      // In the middle of the rollback.
      [kill(2, durable), kill(0, durable + milliseconds(130))],
      [kill(1, durable - 1), kill(2, durable + milliseconds(350))],
    ]
    for (const faults of twice) {
      expectTrue(plan(), config, run(plan(), config, faults, { network: FAR }))
    }
  })

  it('is passed over for the one before when it is damaged', () => {
    const faults = [kill(1, milliseconds(1350))]
    const config = configFor()
    const name = 'timely/state/0000000001/0000000012/0000000002'
    const engine = onDamagedStorage(timelyEngine, name, DAMAGES['a bit flipped']!)
    const record = run(plan(), config, faults, { engine })
    expectTrue(plan(), config, record)
    const ticks = events(record, 'rollback-ended').map(({ fields }) => fields.tick)
    expect(ticks).toEqual([milliseconds(900), milliseconds(900)])
  })
})

describe('storage that is slow', () => {
  const plan = PLANS['a stage behind a stage']!
  const disk = { latency: milliseconds(450), bytesPerSecond: 100_000_000 }
  const config = configFor({ input: { rate: 600, duration: milliseconds(4000) } })

  it('makes snapshots rare, one at a time, and rows no later', () => {
    const record = run(plan(), config, [], { disk })
    expectTrue(plan(), config, record)
    expect(events(record, 'checkpoint-skipped').length).toBeGreaterThan(0)
    expect(events(record, 'checkpoint-durable').length).toBeGreaterThanOrEqual(2)
    let under: unknown
    for (const { event, fields } of record.history) {
      if (event === 'checkpoint-began') {
        expect([undefined, fields.tick]).toContain(under)
        under = fields.tick
      } else if (event === 'checkpoint-durable' || event === 'checkpoint-failed') {
        if (fields.tick === under) under = undefined
      }
    }
    const latest = ({ commits }: RunRecord): Nanos =>
      Math.max(...commits.map(({ visibleAt, tick }) => visibleAt - tick))
    const calm = run(plan(), { ...config, timely: { ...config.timely, recovery: 'none' } })
    expect(latest(record)).toBeLessThan(latest(calm) + milliseconds(2))
  })

  it.each([0, 1])('finds worker %d killed at any instant', (process) => {
    for (let at = 300 + 90 * process; at < 2300; at += 180) {
      const faults = [kill(process, milliseconds(at))]
      expectTrue(plan(), config, run(plan(), config, faults, { disk }))
    }
  })
})

/** `engine`, on storage without room for states from an instant to another. `names` are those that storage has, or is to have. */
function onFullStorage(engine: Engine, from: Nanos, until: Nanos, names: Set<string>): Engine {
  return {
    ...engine,
    create(world, setup) {
      const { storage } = world
      const refused = new Set<number>()
      const full = {
        ...storage,
        write(name: string, bytes: Uint8Array): number {
          const isFull = world.now() >= from && world.now() < until
          if (!isFull || !name.startsWith('timely/state/')) {
            names.add(name)
            return storage.write(name, bytes)
          }
          const request = storage.remove('what is not there')
          refused.add(request)
          return request
        },
        remove(name: string): number {
          names.delete(name)
          return storage.remove(name)
        },
      }
      const process = engine.create({ ...world, storage: full }, setup)
      return {
        step: () => process.step(),
        receive(inbound) {
          if (inbound.kind !== 'storage' || !refused.delete(inbound.request)) {
            process.receive(inbound)
            return
          }
          const { request } = inbound
          const reason = 'no space left on the disk'
          process.receive({ kind: 'storage', request, outcome: 'failed', reason })
        },
      }
    },
  }
}

describe('storage that is full', () => {
  const plan = PLANS['a running table']!

  it('fails snapshots by name, keeps nothing of them, and the run goes on with the one before', () => {
    const config = configFor()
    const names = new Set<string>()
    const full = () =>
      onFullStorage(checkedTimelyEngine().engine, milliseconds(600), milliseconds(1100), names)
    const record = run(plan(), config, [], { engine: full() })
    expectTrue(plan(), config, record)
    const failed = events(record, 'checkpoint-failed')
    const ticks = new Set(failed.map(({ fields }) => fields.tick))
    expect(ticks).toEqual(new Set([milliseconds(600), milliseconds(900)]))
    expect(failed[0]?.fields.reason).toBe('no space left on the disk')
    const durable = events(record, 'checkpoint-durable').map(({ fields }) => fields.tick)
    expect(durable.slice(0, 2)).toEqual([milliseconds(300), milliseconds(1200)])
    const left = [...names].filter((name) => /^timely\/state\/\d+\/000000000[69]\//.test(name))
    expect(left).toEqual([])

    const faults = [kill(1, milliseconds(1110))]
    const killed = run(plan(), config, faults, { engine: full() })
    expectTrue(plan(), config, killed)
    const back = events(killed, 'rollback-ended').map(({ fields }) => fields.tick)
    expect(back).toEqual([milliseconds(300), milliseconds(300)])
  })
})

it('refuses loops by name', () => {
  const pairs = lines().map((line): [number, number] => [line.length, 1])
  const looping = pairs.iterate((round) => {
    const next = round.reduceByKey(sum)
    return { next, result: next.filter(() => false) }
  })
  const dataflow = buildDataflow(planOf(looping))
  const check = (config: Parameters<Engine['check']>[0]) => () => {
    timelyEngine.check(config, dataflow)
  }
  expect(check(configFor())).toThrow(PlanError)
  expect(check(configFor())).toThrow(
    /^iterate \(node \d+\): recovery barrier-snapshots\. .*--recovery checkpoint/,
  )
  expect(check(configOf())).not.toThrow()
})
