/**
 * Storage that takes nothing: checkpoints fail, and the run goes on with the one before and says so. What it keeps meanwhile, since
 * somebody may be lost, is bounded. Judged by the plan interpreter.
 */
import { describe, expect, it } from 'vitest'
import { StorageError } from '../core/errors.ts'
import type { Fault } from '../core/faults/fault.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import { milliseconds, type ProcessId } from '../core/units.ts'
import { configOf, counterOf, eventsOf, expectTrue, run } from './trial.fixture.ts'

const plan = planOf(readStream('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))
/** A checkpoint each five batches. */
const config = configOf({ dstream: { checkpointInterval: milliseconds(500) } })

const full = (at: number, length: number): Fault => ({
  kind: 'storage',
  what: 'full',
  at: milliseconds(at),
  length: milliseconds(length),
  factor: 1,
  share: 1,
})

const kill = (process: ProcessId, at: number): Fault => ({
  kind: 'kill',
  process,
  at: milliseconds(at),
})

describe('storage that is full for a while', () => {
  const record = run(plan, config, [full(950, 700)])
  const failed = eventsOf(record, 'checkpoint-failed')

  it('takes the next checkpoint when it has room again', () => {
    expectTrue(plan, config, record)
    expect(failed.length).toBeGreaterThanOrEqual(2)
    const durable = eventsOf(record, 'checkpoint-durable')
    const [before, after] = durable.map(({ fields }) => Number(fields.batch))
    expect(before).toBe(5)
    const last = failed.at(-1)!
    expect(after).toBeGreaterThan(Number(last.fields.batch))
    expect(after).toBeLessThanOrEqual(Number(last.fields.batch) + 4)
  })

  it('is said each time, with what storage has said, and not asked again at once', () => {
    for (const [place, { at, fields }] of failed.entries()) {
      expect(fields.reason).toMatch(/no space left/)
      const next = failed[place + 1]
      if (next !== undefined) expect(next.at - at).toBeGreaterThan(milliseconds(200))
    }
    expect(counterOf(record, 'checkpointsFailed')).toBe(failed.length)
  })

  it.each([1_010, 1_130, 1_390, 1_610])(
    'makes what is lost at %d ms again from behind the one before',
    (at) => {
      const killed = run(plan, config, [full(950, 700), kill(1, at)])
      expectTrue(plan, config, killed)
      const [planned] = eventsOf(killed, 'recovery-planned')
      expect(planned!.fields.horizon).toBe(5)
    },
  )

  it('does not keep a driver from taking over', () => {
    for (const at of [1_030, 1_290, 1_640]) {
      const killed = run(plan, config, [full(950, 700), kill(config.workers, at)])
      expectTrue(plan, config, killed)
      expect(eventsOf(killed, 'driver-took-over')).toHaveLength(1)
      expect(eventsOf(killed, 'checkpoint-durable').length).toBeGreaterThan(3)
    }
  })
})

describe('storage that is full to the end', () => {
  it('costs nobody the run, and who is lost is made again from the beginning', () => {
    const record = run(plan, config, [full(0, 10_000), kill(0, 3_310)])
    expectTrue(plan, config, record)
    expect(eventsOf(record, 'checkpoint-durable')).toEqual([])
    expect(eventsOf(record, 'recovery-planned')[0]!.fields.horizon).toBe(0)
  })

  it('ends the run by name when there is no room for more of what only a checkpoint gives back', () => {
    const small = configOf({
      tick: milliseconds(50),
      keepRows: false,
      dstream: { checkpointInterval: milliseconds(500), blockStoreBytesMax: 120_000 },
    })
    const { error } = run(plan, small, [full(0, 10_000)])
    expect(error).toBeInstanceOf(StorageError)
    expect(error?.message).toMatch(/no space left on the disk; .* bytes of a worker/)
    const roomAgain = run(plan, small, [full(900, 300)])
    expectTrue(plan, small, roomAgain)
    expect(eventsOf(roomAgain, 'checkpoint-failed').length).toBeGreaterThan(0)
  })
})
