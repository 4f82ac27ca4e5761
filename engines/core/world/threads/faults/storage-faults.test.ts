import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../../columns/memory.ts'
import type { StorageFault } from '../../../faults/fault.ts'
import type { Completion, StorageRequest } from '../storage-wire.ts'
import { FaultWords } from './fault-words.ts'
import { StorageFaults } from './storage-faults.ts'

type What = Pick<StorageFault, 'what'> & Partial<Pick<StorageFault, 'factor' | 'share'>>

/** A storage whose requests take `takes`, with one fault from 10 to 20. */
function storageWith(what: What, takes = 0) {
  const words = new FaultWords(RunMemory.reserve(2 * PAGE_BYTES), PAGE_BYTES, 1)
  const fault: StorageFault = { kind: 'storage', at: 10, length: 10, factor: 1, share: 1, ...what }
  words.begin(0, 10)
  const clock = { now: 0, slept: 0 }
  const until = (instant: number): number => {
    clock.slept += instant - clock.now
    clock.now = instant
    return instant
  }
  const faults = new StorageFaults([fault], {
    seed: 1,
    words,
    standstill: { until },
    now: () => clock.now,
  })
  const carriedOut: string[] = []
  const ask = (kind: StorageRequest['kind'], now: number): Completion => {
    clock.now = now
    const asked = { kind, request: 7, name: 'a', content: Uint8Array.of(1, 2, 3, 4, 5) }
    return faults.perform(asked, ({ kind: done, name, content }) => {
      carriedOut.push(`${done} ${name} ${content.join()}`)
      clock.now += takes
      return { kind: 'storage', request: 7, outcome: 'done' }
    })
  }
  return { words, clock, carriedOut, ask }
}

const DONE = { kind: 'storage', request: 7, outcome: 'done' } as const
const FAILED = { kind: 'storage', request: 7, outcome: 'failed' } as const

test('full: nothing is written, and what there is can be read', () => {
  const { words, carriedOut, ask } = storageWith({ what: 'full' })
  for (const kind of ['write', 'scratch', 'publish'] as const) {
    expect(ask(kind, 10)).toEqual({ ...FAILED, reason: 'no space left on the disk' })
  }
  expect(carriedOut).toEqual([])
  expect(ask('read', 10)).toEqual(DONE)
  expect(ask('write', 20)).toEqual(DONE)
  expect(words.hits(0)).toBe(3)
})

test('torn: half of a blob is there, nothing of a file', () => {
  const { words, carriedOut, ask } = storageWith({ what: 'torn' })
  for (const kind of ['write', 'publish'] as const) {
    expect(ask(kind, 10)).toEqual({ ...FAILED, reason: 'broke off after 2 bytes' })
  }
  expect(carriedOut).toEqual(['write a 1,2'])
  expect(words.hits(0)).toBe(2)
})

test('lost: a blob is gone after it was written, a file is not', () => {
  const { words, carriedOut, ask } = storageWith({ what: 'lost' })
  for (const kind of ['write', 'publish'] as const) expect(ask(kind, 10)).toEqual(DONE)
  expect(carriedOut).toEqual(['write a 1,2,3,4,5', 'remove a ', 'publish a 1,2,3,4,5'])
  expect(words.hits(0)).toBe(1)
})

test('slow: every request takes so many times as long', () => {
  const { words, clock, ask } = storageWith({ what: 'slow', factor: 5 }, 3_000_000)
  ask('read', 9)
  expect(clock.now).toBe(3_000_009)
  ask('read', 10)
  expect([clock.now, clock.slept]).toEqual([15_000_010, 12_000_000])
  expect(words.hits(0)).toBe(1)
})

test('a share of the writes is struck, each drawn by itself', () => {
  const { words, ask } = storageWith({ what: 'full', share: 0.25 })
  const failed = Array.from({ length: 400 }, () => ask('write', 10)).filter(
    ({ outcome }) => outcome === 'failed',
  )
  expect(failed.length).toBe(words.hits(0))
  expect(failed.length).toBeGreaterThan(60)
  expect(failed.length).toBeLessThan(140)
})
