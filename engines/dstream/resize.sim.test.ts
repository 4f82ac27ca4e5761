/**
 * Workers that join and leave in the simulated world, as only this engine can be asked: nothing is made again, tables move by the
 * checkpoint, and questions do not notice. What both engines promise is in `../core/conformance/resize.ts`.
 */
import { describe, expect, it } from 'vitest'
import { runRight } from '../core/conformance/operators.ts'
import { QUERIED, queriedPlan } from '../core/conformance/plans/queries.ts'
import { INTERVAL_MS, resizing } from '../core/conformance/scenario.ts'
import { simulatedSubject } from '../core/conformance/simulated-subject.ts'
import { comingsIn, comingsOf } from '../core/conformance/traffic.ts'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import type { Fault } from '../core/faults/fault.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import type { Query } from '../core/queries/query.ts'
import type { Resize } from '../core/run-config.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { DISK } from '../core/world/simulated/disk.ts'
import { checkedDStreamEngine } from './checked-engine.ts'
import { configOf, counterOf, eventsOf, expectTrue, run } from './trial.fixture.ts'

const lines = () => readStream<string>('log', '500ms')
const counts = () => planOf(lines().flatMap(words).map(withOne).runningReduce(sum))

/** Many different words, so that reduce tasks have something to do. */
const MANY_WORDS = Array.from({ length: 500 }, (_, line) =>
  Array.from({ length: 4 }, (_, word) => `word-${(line * 7 + word * 131) % 1_009}`).join(' '),
)

const CHANGES: Readonly<Record<string, Resize>> = {
  'two join': resizing(2, [1_030, 4]),
  'two leave': resizing(4, [1_030, 2]),
}

describe.each(Object.entries(CHANGES))('%s', (_, resize) => {
  it('reads back the tables that have moved, and makes none again', () => {
    const config = configOf({ workers: 4, partitions: 8, resize })
    const record = run(counts(), config)
    expectTrue(counts(), config, record)
    expect(eventsOf(record, 'recovery-planned').map(({ fields }) => fields.tasks)).toEqual([0])
    expect(counterOf(record, 'tasks')).toBe(counterOf(record, 'launchedTasks'))
    // Four of eight partitions, with a table each.
    expect(counterOf(record, 'blockRestores')).toBe(4)
  })

  it('begins no batch after that with which the checkpoint begins, until the change is made', () => {
    const config = configOf({ workers: 4, partitions: 8, resize })
    const record = run(counts(), config, [], { disk: { ...DISK, latency: milliseconds(250) } })
    expectTrue(counts(), config, record)
    const [asked] = eventsOf(record, 'resize-asked')
    const submitted = eventsOf(record, 'job-submitted').filter(({ at }) => at <= asked!.at)
    const durable = eventsOf(record, 'checkpoint-durable').filter(({ at }) => at <= asked!.at)
    expect(durable.at(-1)!.fields.batch).toBe(submitted.at(-1)!.fields.batch)
    expect(asked!.at - submitted.at(-1)!.at).toBeGreaterThan(milliseconds(250))
    expect(eventsOf(record, 'block-recomputed')).toEqual([])
  })

  it('needs no files of a plan without tables', () => {
    const plan = planOf(lines().filter((line) => line.includes('river')))
    const config = configOf({ workers: 4, partitions: 8, resize })
    const record = run(plan, config)
    expectTrue(plan, config, record)
    expect(eventsOf(record, 'resize-asked')).toHaveLength(1)
    expect(counterOf(record, 'checkpointBytes')).toBe(0)
  })

  it('comes about though the driver is lost meanwhile', () => {
    const config = configOf({ workers: 4, partitions: 8, resize })
    const calm = run(counts(), config)
    const [asked] = eventsOf(calm, 'resize-asked')
    const [issued] = eventsOf(calm, 'generation-issued')
    const instants = [
      asked!.at - milliseconds(70),
      asked!.at - 1,
      asked!.at + 1,
      issued!.at + milliseconds(50),
      issued!.at + milliseconds(300),
    ]
    for (const at of instants) {
      const record = run(counts(), config, [{ kind: 'kill', process: 4, at }])
      expectTrue(counts(), config, record)
      expect(eventsOf(record, 'driver-took-over')).toHaveLength(1)
      expect(comingsIn(record)).toEqual(comingsOf(resize))
    }
  })

  it('takes along tables that copies have taken elsewhere', () => {
    const [step] = resize.steps
    const config = configOf({
      workers: 4,
      partitions: 16,
      tick: milliseconds(250),
      detector: { heartbeat: milliseconds(20), timeout: seconds(1) },
      resize: { ...resize, steps: [{ ...step!, at: milliseconds(2_030) }] },
      dstream: { speculation: 1.4 },
    })
    const slow: Fault = {
      kind: 'slow',
      process: 1,
      at: milliseconds(700),
      length: Number.POSITIVE_INFINITY,
      share: 0.15,
    }
    const costs = { ...NOMINAL_COSTS, kernels: { other: 0, words: 100_000, fold: 300_000 } }
    const record = run(counts(), config, [slow], { costs, lines: MANY_WORDS })
    expectTrue(counts(), config, record, MANY_WORDS)
    const [issued] = eventsOf(record, 'generation-issued')
    const won = eventsOf(record, 'speculation-won')
    expect(won.some(({ at, fields }) => at < issued!.at && fields.stage !== 0)).toBe(true)
    expect(comingsIn(record)).toEqual(comingsOf(resize))
    expect(eventsOf(record, 'recovery-planned').map(({ fields }) => fields.tasks)).toEqual([0])
    expect(eventsOf(record, 'block-recomputed')).toEqual([])
  })

  it('is not seen by who asks tables meanwhile', async () => {
    const subject = simulatedSubject('dstream', () => checkedDStreamEngine())
    const queries = QUERIED.flatMap((of, table) =>
      [0, 1, 2].map((more): Query => {
        const at = milliseconds(100 + 7 * table + 31 * more)
        return { of, want: 'rows', at, every: milliseconds(101) }
      }),
    )
    const plan = queriedPlan(INTERVAL_MS)
    for (const blockStoreBytesMax of [0, 1024 * 1024]) {
      const dstream = { blockStoreBytesMax }
      const config = { workers: 4, partitions: 9, resize, dstream }
      const record = await runRight(subject, { plan, config, queries })
      expect(eventsOf(record, 'resize-asked')).toHaveLength(1)
    }
  })
})
