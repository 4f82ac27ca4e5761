/** The driver's log and its records: when one is written, which stay, what is in them, and what a horizon waits for. */
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../core/errors.ts'
import { DAMAGES } from '../../core/recovery/damaged-storage.fixture.ts'
import { milliseconds, type Nanos } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { DriverLog } from './driver-log.ts'
import { type DriverRecord, decodeRecord, encodeRecord, recordName } from './driver-record.ts'

const PLAN = '0123456789abcdef'

const RECORD: DriverRecord = {
  completed: 70_000,
  checkpoints: [
    { batch: 60_000, generation: 3 },
    { batch: 69_990, generation: 5 },
  ],
  asked: [12, 0, 7],
  rounds: { end: 0, fedBack: 69_999 },
}

const seal = (name: string) => ({ name, plan: PLAN, generation: 5, process: 2, incarnation: 1 })

it('a record is read as it was written, or refused', () => {
  const name = recordName(2, 13)
  const blob = encodeRecord(seal(name), RECORD)
  expect(decodeRecord({ name, plan: PLAN }, blob)).toEqual(RECORD)
  for (const [what, damage] of Object.entries(DAMAGES)) {
    expect(() => decodeRecord({ name, plan: PLAN }, damage(blob)), what).toThrow(StorageError)
  }
  expect(() => decodeRecord({ name: recordName(2, 12), plan: PLAN }, blob)).toThrow(StorageError)
})

it('names of records are in the order in which they were written', () => {
  const names = [recordName(1, 9), recordName(1, 10), recordName(2, 1), recordName(10, 1)]
  expect(names.toSorted()).toEqual(names)
})

/** A log on a storage that does what it is told. */
function setUp(isKept = true) {
  let request = 0
  const state = { completed: 0, horizon: 0 }
  const blobs: string[] = []
  const recorded: number[] = []
  const events: string[] = []
  const refused: string[] = []
  const world = {
    process: 2,
    incarnation: 1,
    now: () => 0,
    count: () => {},
    history: { append: (event: string) => events.push(event) },
    storage: {
      write: (name: string) => {
        blobs.push(name)
        return ++request
      },
      remove: (name: string) => {
        blobs.splice(blobs.indexOf(name), 1)
        return ++request
      },
    },
  } as unknown as World
  const log = new DriverLog(world, {
    isKept,
    plan: PLAN,
    membership: () => ({ generation: 1, term: 1 }),
    completed: () => state.completed,
    horizon: () => state.horizon,
    record: () => ({
      ...RECORD,
      completed: state.completed,
      checkpoints: state.horizon === 0 ? [] : [{ batch: state.horizon, generation: 1 }],
    }),
    recorded: (horizon) => recorded.push(horizon),
    refused: (name, reason) => refused.push(`${name}: ${reason}`),
  })
  const ends = (outcome: 'done' | 'failed' = 'done') =>
    log.ended({ kind: 'storage', request, outcome })
  return { log, state, blobs, recorded, events, refused, ends }
}

it('short batches share a record, and one is written at a time', () => {
  const { log, state, blobs, ends } = setUp()
  const step = (completed: number, ms: number): number => {
    state.completed = completed
    log.step(milliseconds(ms))
    return blobs.length
  }
  expect(step(0, 100)).toBe(0)
  expect(step(1, 110)).toBe(1)
  expect(step(2, 900)).toBe(1)
  expect(ends()).toBe(true)
  expect(log.recorded).toBe(1)
  expect(step(2, 901)).toBe(2)
  ends()
  expect(step(5, 1_000)).toBe(2)
  expect(step(6, 1_101)).toBe(3)
  expect(log.recorded).toBe(2)
  ends()
  expect(log.recorded).toBe(6)
  // Two stay.
  expect(blobs).toEqual([recordName(1, 2), recordName(1, 3)])
})

it('a horizon does not wait for its turn, and moves when it is recorded', () => {
  const { log, state, blobs, recorded, ends } = setUp()
  state.completed = 3
  log.step(0)
  state.horizon = 3
  ends()
  expect(recorded).toEqual([0])
  log.step(1)
  expect([blobs.length, recorded]).toEqual([2, [0]])
  ends()
  expect(recorded).toEqual([0, 3])
})

it('what storage refuses is written again, later, and says what is true then', () => {
  const { log, state, blobs, events, recorded, ends } = setUp()
  Object.assign(state, { completed: 3, horizon: 3 })
  log.step(0)
  ends('failed')
  expect(events).toEqual(['driver-record-failed'])
  state.completed = 4
  for (const ms of [1, 100, 199]) log.step(milliseconds(ms))
  expect(blobs).toHaveLength(1)
  log.step(milliseconds(200))
  ends()
  expect([log.recorded, recorded]).toEqual([4, [3]])
})

describe('that storage refuses it for the third time in a row is said', () => {
  const refusing = () => {
    const { log, state, refused, ends } = setUp()
    const fail = (times: number): void => {
      for (let time = 0; time < times; time++) {
        log.step(milliseconds(200))
        expect(ends('failed')).toBe(true)
      }
    }
    return { log, state, refused, ends, fail }
  }

  it('while a horizon waits', () => {
    const { log, state, refused, ends, fail } = refusing()
    Object.assign(state, { completed: 3, horizon: 3 })
    fail(2)
    expect(refused).toEqual([])
    fail(1)
    expect(refused).toEqual([`${recordName(1, 3)}: failed`])
    log.step(milliseconds(200))
    ends()
    Object.assign(state, { completed: 5, horizon: 5 })
    fail(2)
    expect(refused).toHaveLength(1)
  })

  it('and not where none does', () => {
    const { state, refused, fail } = refusing()
    state.completed = 3
    fail(5)
    expect(refused).toEqual([])
    state.horizon = 3
    fail(1)
    expect(refused).toEqual([`${recordName(1, 6)}: failed`])
  })
})

it('where nobody would take over nothing is written, and all is recorded at once', () => {
  const { log, state, blobs, recorded } = setUp(false)
  const step = (now: Nanos): void => log.step(now)
  Object.assign(state, { completed: 3, horizon: 3 })
  step(0)
  step(1)
  expect([blobs, recorded]).toEqual([[], [3]])
})
