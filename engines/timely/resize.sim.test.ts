/**
 * Workers that join and leave in the simulated world, as only this engine can be asked: loops, snapshots for which nobody stops, a
 * log of messages, a storage that is full when a checkpoint is needed. What both engines promise is in `../core/conformance/resize.ts`.
 */
import { describe, expect, it } from 'vitest'
import { runRight } from '../core/conformance/operators.ts'
import { conformancePlan } from '../core/conformance/plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  resizing,
} from '../core/conformance/scenario.ts'
import { simulatedSubject } from '../core/conformance/simulated-subject.ts'
import { comingsIn, comingsOf, committedTwice } from '../core/conformance/traffic.ts'
import { ConfigurationError } from '../core/errors.ts'
import type { Fault } from '../core/faults/fault.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { DAMAGES, onDamagedStorage } from '../core/recovery/damaged-storage.fixture.ts'
import type { Resize } from '../core/run-config.ts'
import { milliseconds } from '../core/units.ts'
import { DISK } from '../core/world/simulated/disk.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { manifestName } from './recovery/coordination.ts'
import { configOf, expectTrue, run } from './trial.fixture.ts'

const subject = simulatedSubject('timely', () => checkedTimelyEngine())

/** Rounds take about as long as a message: epochs wait for each other. */
const FAR = { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } }
const PATIENT = { heartbeat: milliseconds(20), timeout: milliseconds(200) }

const CHANGES: Readonly<Record<string, Resize>> = {
  'two join': resizing(2, [1_030, 4]),
  'two leave': resizing(4, [1_030, 2]),
}

const wordCount = () =>
  planOf(readStream<string>('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))

const RESERVED: ConfigChanges = { workers: 4, partitions: 9 }

describe.each(Object.entries(CHANGES))('%s', (_, resize) => {
  const config: ConfigChanges = { ...RESERVED, resize }

  it.each([
    'connected components',
    'a captured table that changes in every tick',
    'a loop in a loop, of tables, and a graph from outside of both',
    'three rounds',
  ] as const)('while a loop goes around: %s', async (name) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    const scenario = { plan, config: { ...config, detector: PATIENT }, options: FAR }
    const calm = await runRight(subject, scenario)
    expect(comingsIn(calm)).toEqual(comingsOf(resize))
    expect(committedTwice(calm)).toBeUndefined()
    const [issued] = eventsOf(calm, 'generation-issued')
    for (const [process, at] of [
      [0, issued!.at - milliseconds(30)],
      [3, issued!.at + milliseconds(110)],
    ] as const) {
      const faults: readonly Fault[] = [{ kind: 'kill', process, at }]
      expect(comingsIn(await runRight(subject, { ...scenario, faults }))).toEqual(comingsOf(resize))
    }
  })

  it.each(['runningReduce, sum', 'topK of windows'] as const)(
    'at a snapshot for which nobody stops: %s',
    async (name) => {
      const plan = conformancePlan(name, INTERVAL_MS)
      const timely = { recovery: 'barrier-snapshots' } as const
      const record = await runRight(subject, { plan, config: { ...config, timely } })
      expect(comingsIn(record)).toEqual(comingsOf(resize))
    },
  )

  it.each([
    ['runningReduce, sum', 0],
    ['topK of windows', 1],
    ['connected components', 0],
  ] as const)('with a log of messages, and killed meanwhile: %s', async (name, first) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    const scenario = { plan, config: { ...config, timely: { recovery: 'logging' } } } as const
    const calm = await runRight(subject, scenario)
    expect(comingsIn(calm)).toEqual(comingsOf(resize))
    expect(committedTwice(calm)).toBeUndefined()
    const [asked] = eventsOf(calm, 'resize-asked')
    const [issued] = eventsOf(calm, 'generation-issued')
    const instants = [
      asked!.at - milliseconds(1),
      asked!.at + 1,
      issued!.at + milliseconds(50),
      issued!.at + milliseconds(350),
    ]
    for (const [turn, at] of instants.entries()) {
      // All plans together have both at each instant.
      const faults: readonly Fault[] = [{ kind: 'kill', process: (first + turn) % 2, at }]
      const record = await runRight(subject, { ...scenario, faults })
      expect(comingsIn(record)).toEqual(comingsOf(resize))
    }
  })

  it('replays what the former owners have logged, where the checkpoint for it is damaged', () => {
    const timely = { recovery: 'logging', checkpointInterval: milliseconds(400) } as const
    const logged = configOf({ workers: 4, partitions: 9, resize, timely })
    const name = manifestName(11, 1)
    const engine = onDamagedStorage(checkedTimelyEngine().engine, name, DAMAGES.torn!)
    const record = run(wordCount(), logged, [], { engine })
    expectTrue(wordCount(), logged, record)
    expect(eventsOf(record, 'checkpoint-unusable')).toHaveLength(1)
    const replayed = eventsOf(record, 'log-replayed').map(({ fields }) => fields.tick)
    expect([...new Set(replayed)]).toEqual([milliseconds(1_100)])
    expect(comingsIn(record)).toEqual(comingsOf(resize))
    expect(committedTwice(record)).toBeUndefined()
  })

  it('goes on with the same workers while the storage is full, until the next checkpoint', async () => {
    const plan = conformancePlan('runningReduce, sum', INTERVAL_MS)
    // The checkpoint for the change, and that of the interval after it, cannot be written.
    const lasts = { at: milliseconds(1_000), length: milliseconds(300) }
    const full: Fault = { kind: 'storage', what: 'full', factor: 1, share: 1, ...lasts }
    const record = await runRight(subject, { plan, config, faults: [full] })
    expect(eventsOf(record, 'checkpoint-failed').length).toBeGreaterThanOrEqual(2)
    const [asked, ...more] = eventsOf(record, 'resize-asked')
    expect(asked!.at).toBeGreaterThan(milliseconds(1_600))
    expect(more).toEqual([])
    expect(comingsIn(record)).toEqual(comingsOf(resize))
    expect(committedTwice(record)).toBeUndefined()
  })

  it('lets no source run ahead while a slow disk writes the checkpoint', async () => {
    const plan = conformancePlan('runningReduce, sum', INTERVAL_MS)
    const scenario = { plan, config: { ...config, tick: milliseconds(20) } }
    const disk = { ...DISK, latency: milliseconds(60) }
    const record = await runRight(subject, { ...scenario, options: { disk } })
    expect(comingsIn(record)).toEqual(comingsOf(resize))
    expect(committedTwice(record)).toBeUndefined()
  })
})

it.each(['none', 'active-standby'] as const)('is refused by name with recovery %s', (recovery) => {
  const config = configOf({ workers: 4, resize: resizing(2, [1_030, 4]), timely: { recovery } })
  expect(() => run(wordCount(), config)).toThrow(ConfigurationError)
  expect(() => run(wordCount(), config)).toThrow(`workers that join or leave: recovery ${recovery}`)
})
