/** What a worker does when there is no room: in the ledger, on the links, in its block store. */
import { expect, it } from 'vitest'
import type { Engine } from '../../core/engine.ts'
import { sum, withOne, words } from '../../core/plan/functions.ts'
import { planOf, readStream } from '../../core/plan/stream.ts'
import { milliseconds, seconds } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { dstreamEngine } from '../engine.ts'
import { LAUNCH_CHANNEL, REPORT_CHANNEL } from '../scheduler/wire.ts'
import { configOf, counterOf, expectTrue, run } from '../trial.fixture.ts'

const plan = planOf(readStream('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))

/** The engine in a world that is changed a little. */
function inWorld(change: (world: World) => Partial<World>): Engine {
  return {
    ...dstreamEngine,
    create: (world, setup) => {
      const changed = Object.assign(Object.create(world), change(world)) as World
      return dstreamEngine.create(changed, setup)
    },
  }
}

it('tries a commit again while the ledger is full, and reports the task only then', () => {
  let calls = 0
  const engine = inWorld((world) => ({
    ledger: { commit: (commit) => (calls++ % 3 === 2 ? world.ledger.commit(commit) : 'full') },
  }))
  const config = configOf()
  const record = run(plan, config, [{ kind: 'kill', process: 0, at: milliseconds(1930) }], {
    engine,
  })
  expectTrue(plan, config, record)
})

it('runs no task that another worker launches', () => {
  const engine = inWorld((world) => ({
    transport: {
      // What worker 0 reports to the driver, which is process 2, comes to worker 1 as a launch.
      send: (message) =>
        world.transport.send(
          world.process === 0 && message.channel === REPORT_CHANNEL
            ? { ...message, to: 1, channel: LAUNCH_CHANNEL }
            : message,
        ),
      congested: () => world.transport.congested(),
    },
  }))
  const record = run(plan, configOf(), [], { engine })
  expect(record.outcome).toBe('failed')
  expect(record.error?.message).toMatch(/worker 0 sent a launch: only the driver does/)
})

it('waits with rows while the data links are congested', () => {
  let looks = 0
  const engine = inWorld((world) => ({
    transport: {
      send: (message) => world.transport.send(message),
      congested: () => looks++ % 4 !== 3,
    },
  }))
  const config = configOf()
  expectTrue(plan, config, run(plan, config, [], { engine }))
})

it('streams a large shuffle in messages with credit, and spills what does not fit', () => {
  const lines = Array.from({ length: 4000 }, (_, n) => `${'abcdefghij'.repeat(20)}${n}`)
  const config = configOf({
    partitions: 2,
    tick: milliseconds(500),
    input: { rate: 16_000, duration: seconds(1) },
    keepRows: false,
    dstream: { blockStoreBytesMax: 1_000_000 },
  })
  const record = run(plan, config, [], { lines, regionBytes: 48 * 1024 * 1024 })
  expectTrue(plan, config, record, lines)
  const messages = counterOf(record, 'dataBytes') / (60 * 1024)
  expect(messages).toBeGreaterThan(2 * 2 * 5)
  expect(counterOf(record, 'blockSpills')).toBeGreaterThan(0)
})
