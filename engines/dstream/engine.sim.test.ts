/** The engine in the simulated world: every plan's commits against the interpreter, without and with a killed worker. */
import { describe, expect, it } from 'vitest'
import { userErrorsConform } from '../core/conformance/user-errors.ts'
import { difference, sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { milliseconds, seconds } from '../core/units.ts'
import {
  type ConfigChanges,
  configOf,
  counterOf,
  eventsOf,
  expectTrue,
  run,
} from './trial.fixture.ts'

const lines = () => readStream('log', '500ms')
const ones = () => lines().flatMap(words).map(withOne)

const PLANS: Readonly<Record<string, () => Plan>> = {
  grep: () => planOf(lines().filter((line) => (line as string).includes('river'))),
  reduceByKey: () => planOf(ones().reduceByKey(sum)),
  runningReduce: () => planOf(ones().runningReduce(sum)),
  window: () => planOf(lines().window('1s', '500ms')),
  'window, then reduceByKey': () => planOf(ones().window('1s', '500ms').reduceByKey(sum)),
  'reduceByWindow, re-added': () => planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s' })),
  'reduceByWindow, inverse': () =>
    planOf(ones().reduceByWindow('1500ms', sum, { slide: '1s', inverse: difference })),
  'tumbling reduceByWindow': () =>
    planOf(ones().reduceByWindow('1s', sum, { slide: '1s', inverse: difference })),
  topK: () =>
    planOf(ones().reduceByWindow('1s', sum, { slide: '500ms', inverse: difference }).topK(3)),
  'running state of changes': () =>
    planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [(word as string).length, count as number] as const)
        .runningReduce((a, b) => Math.max(a, b)),
    ),
}

const text = (word: unknown): string => word as string

/** Unions: of one source, of streams from job stages that become one, into a shuffle, into a window. */
Object.assign(PLANS, {
  'union of two tables’ changes': () => {
    const lengths = lines().map((line) => [text(line).length, 1] as const)
    return planOf(
      ones()
        .runningReduce(sum)
        .changes()
        .map(([word, count]) => [text(word), count as number] as const)
        .union(
          lengths
            .reduceByWindow('1s', sum, { slide: '1s' })
            .changes()
            .map(([length, count]) => [`length ${length}`, (count as number) ?? 0] as const),
        ),
    )
  },
  'union into a reduce and a window': () => {
    const short = lines().filter((line) => text(line).length < 15)
    const long = lines().filter((line) => text(line).length >= 15)
    const both = short.union(long)
    return planOf([
      both
        .flatMap((line) => text(line).split(' '))
        .map((word) => [word, 1] as const)
        .reduceByKey(sum),
      both.window('1s', '1s'),
    ])
  },
})

/** Beside those of the conformance suite, which has the same operators. Up to its kill a run is a calm one. */
const RUNS: Readonly<Record<string, ConfigChanges>> = {
  'plain, one batch in flight': { kernels: 'plain', dstream: { batchesInFlightMax: 1 } },
  'a block store of nothing': { dstream: { blockStoreBytesMax: 0 } },
}

const FAULTS: Readonly<Record<string, ConfigChanges>> = {
  respawn: {},
  'survivors, plain': { kernels: 'plain', replacement: 'survivors', workers: 3 },
  'survivors, no checkpoint': {
    replacement: 'survivors',
    workers: 3,
    dstream: { checkpointInterval: seconds(100) },
  },
}

for (const [name, build] of Object.entries(PLANS)) {
  describe(name, () => {
    for (const [how, changes] of Object.entries(RUNS)) {
      it(`is true: ${how}`, () => {
        const config = configOf(changes)
        expectTrue(build(), config, run(build(), config))
      })
    }
    for (const [how, changes] of Object.entries(FAULTS)) {
      it(`is true after a kill: ${how}`, () => {
        const config = configOf(changes)
        const record = run(build(), config, [{ kind: 'kill', process: 1, at: milliseconds(2350) }])
        expectTrue(build(), config, record)
        expect(eventsOf(record, 'worker-suspected')).toHaveLength(1)
        expect(eventsOf(record, 'recovery-completed')).toHaveLength(1)
      })
    }
  })
}

// No plan of the conformance suite has its shape.
it('a union of two tables’ changes is true where a batch is an interval', () => {
  const build = PLANS['union of two tables’ changes']!
  const config = configOf({ workers: 3, partitions: 7, tick: milliseconds(500) })
  expectTrue(build(), config, run(build(), config))
})

it('runs no task without a message of the driver, and few of those', () => {
  const config = configOf()
  const record = run(PLANS.runningReduce!(), config)
  const batches = config.input.duration / config.tick
  expect(counterOf(record, 'tasks')).toBe(batches * config.partitions * 2)
  expect(counterOf(record, 'launchMessages')).toBeLessThanOrEqual(batches * config.workers * 4)
})

describe('the error of a user’s function names operator, record and time', () => {
  userErrorsConform((stream) => run(planOf(stream), configOf({ tick: milliseconds(100) })))
})
