/**
 * The timely engine in the simulated world: every plan, with and without a killed worker, against the plan interpreter.
 */
import { describe, expect, it } from 'vitest'
import { userErrorsConform } from '../core/conformance/user-errors.ts'
import { StorageError } from '../core/errors.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { timelyEngine } from './engine.ts'
import { type ConfigChanges, configOf, counter, events, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream<string>('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)

const PLANS: Readonly<Record<string, () => Plan>> = {
  'word count': () => planOf(ones().runningReduce(sum)),
  grep: () => planOf(lines().filter((line) => line.includes('a'))),
  'reduce by key': () => planOf(ones().reduceByKey(sum)),
  'a window of records': () => planOf(lines().window('1s', '500ms')),
  'a window, reduced': () => planOf(ones().window('1s', '500ms').reduceByKey(sum)),
  'windows re-added': () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms' })),
  'windows inverted': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '500ms', inverse: difference })),
  'windows of one slide and a half': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  'tumbling windows': () => planOf(ones().reduceByWindow('1s', sum, { slide: '1s' })),
  'top k of windows': () =>
    planOf(ones().reduceByWindow('1s', sum, { slide: '500ms', inverse: difference }).topK(3)),
  // With a kill, what was wrong once: rows of the next tick reached the table before the stage's topK had ranked it.
  'top k of a running table': () => planOf(ones().runningReduce(sum).topK(2)),
  'a stage behind a stage': () =>
    planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [word.length, count!] as const)
        .runningReduce((a, b) => Math.max(a, b)),
    ),
  'a union, two outputs': () => {
    const source = lines()
    const all = source.flatMap(words).union(source.map(() => 'line'))
    const counts = all.map(withOne).runningReduce(sum).collect('counts')
    return planOf(counts.topK(2).collect('top'))
  },
}

/** Beside those of the conformance suite, which has the same operators. Up to its kill a run is a calm one. */
const CALM: Readonly<Record<string, ConfigChanges>> = {
  'three workers, seven partitions, long ticks': {
    workers: 3,
    partitions: 7,
    tick: milliseconds(500),
    timely: { accumulation: 'both', recovery: 'none' },
  },
  'short ticks': { tick: milliseconds(20), timely: { accumulation: 'global' } },
}

const KILLED: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'respawned, plain': { kernels: 'plain', timely: { accumulation: 'both' } },
  'without a checkpoint': {
    replacement: 'survivors',
    workers: 3,
    timely: { checkpointInterval: seconds(100), accumulation: 'global' },
  },
}

function withoutInterval(changes: ConfigChanges): ConfigChanges {
  if (changes.tick !== milliseconds(500)) return changes
  return { ...changes, timely: { ...changes.timely, checkpointInterval: seconds(1) } }
}

for (const [name, plan] of Object.entries(PLANS)) {
  describe(name, () => {
    it.each(Object.entries(CALM))('is right: %s', (_, changes) => {
      const config = configOf(withoutInterval(changes))
      expectTrue(plan(), config, run(plan(), config))
    })

    it.each(Object.entries(KILLED))('is right with a killed worker: %s', (_, changes) => {
      const config = configOf(changes)
      for (const process of [0, 1]) {
        const record = run(plan(), config, [{ kind: 'kill', process, at: milliseconds(1350) }])
        expectTrue(plan(), config, record)
        expect(events(record, 'worker-suspected').length).toBeGreaterThan(0)
        expect(events(record, 'rollback-ended').length).toBeGreaterThan(0)
      }
    })
  })
}

describe('recovery', () => {
  const plan = PLANS['word count']!

  it('rolls back to the last durable checkpoint', () => {
    const config = configOf()
    const record = run(plan(), config, [{ kind: 'kill', process: 1, at: milliseconds(1350) }])
    expect(events(record, 'checkpoint-durable').length).toBeGreaterThanOrEqual(6)
    expect(events(record, 'rollback-ended').map(({ fields }) => fields.tick)).toEqual([
      milliseconds(1200),
      milliseconds(1200),
    ])
  })

  it('survives a kill at any instant of a checkpoint', () => {
    const config = configOf()
    for (let at = 890; at < 930; at += 3) {
      const record = run(plan(), config, [{ kind: 'kill', process: 1, at: milliseconds(at) }])
      expectTrue(plan(), config, record)
    }
  })

  it('goes on while a checkpoint is written, with one at a time, by a disk slower than the interval', () => {
    const config = configOf({ input: { rate: 600, duration: seconds(4) } })
    const disk = { latency: milliseconds(450), bytesPerSecond: 100_000_000 }
    const record = run(plan(), config, [], { disk })
    expectTrue(plan(), config, record)
    const began = events(record, 'checkpoint-began').filter(({ process }) => process === 0)
    const durable = events(record, 'checkpoint-durable')
    expect(began.length).toBeGreaterThanOrEqual(3)
    for (const [index, { at }] of durable.entries()) {
      expect(at - began[index]!.at).toBeGreaterThanOrEqual(2 * disk.latency)
      // The next one waits for it.
      if (index + 1 < began.length) expect(began[index + 1]!.at).toBeGreaterThanOrEqual(at)
      const meanwhile = record.commits.filter(
        (commit) => commit.visibleAt > began[index]!.at && commit.visibleAt < at,
      )
      expect(meanwhile.length).toBeGreaterThan(0)
    }
    for (const process of [0, 1]) {
      for (let at = 300; at < 2300; at += 150) {
        const killed = run(plan(), config, [{ kind: 'kill', process, at: milliseconds(at) }], {
          disk,
        })
        expectTrue(plan(), config, killed)
      }
    }
  })

  it('survives kills one after the other, and during a rollback', () => {
    const config = configOf({ workers: 3, replacement: 'survivors' })
    const record = run(plan(), config, [
      { kind: 'kill', process: 0, at: milliseconds(1000) },
      { kind: 'kill', process: 2, at: milliseconds(1130) },
    ])
    expectTrue(plan(), config, record)
    const again = configOf({ workers: 3 })
    const twice = run(plan(), again, [
      { kind: 'kill', process: 0, at: milliseconds(1000) },
      { kind: 'kill', process: 1, at: milliseconds(1130) },
      { kind: 'kill', process: 0, at: milliseconds(1700) },
    ])
    expectTrue(plan(), again, twice)
  })

  it('goes on when the last worker has asked for another before it dies', () => {
    const config = configOf()
    const first = { kind: 'kill', process: 0, at: milliseconds(1000) } as const
    const once = run(plan(), config, [first])
    const [asked] = events(once, 'worker-suspected')
    const [issued] = events(once, 'generation-issued')
    const at = asked!.at + 1
    expect(issued!.at).toBeGreaterThan(at)
    expectTrue(plan(), config, run(plan(), config, [first, { kind: 'kill', process: 1, at }]))
  })

  it('goes back to the checkpoint before when the newest is damaged', () => {
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(1350) }] as const
    const epoch = '0000000012'
    for (const name of [
      `timely/manifest/${epoch}-`,
      `timely/state/0000000001/${epoch}/0000000002`,
    ]) {
      for (const [what, damage] of Object.entries(DAMAGES)) {
        const engine = onDamagedStorage(timelyEngine, name, damage)
        const record = run(plan(), configOf(), faults, { engine })
        expectTrue(plan(), configOf(), record)
        expect(events(record, 'checkpoint-unusable'), `${name} ${what}`).toHaveLength(1)
        const ticks = events(record, 'rollback-ended').map(({ fields }) => fields.tick)
        expect(ticks, `${name} ${what}`).toEqual([milliseconds(900), milliseconds(900)])
      }
    }
  })

  it('begins again when the only checkpoint is damaged', () => {
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(550) }] as const
    const engine = onDamagedStorage(timelyEngine, 'timely/state/', DAMAGES.torn!)
    const record = run(plan(), configOf(), faults, { engine })
    expectTrue(plan(), configOf(), record)
    expect(events(record, 'rollback-ended').map(({ fields }) => fields.tick)).toEqual([0, 0])
  })

  it('ends the run by name when no checkpoint is whole, and never takes one for state', () => {
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(1350) }] as const
    for (const prefix of ['timely/state/', 'timely/manifest/']) {
      for (const [what, damage] of Object.entries(DAMAGES)) {
        const engine = onDamagedStorage(timelyEngine, prefix, damage)
        const record = run(plan(), configOf(), faults, { engine })
        expect(record.error, `${prefix} ${what}`).toBeInstanceOf(StorageError)
        expect(record.error?.message).toContain(prefix)
      }
    }
  })

  it('ends the run with the name of the lost worker when there is none', () => {
    const config = configOf({ timely: { recovery: 'none' } })
    const record = run(plan(), config, [{ kind: 'kill', process: 1, at: milliseconds(1350) }])
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'recovery', context: { worker: 1 } })
  })
})

describe('in steady state', () => {
  const plan = PLANS['word count']!

  it('gives equal traces for equal seeds', () => {
    const config = configOf()
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(1234) }] as const
    expect(run(plan(), config, faults).traceHash).toBe(run(plan(), config, faults).traceHash)
  })

  it('sends fewer progress messages the more it accumulates', () => {
    const sent = (['none', 'local'] as const).map((accumulation) => {
      const config = configOf({
        workers: 4,
        partitions: 16,
        timely: { accumulation, recovery: 'none' },
      })
      return counter(run(plan(), config), 'progressMessages')
    })
    expect(sent[1]).toBeLessThan(sent[0]!)
  })
})

describe('the error of a user’s function names operator, record and time', () => {
  userErrorsConform((stream) => run(planOf(stream), configOf({ tick: milliseconds(100) })))
})
