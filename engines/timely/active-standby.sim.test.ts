/**
 * Active standby in the simulated world: kills of each worker at many instants, against the plan interpreter. Nobody goes back
 * and no tick is late, whoever is lost; what is lost is begun again, or the run ends by name; and what cannot run twice is refused.
 */
import { describe, expect, it } from 'vitest'
import { plan as conformancePlan, type LoopName } from '../core/conformance/plans.ts'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import type { Engine } from '../core/engine.ts'
import { ConfigurationError, PlanError, RecoveryError } from '../core/errors.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, type Nanos, type ProcessId, seconds } from '../core/units.ts'
import { DISK } from '../core/world/simulated/disk.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { timelyEngine } from './engine.ts'
import { type ConfigChanges, configOf, counter, events, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream<string>('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)
const byFirst = () => lines().map((line): [string, number] => [line.slice(0, 1), line.length])

const PLANS: Readonly<Record<string, () => Plan>> = {
  'a running table': () => planOf(ones().runningReduce(sum)),
  grep: () => planOf(lines().filter((line) => line.includes('a'))),
  'windows of records': () => planOf(lines().window('1s', '500ms')),
  'windows re-added': () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms' })),
  'windows inverted': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
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
  'two outputs': () => {
    const counts = ones().runningReduce(sum).collect('counts')
    return planOf([counts.topK(2).collect('top'), lines().window('1s', '500ms').collect('lines')])
  },
}

const LOOPS = [
  'connected components',
  'three rounds',
  'a fresh loop in a loop',
  'a loop, then ranked',
] as const satisfies readonly LoopName[]

/** Far apart: much is on its way when the membership changes. */
const FAR = { ...NETWORK, latency: milliseconds(4), jitter: 3 }

function configFor({ timely, ...changes }: ConfigChanges = {}): RunConfig {
  return configOf({ ...changes, timely: { recovery: 'active-standby', ...timely } })
}

const kill = (process: ProcessId, at: Nanos) => ({ kind: 'kill', process, at }) as const

/** By how many workers a replica has, and what becomes of one that has lost a worker. */
const SHAPES: Readonly<Record<string, ConfigChanges>> = {
  'of one worker, given up': { workers: 2, replacement: 'survivors' },
  'of one worker, begun again, plain': { workers: 2, kernels: 'plain' },
  'of two workers, given up': {
    workers: 4,
    partitions: 5,
    replacement: 'survivors',
    timely: { accumulation: 'both' },
  },
  'of two workers, begun again': { workers: 4, timely: { accumulation: 'none' } },
}

/** In ms; each is a kill in a run of its own. */
const INSTANTS = [0.001, 313, 500, 777, 1_013, 1_350, 1_500, 1_660] as const

/** Kills of every other worker, at instants that differ from place to place, and so do the workers. */
function killsOf(workers: number, place: number): readonly FaultPlan[] {
  const turns = Array.from({ length: 3 }, (_, turn) => 2 * turn + (place % 2))
  return turns.map((turn) => {
    const at = INSTANTS[(place + 3 * turn) % INSTANTS.length]!
    return [kill(turn % workers, milliseconds(at))]
  })
}

/** Right, and no worker that lives has gone back. */
function expectGoneOn(plan: Plan, config: RunConfig, record: RunRecord): void {
  expectTrue(plan, config, record)
  expect(events(record, 'rollback-began')).toEqual([])
  expect(events(record, 'worker-suspected').length).toBeGreaterThan(0)
  expect(record.staleCommits).toBe(0)
}

for (const [place, [name, plan]] of Object.entries(PLANS).entries()) {
  describe(name, () => {
    it.each(Object.entries(SHAPES))('is right, whoever is killed: replicas %s', (_, changes) => {
      const config = configFor(changes)
      const calm = run(plan(), config)
      expectTrue(plan(), config, calm)
      for (const faults of killsOf(config.workers, place)) {
        expectGoneOn(plan(), config, run(plan(), config, faults))
      }
    })
  })
}

describe.each(LOOPS)('%s', (name) => {
  const plan = planOf(conformancePlan({ name, intervalMs: 500 }))
  const input = { rate: 60, duration: seconds(2) }

  it.each(Object.entries(SHAPES))('is right, whoever is killed: replicas %s', (_, changes) => {
    const config = configFor({ ...changes, input })
    for (const faults of killsOf(config.workers, name.length)) {
      expectGoneOn(plan, config, run(plan, config, faults, { network: FAR }))
    }
  })
})

/** When the first commit of each place was visible. */
function visibleAt({ commits }: RunRecord): ReadonlyMap<string, { tick: Nanos; at: Nanos }> {
  const first = new Map<string, { tick: Nanos; at: Nanos }>()
  for (const { output, partition, tick, visibleAt: at } of commits) {
    const place = `${output}/${partition}/${tick}`
    if (!first.has(place)) first.set(place, { tick, at })
  }
  return first
}

/** The longest time in which no tick became whole. */
function longestGap(record: RunRecord): Nanos {
  const whole = new Map<Nanos, Nanos>()
  for (const { tick, at } of visibleAt(record).values()) {
    whole.set(tick, Math.max(at, whole.get(tick) ?? 0))
  }
  const instants = [...whole.values()].sort((a, b) => a - b)
  return Math.max(...instants.map((at, place) => at - (instants[place - 1] ?? 0)))
}

/** From the end of a tick to its last first commit, at most. */
function latest(record: RunRecord): Nanos {
  return Math.max(...[...visibleAt(record).values()].map(({ tick, at }) => at - tick))
}

/** The same, of the replica that was later: of two, the first counts, and each has been late for some tick. */
function latestOfEach({ commits }: RunRecord): Nanos {
  return Math.max(...commits.map(({ tick, visibleAt: at }) => at - tick))
}

describe('nobody notices', () => {
  const plan = PLANS['a running table']!()
  /** Not shorter than some way there and back, or each tick is later than the one before it, whoever lives. */
  const tickOn = (network: typeof NETWORK) => milliseconds(network === NETWORK ? 20 : 50)

  it.each([
    ['of one worker, given up', NETWORK],
    ['of one worker, begun again, plain', NETWORK],
    ['of two workers, given up', FAR],
    ['of two workers, begun again', FAR],
  ] as const)('a kill in one of two replicas %s', (shape, network) => {
    const config = configFor({ ...SHAPES[shape]!, tick: tickOn(network) })
    const calm = run(plan, config, [], { network })
    expectTrue(plan, config, calm)
    // A replica alone is as fast as it was beside the other, but for what is drawn for a message that a tick waits for.
    const slack = milliseconds(1) + network.jitter * network.latency
    for (let turn = 0; turn < 4; turn++) {
      const faults = [kill(turn % config.workers, milliseconds(700 + 7 * turn))]
      const record = run(plan, config, faults, { network })
      expectGoneOn(plan, config, record)
      expect(events(record, 'generation-issued')).toHaveLength(1)
      expect(latest(record)).toBeLessThan(latestOfEach(calm) + slack)
      expect(longestGap(record)).toBeLessThan(config.detector.timeout)
    }
  })

  it('and each commit is made twice, with one digest', () => {
    const config = configFor(SHAPES['of two workers, given up'])
    const record = run(plan, config)
    expectTrue(plan, config, record)
    const places = visibleAt(record).size
    expect(record.commits.length).toBeGreaterThan(1.9 * places)
    expect(record.commits.length).toBeLessThanOrEqual(2 * places)
  })

  it('that all is exchanged twice, as by as many workers as a replica has', () => {
    const alone = configOf({ workers: 2, timely: { recovery: 'none' } })
    const twice = configFor({ workers: 4 })
    const exchanged = (config: RunConfig): number =>
      counter(run(plan, config), 'shuffleBytesRemote')
    const ratio = exchanged(twice) / exchanged(alone)
    expect(ratio).toBeGreaterThan(1.8)
    expect(ratio).toBeLessThan(2.2)
  })

  it('who saved a file first', () => {
    const saving = planOf(ones().runningReduce(sum).save('counts'))
    const disk = { ...DISK, faults: { slow: { share: 0.3, factor: 10 } } }
    const filesOf = (config: RunConfig, faults: FaultPlan = []): readonly string[] => {
      const record = run(saving, config, faults, { disk })
      expectTrue(saving, config, record)
      const files = (record.files ?? []).map(({ name, bytes }) => `${name}: ${bytes.join()}`)
      return files.sort()
    }
    const alone = filesOf(configOf({ timely: { recovery: 'none' } }))
    expect(alone.length).toBeGreaterThan(50)
    for (const replacement of ['survivors', 'respawn'] as const) {
      const config = configFor({ workers: 4, replacement })
      expect(filesOf(config)).toEqual(alone)
      expect(filesOf(config, [kill(1, milliseconds(777))])).toEqual(alone)
    }
  })
})

describe('a replica that is begun again', () => {
  const plan = PLANS['windows inverted']!()
  const livesOf = (record: RunRecord, incarnation: number) =>
    events(record, 'generation-adopted').filter((event) => event.incarnation === incarnation)

  it.each([2, 4])('is the one that goes on when the other is lost, %d workers', (workers) => {
    const plan = PLANS['a running table']!()
    const config = configFor({ workers, tick: milliseconds(20) })
    const faults = [kill(workers - 1, milliseconds(500)), kill(0, milliseconds(1_400))]
    const record = run(plan, config, faults)
    expectGoneOn(plan, config, record)
    expect(longestGap(record)).toBeLessThan(config.detector.timeout)
    const fresh = new Set(livesOf(record, 2).map(({ process }) => process))
    expect(fresh.size).toBe(workers)
    // By both at first, and again by each of those that began again at the first tick.
    const early = record.commits.filter(({ tick }) => tick === milliseconds(400))
    expect(early.length).toBe(4 * config.partitions)
  })

  it.each([2, 4])(
    'may be lost again, and the other one as it catches up, %d workers',
    (workers) => {
      const config = configFor({ workers })
      const first = kill(workers - 1, milliseconds(900))
      const once = run(plan, config, [first])
      const [begun] = livesOf(once, 2)
      for (const process of [workers - 1, 0]) {
        for (const later of [1, milliseconds(1)]) {
          const record = run(plan, config, [first, kill(process, begun!.at + later)])
          expectGoneOn(plan, config, record)
        }
      }
    },
  )

  it('begins the run again, when both are', () => {
    const config = configFor({ workers: 4 })
    const faults = [kill(1, milliseconds(900)), kill(2, milliseconds(900))]
    const record = run(plan, config, faults)
    expectGoneOn(plan, config, record)
    expect(new Set(livesOf(record, 2).map(({ process }) => process)).size).toBe(4)
  })

  it('has equal traces for equal seeds', () => {
    const config = configFor({ workers: 4 })
    const faults = [kill(3, milliseconds(655)), kill(0, milliseconds(1_555))]
    const [first, second] = [1, 2].map(() => run(plan, config, faults, { network: FAR }))
    expectGoneOn(plan, config, first!)
    expect(first!.traceHash).toBe(second!.traceHash)
    expect(first!.history).toEqual(second!.history)
  })
})

describe('the last replica', () => {
  const plan = PLANS['a running table']!()
  const given = { replacement: 'survivors' } as const

  it('of one worker: the run ends at once when it is killed', () => {
    const config = configFor({ ...given, workers: 2 })
    const faults = [kill(0, milliseconds(700)), kill(1, milliseconds(1_300))]
    const record = run(plan, config, faults)
    expect(record.outcome).toBe('failed')
    expect(record.error).toBeInstanceOf(RecoveryError)
    expect(record.error?.message).toMatch(
      /nobody is left to make it, worker 0 ended at 700ms, worker 1 ended at .*those that live take over\. .*--replacement respawn/,
    )
    expect(record.history.at(-1)!.at).toBe(milliseconds(1_300))
  })

  it('of two workers: the run ends by name when one of them is missed', () => {
    const config = configFor({ ...given, workers: 4 })
    const faults = [kill(1, milliseconds(700)), kill(2, milliseconds(1_300))]
    const record = run(plan, config, faults)
    expect(record.outcome).toBe('failed')
    expect(record.error).toBeInstanceOf(RecoveryError)
    expect(record.error).toMatchObject({ context: { replica: [2, 3], suspected: [2] } })
    expect(record.error?.message).toMatch(
      /^the last replica of the dataflow, on workers 2, 3, to stay whole: nothing was heard of worker 2 for 100ms\. /,
    )
    const { heartbeat, timeout } = config.detector
    const end = record.history.at(-1)!.at
    expect(end).toBeLessThan(milliseconds(1_300) + timeout + 2 * heartbeat)
    // Until then all was right.
    const whole = record.commits.filter(({ tick }) => tick === milliseconds(1_200))
    expect(whole).toHaveLength(config.partitions)
  })

  it('a worker of each at once: the run ends by name', () => {
    const config = configFor({ ...given, workers: 4 })
    const faults = [kill(1, milliseconds(900)), kill(2, milliseconds(900))]
    const { outcome, error } = run(plan, config, faults)
    expect(outcome).toBe('failed')
    expect(error).toBeInstanceOf(RecoveryError)
  })
})

describe('a replica that stands still for good, as the other one is given up', () => {
  const plan = PLANS['a running table']!()
  const pause = (process: ProcessId, at: number, length = Number.POSITIVE_INFINITY) =>
    ({ kind: 'pause', process, at: milliseconds(at), length }) as const
  /** Worker 3 misses worker 2, and is given up with it, before it could miss the others. Nobody is left who can. */
  const faults = [pause(2, 900, milliseconds(200)), pause(0, 950), pause(1, 950)]

  it.each([false, true])(
    'holds nobody up for long: both begin again, lossless links %s',
    (lossless) => {
      const input = { rate: 600, duration: seconds(4) }
      const config = configFor({ workers: 4, input })
      const patience = 10 * config.detector.timeout
      const record = run(plan, config, faults, { lossless })
      expectTrue(plan, config, record)
      const [given, lost] = events(record, 'generation-issued')
      expect(given!.at).toBeLessThan(milliseconds(1_040))
      const behind = events(record, 'process-behind')
      expect(behind.map(({ at, fields }) => [at, fields.process])).toEqual([
        [given!.at + patience, 0],
        [given!.at + patience, 1],
      ])
      // Who begins again gives those it has never heard as long.
      expect(lost!.at).toBeGreaterThan(behind[0]!.at + patience)
      const begun = events(record, 'generation-adopted').filter(
        ({ incarnation }) => incarnation === 2,
      )
      const [first, second, ...others] = new Set(begun.map(({ process }) => process))
      expect([first, second]).toEqual([2, 3])
      expect(others.sort()).toEqual([0, 1])
    },
  )

  it('ends the run by name where nobody begins again', () => {
    const config = configFor({ workers: 4, replacement: 'survivors' })
    const record = run(plan, config, faults)
    expect(record.outcome).toBe('failed')
    expect(record.error).toBeInstanceOf(RecoveryError)
    expect(record.error?.message).toMatch(/nobody is left to make it, worker 0 ended at .*worker 3/)
    const [given] = events(record, 'generation-issued')
    expect(record.history.at(-1)!.at).toBe(given!.at + 10 * config.detector.timeout)
  })
})

/** One worker stands still for a while in its first life, as in a long collection. */
function stalling(engine: Engine, stalled: ProcessId, at: Nanos): Engine {
  return {
    ...engine,
    create(world, setup) {
      const process = engine.create(world, setup)
      let isDue = world.process === stalled && world.incarnation === 1
      return {
        receive: (inbound) => process.receive(inbound),
        step() {
          if (isDue && world.now() >= at) {
            isDue = false
            world.charge('kernel', 1, 'stall')
          }
          return process.step()
        },
      }
    },
  }
}

describe('a worker that stands still for longer than the detector waits', () => {
  const plan = PLANS['a running table']!()
  const costs = {
    ...NOMINAL_COSTS,
    kernels: { ...NOMINAL_COSTS.kernels, stall: milliseconds(350) },
  }

  it.each(Object.entries(SHAPES))(
    'is fenced, and nothing waits for it: replicas %s',
    (_, shape) => {
      const config = configFor({ ...shape, tick: milliseconds(20) })
      for (let stalled = 0; stalled < config.workers; stalled++) {
        const engine = stalling(checkedTimelyEngine().engine, stalled, milliseconds(903))
        const record = run(plan, config, [], { engine, costs })
        expectGoneOn(plan, config, record)
        expect(longestGap(record)).toBeLessThan(config.detector.timeout)
      }
    },
  )
})

describe('refused by name', () => {
  const counts = () => ones().runningReduce(sum)
  const check = (config: RunConfig, plan = planOf(counts())) => {
    const dataflow = buildDataflow(plan)
    return () => timelyEngine.check(config, dataflow)
  }

  it('workers that do not make two halves', () => {
    expect(check(configFor({ workers: 3 }))).toThrow(ConfigurationError)
    expect(check(configFor({ workers: 3 }))).toThrow(
      /^recovery active-standby: 3 workers\. .*--workers 4\.$/,
    )
    expect(check(configFor({ workers: 1 }))).toThrow(/^recovery active-standby: 1 worker\. /)
    expect(check(configFor({ workers: 6 }))).not.toThrow()
  })

  it('pushed input', () => {
    expect(check(configFor({ ingest: 'pushed' }))).toThrow(ConfigurationError)
    expect(check(configFor({ ingest: 'pushed' }))).toThrow(/--recovery checkpoint\.$/)
  })

  it('a function that is called with what is committed', () => {
    const called = planOf(counts().foreachBatch(() => {}))
    expect(check(configFor(), called)).toThrow(PlanError)
    expect(check(configFor(), called)).toThrow(
      /^foreachBatch \(node \d+\): recovery active-standby\. .*Use save/,
    )
    expect(check(configOf(), called)).not.toThrow()
  })
})
