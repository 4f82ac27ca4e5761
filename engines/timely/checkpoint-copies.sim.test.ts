/** Checkpoints by pause and drain, where it takes long to copy a state: a partition a step, and nothing of behind the border gets into it. */
import { expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../core/cost/cost-model.ts'
import type { Engine } from '../core/engine.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { milliseconds } from '../core/units.ts'
import { checkedTimelyEngine } from './checked-engine.ts'
import { configOf, events, expectTrue, run } from './trial.fixture.ts'

const plan = planOf(readStream('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))

/** Of a row that is copied. There are some two dozen words. */
const costs = {
  ...NOMINAL_COSTS,
  kernels: { ...NOMINAL_COSTS.kernels, save: milliseconds(3) },
}

it('keeps nobody away from its messages for longer than a partition takes', () => {
  const awayWith = (partitions: number): number => {
    const config = configOf({ partitions })
    const record = run(plan, config, [], { costs })
    expectTrue(plan, config, record)
    expect(events(record, 'worker-suspected')).toEqual([])
    expect(events(record, 'checkpoint-durable').length).toBeGreaterThan(3)
    return Math.max(...record.processes.map(({ counters }) => counters.heartbeatAwayNsMax ?? 0))
  }
  expect(awayWith(32)).toBeLessThan(awayWith(2) / 2)
})

it('is right with a kill between any two partitions', () => {
  const config = configOf({ tick: milliseconds(20) })
  const calm = run(plan, config, [], { costs })
  expectTrue(plan, config, calm)
  const [began] = events(calm, 'checkpoint-began').filter(({ at }) => at > milliseconds(600))
  for (const process of [0, 1]) {
    for (let part = 0; part < 5; part++) {
      const at = began!.at + part * milliseconds(9)
      const record = run(plan, config, [{ kind: 'kill', process, at }], { costs })
      expectTrue(plan, config, record)
    }
  }
})

it('leaves nothing in storage of one that failed', () => {
  const left = new Set<string>()
  const { engine: checked } = checkedTimelyEngine()
  const engine: Engine = {
    ...checked,
    create: (world, setup) => {
      const { storage } = world
      const watched = {
        ...storage,
        write: (name: string, bytes: Uint8Array) => {
          left.add(name)
          return storage.write(name, bytes)
        },
        remove: (name: string) => {
          left.delete(name)
          return storage.remove(name)
        },
      }
      return checked.create({ ...world, storage: watched }, setup)
    },
  }
  const config = configOf()
  const at = milliseconds(550)
  const full = { kind: 'storage', what: 'full', at, length: milliseconds(500), factor: 1 } as const
  const record = run(plan, config, [{ ...full, share: 0.5 }], { engine })
  expectTrue(plan, config, record)
  expect(events(record, 'checkpoint-failed').length).toBeGreaterThan(0)
  // The last two, of a state for each partition and a manifest.
  expect(left.size).toBe(2 * (config.partitions + 1))
})
