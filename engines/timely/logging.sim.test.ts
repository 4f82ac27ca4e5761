/**
 * Recovery by a log in the simulated world: after a kill all go back to the last tick, whatever the plan keeps, and whatever
 * becomes of the log. Judged by the plan interpreter; progress safety is checked on every step, in replays too.
 */
import { describe, expect, it } from 'vitest'
import { conformancePlan } from '../core/conformance/plans.ts'
import { INTERVAL_MS, type Scenario, trialOf } from '../core/conformance/scenario.ts'
import { simulatedSubject } from '../core/conformance/simulated-subject.ts'
import { problemsOf } from '../core/conformance/truth.ts'
import type { Engine } from '../core/engine.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import type { InputLog } from '../core/input/input-log.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, type Nanos, seconds } from '../core/units.ts'
import { seededRandom } from '../core/world/random.ts'
import { DISK } from '../core/world/simulated/disk.ts'
import type { Storage } from '../core/world/world.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { randomLoops } from './random-loops.fixture.ts'
import { LOG_PREFIX, segmentPlace } from './recovery/log-segment.ts'
import { type ConfigChanges, configOf, counter, events, expectTrue, run } from './trial.fixture.ts'

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 6)

const INTERVAL = milliseconds(900)

function loggingConfig(changes: ConfigChanges = {}): RunConfig {
  const timely = { recovery: 'logging', checkpointInterval: INTERVAL, ...changes.timely } as const
  return configOf({ ...changes, timely })
}

const kill = (process: number, at: Nanos): FaultPlan => [{ kind: 'kill', process, at }]

const lines = () => readStream<string>('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)
const wordCount = (): Plan => planOf(ones().runningReduce(sum))

const PLANS: Readonly<Record<string, () => Plan>> = {
  'word count': wordCount,
  // Rows of the source's own stage: they pass no exchange.
  'a window of records': () => planOf(lines().window('1s', '500ms')),
  'reduce by key': () => planOf(ones().reduceByKey(sum)),
  'windows inverted': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms', inverse: difference })),
  'top k of a running table': () => planOf(ones().runningReduce(sum).topK(2)),
  // A second exchange, which runs again.
  'a stage behind a stage': () =>
    planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [word.length, count!] as const)
        .runningReduce((a, b) => Math.max(a, b)),
    ),
  'a join of windows': () => {
    const pairs = ones()
    const long = pairs.window('1s', '500ms').reduceByKey(sum)
    return planOf(long.join(pairs.reduceByKey(sum)))
  },
  'a state a key': () =>
    planOf(
      ones().track(
        (_word, one) => one,
        (_word, count, one) => count + one,
        '500ms',
      ),
    ),
  // Of the first there is nothing to restore, so nothing of it is in the log.
  'two outputs, of records as they are and of counts': () => {
    const source = lines()
    const found = source.filter((line) => line.includes('a')).collect('grep')
    const counts = source.flatMap(words).map(withOne).runningReduce(sum).collect('counts')
    return planOf([found, counts])
  },
}

const REPLACEMENTS: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'survived by others': { replacement: 'survivors', workers: 3, kernels: 'plain' },
}

/** Where replays ended, once a worker. */
const resumed = (record: RunRecord) =>
  events(record, 'log-replayed').map(({ fields }) => fields.tick)

describe.each(Object.entries(PLANS))('%s', (_, plan) => {
  it.each(Object.entries(REPLACEMENTS))('is right with a killed worker: %s', (_, changes) => {
    const config = loggingConfig(changes)
    for (const at of [1_350, 1_620]) {
      const record = run(plan(), config, kill(1, milliseconds(at)))
      expectTrue(plan(), config, record)
      expect(resumed(record).length).toBeGreaterThan(0)
    }
  })
})

interface Read {
  readonly at: Nanos
  readonly partition: number
  readonly from: number
}

/** An engine of which it is known what it reads of its input. */
function readingEngine(reads: Read[], inputs: InputLog[]): Engine {
  const { engine } = checkedTimelyEngine()
  return {
    ...engine,
    create: (world, setup) => {
      const { input } = setup
      inputs.push(input)
      const locate: InputLog['locate'] = (partition, from, to, visit) => {
        if (to > from) reads.push({ at: world.now(), partition, from })
        input.locate(partition, from, to, visit)
      }
      return engine.create(world, { ...setup, input: { ...input, locate } })
    },
  }
}

describe('after a kill', () => {
  const config = loggingConfig()
  const reads: Read[] = []
  const inputs: InputLog[] = []
  const engine = readingEngine(reads, inputs)
  const record = run(wordCount(), config, kill(1, milliseconds(1_350)), { engine })
  const [back] = events(record, 'rollback-ended')

  it('all go back to the last tick: states are older, what came since is in the log', () => {
    expectTrue(wordCount(), config, record)
    const went = events(record, 'rollback-ended').map(({ fields }) => fields.tick)
    expect(went).toEqual([INTERVAL, INTERVAL])
    const replayed = events(record, 'log-replayed').map(({ fields }) => fields)
    expect(replayed).toHaveLength(2)
    for (const { from, tick, epochs, bytes } of replayed) {
      expect([from, tick, epochs]).toEqual([INTERVAL, milliseconds(1_300), 4])
      expect(bytes).toBeGreaterThan(0)
    }
  })

  it('input is read from the last tick on, of each partition', () => {
    const [input] = inputs
    const again = reads.filter(({ at }) => at >= back!.at)
    for (let partition = 0; partition < config.partitions; partition++) {
      const firsts = again.filter((read) => read.partition === partition).map(({ from }) => from)
      expect(Math.min(...firsts)).toBe(input!.dueBefore(partition, milliseconds(1_300)))
    }
  })

  it('no tick of the log is committed again', () => {
    const again = record.commits.filter(({ generation }) => generation === 2)
    expect(Math.min(...again.map(({ tick }) => tick))).toBe(milliseconds(1_400))
  })

  it('with checkpoints alone, input is read from the checkpoint on', () => {
    const older: Read[] = []
    const checkpoints = configOf({ timely: { checkpointInterval: INTERVAL } })
    const other = run(wordCount(), checkpoints, kill(1, milliseconds(1_350)), {
      engine: readingEngine(older, []),
    })
    const [ended] = events(other, 'rollback-ended')
    const firsts = older
      .filter(({ at, partition }) => at >= ended!.at && partition === 0)
      .map(({ from }) => from)
    expect(Math.min(...firsts)).toBe(inputs[0]!.dueBefore(0, INTERVAL))
  })

  it('replays are as fast as they can be, not as the clock was', () => {
    const ends = events(record, 'log-replayed').map(({ at }) => at)
    expect(Math.max(...ends) - back!.at).toBeLessThan(milliseconds(50))
  })

  it('gives equal traces for equal seeds', () => {
    const faults = [...kill(1, milliseconds(1_350)), ...kill(0, milliseconds(1_800))]
    const once = run(wordCount(), config, faults)
    expect(run(wordCount(), config, faults).traceHash).toBe(once.traceHash)
  })
})

describe('kills', () => {
  it('at any instant, of either worker, during checkpoints too', () => {
    const config = loggingConfig({ tick: milliseconds(50) })
    const instants = [30, 60, 310, 640, 1_010, 1_500, 1_970]
    for (let at = 880; at < 960; at += 10) instants.push(at)
    for (const process of [0, 1]) {
      for (const at of instants) {
        expectTrue(wordCount(), config, run(wordCount(), config, kill(process, milliseconds(at))))
      }
    }
  })

  it('while a checkpoint is written: what is logged since the one before is there', () => {
    const config = loggingConfig({ timely: { checkpointInterval: milliseconds(600) } })
    const disk = { ...DISK, latency: milliseconds(40) }
    const record = run(wordCount(), config, kill(1, milliseconds(1_220)), { disk })
    expectTrue(wordCount(), config, record)
    const [replayed] = events(record, 'log-replayed')
    expect(replayed?.fields.from).toBe(milliseconds(600))
    expect(replayed?.fields.tick).toBeGreaterThanOrEqual(milliseconds(1_100))
  })

  const slow = { ...DISK, latency: milliseconds(15) }

  it.each(Object.entries(REPLACEMENTS))('during a replay: %s', (_, changes) => {
    const config = loggingConfig({ workers: 3, ...changes })
    const first = kill(1, milliseconds(1_350))
    const once = run(wordCount(), config, first, { disk: slow })
    const began = events(once, 'rollback-began')[0]!.at
    const ended = events(once, 'log-replayed').at(-1)!.at
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
      const at = Math.round(began + part * (ended - began))
      const record = run(wordCount(), config, [...first, ...kill(2, at)], { disk: slow })
      expectTrue(wordCount(), config, record)
      expect(events(record, 'generation-issued').length).toBeGreaterThan(1)
    }
  })

  it('one after the other: a log goes on in that of the next generation', () => {
    const config = loggingConfig({ workers: 3, timely: { checkpointInterval: seconds(100) } })
    const faults = [
      ...kill(1, milliseconds(660)),
      ...kill(2, milliseconds(1_160)),
      ...kill(0, milliseconds(1_660)),
    ]
    const record = run(wordCount(), config, faults)
    expectTrue(wordCount(), config, record)
    const replayed = events(record, 'log-replayed').map(({ fields }) => [fields.from, fields.tick])
    expect(replayed.slice(-3)).toEqual(new Array(3).fill([0, milliseconds(1_600)]))
  })

  it('in loops, seeds from the environment', () => {
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const random = seededRandom(seed, 11)
      const plan = planOf(randomLoops(random))
      const config = loggingConfig({
        seed,
        workers: 2 + random.below(2),
        partitions: 1 + random.below(6),
        tick: milliseconds([50, 100, 250][random.below(3)]!),
        input: { rate: 40 + random.below(60), duration: seconds(2) },
        kernels: random.below(2) === 0 ? 'plain' : 'columns',
        replacement: random.below(2) === 0 ? 'respawn' : 'survivors',
        timely: { checkpointInterval: milliseconds(random.below(2) === 0 ? 500 : 1_500) },
      })
      const faults = kill(random.below(2), milliseconds(300 + random.below(1_700)))
      expect(
        () => expectTrue(plan, config, run(plan, config, faults)),
        `SEED=${seed} RUNS=1`,
      ).not.toThrow()
    }
  })
})

describe('pushed input', () => {
  const subject = simulatedSubject('timely', () => checkedTimelyEngine())

  const title = 'is held for as long as it may be read again, %s'

  it.each(['respawn', 'survivors'] as const)(title, async (replacement) => {
    for (const at of [570, 930, 1_370, 2_150]) {
      const scenario: Scenario = {
        plan: conformancePlan('topK of windows', INTERVAL_MS),
        config: { ingest: 'pushed', workers: 3, replacement, timely: { recovery: 'logging' } },
        faults: kill(1, milliseconds(at)),
      }
      const trial = trialOf('timely', scenario)
      const record = await subject.run(trial)
      expect(await problemsOf(trial, record)).toEqual([])
      expect(events(record, 'log-replayed').length).toBeGreaterThan(0)
    }
  })
})

interface Blobs {
  readonly written: string[]
  readonly removed: string[]
}

/** An engine of which it is known what it stores; writes that are refused fail, and leave nothing. */
function storingEngine(
  blobs: Blobs,
  isRefused: (name: string, now: Nanos) => boolean = () => false,
): Engine {
  const { engine } = checkedTimelyEngine()
  return {
    ...engine,
    create(world, setup) {
      const refused = new Set<number>()
      const storage: Storage = {
        ...world.storage,
        write: (name, bytes) => {
          if (!isRefused(name, world.now())) {
            blobs.written.push(name)
            return world.storage.write(name, bytes)
          }
          const request = world.storage.write(`refused/${name}`, bytes)
          refused.add(request)
          return request
        },
        remove: (name) => {
          blobs.removed.push(name)
          return world.storage.remove(name)
        },
      }
      const process = engine.create({ ...world, storage }, setup)
      return {
        receive(inbound) {
          if (inbound.kind === 'storage' && refused.has(inbound.request)) {
            const { kind, request } = inbound
            process.receive({ kind, request, outcome: 'failed', reason: 'no space left' })
          } else process.receive(inbound)
        },
        step: () => process.step(),
      }
    },
  }
}

describe('a log in storage', () => {
  const isSegment = (name: string): boolean => name.startsWith(LOG_PREFIX)

  it('is removed behind the older of two durable checkpoints, that of earlier generations too', () => {
    const config = loggingConfig({
      input: { rate: 600, duration: seconds(4) },
      timely: { checkpointInterval: milliseconds(500) },
    })
    const blobs: Blobs = { written: [], removed: [] }
    const engine = storingEngine(blobs)
    const record = run(wordCount(), config, kill(1, milliseconds(1_350)), { engine })
    expectTrue(wordCount(), config, record)
    const segments = blobs.written.filter(isSegment).map(segmentPlace)
    const left = blobs.written
      .filter((name) => isSegment(name) && !blobs.removed.includes(name))
      .map(segmentPlace)
    expect(segments.length).toBeGreaterThan(60)
    expect(left.every(({ generation }) => generation === 2)).toBe(true)
    // 30 and 35 are durable: of what was logged since then nothing is gone.
    for (const worker of [0, 1]) {
      const own = left.filter((place) => place.worker === worker)
      expect(Math.min(...own.map(({ begins }) => begins))).toBeLessThanOrEqual(30)
      expect(Math.min(...own.map(({ whole }) => whole))).toBeGreaterThan(25)
    }
  })

  it('ends before a segment that is damaged: input is read again from there', () => {
    const hole = `${LOG_PREFIX}0000000001/0000000001/0000000010`
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const engine = onDamagedStorage(checkedTimelyEngine().engine, hole, damage)
      const record = run(wordCount(), loggingConfig(), kill(1, milliseconds(1_350)), { engine })
      expectTrue(wordCount(), loggingConfig(), record)
      expect(events(record, 'log-unusable'), what).toHaveLength(1)
      expect(resumed(record), what).toEqual([milliseconds(1_000), milliseconds(1_000)])
    }
  })

  it('is of no use when its beginning is lost: all go back to the checkpoint', () => {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const own = `${LOG_PREFIX}0000000001/0000000001/`
      const engine = onDamagedStorage(checkedTimelyEngine().engine, own, damage)
      const record = run(wordCount(), loggingConfig(), kill(1, milliseconds(1_350)), { engine })
      expectTrue(wordCount(), loggingConfig(), record)
      expect(events(record, 'log-unusable').length, what).toBeGreaterThan(0)
      expect(resumed(record), what).toEqual([])
    }
  })

  it('that cannot be written ends there, says so, and begins anew with the next checkpoint', () => {
    const config = loggingConfig({ input: { rate: 600, duration: seconds(3) } })
    const isRefused = (name: string, now: Nanos): boolean =>
      isSegment(name) && now >= milliseconds(1_150) && now < milliseconds(1_450)
    const killedAt = (at: Nanos): RunRecord => {
      const engine = storingEngine({ written: [], removed: [] }, isRefused)
      const record = run(wordCount(), config, kill(1, at), { engine })
      expectTrue(wordCount(), config, record)
      expect(events(record, 'logging-failed')).toHaveLength(2)
      expect(events(record, 'logging-failed')[0]!.fields.reason).toBe('no space left')
      return record
    }
    // The refused one would have had the tick that ends at 1,200 ms.
    const ended = resumed(killedAt(milliseconds(1_650)))
    expect(ended).toEqual([milliseconds(1_100), milliseconds(1_100)])
    const later = killedAt(milliseconds(2_350))
    expect(events(later, 'logging-resumed').map(({ fields }) => fields.tick)).toEqual([
      milliseconds(1_800),
      milliseconds(1_800),
    ])
    expect(resumed(later)).toEqual([milliseconds(2_300), milliseconds(2_300)])
  })

  it('says that it fails once a checkpoint, as long as there is no room', () => {
    const config = loggingConfig({ timely: { checkpointInterval: milliseconds(500) } })
    const engine = storingEngine({ written: [], removed: [] }, isSegment)
    const record = run(wordCount(), config, kill(1, milliseconds(1_350)), { engine })
    expectTrue(wordCount(), config, record)
    expect(resumed(record)).toEqual([])
    const failed = events(record, 'logging-failed')
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.length).toBeLessThan(14)
    expect(counter(record, 'logsFailed')).toBe(failed.length)
  })

  it('has the rows of exchanges once, and none where nothing is kept', () => {
    const written = run(wordCount(), loggingConfig())
    const logged = counter(written, 'loggedBytes')
    expect(logged).toBeGreaterThan(0.8 * counter(written, 'shuffleBytes'))
    const grep = planOf(lines().filter((line) => line.includes('a')))
    const config = loggingConfig()
    const record = run(grep, config, kill(1, milliseconds(1_350)))
    expectTrue(grep, config, record)
    for (const { fields } of events(record, 'log-replayed')) {
      expect([fields.tick, fields.bytes]).toEqual([milliseconds(1_300), 0])
    }
    expect(counter(record, 'loggedBytes')).toBeLessThan(logged / 2)
  })
})
