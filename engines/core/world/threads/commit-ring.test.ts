import { expect, test } from 'vitest'
import { RunMemory } from '../../columns/memory.ts'
import type { Commit, VisibleCommit } from '../../output/commit.ts'
import { CommitRingReader, CommitRingWriter } from './commit-ring.ts'
import type { RingSpan } from './ring.ts'

const SPAN: RingSpan = { base: 66_048, capacity: 256, writerWake: 65_536, readerWake: 65_664 }

function commitOf(tick: number, generation = 1): Commit {
  return {
    generation,
    output: 2,
    partition: 3,
    tick,
    rows: 5,
    lane0: 0xffff_ffff,
    lane1: 7,
    readAt: tick - 0.5,
  }
}

function ledger() {
  const memory = RunMemory.reserve(2 * 65_536)
  const clock = { now: 1_000, generation: 1, stale: 0 }
  const writer = new CommitRingWriter(memory, SPAN, {
    now: () => clock.now++,
    generation: () => clock.generation,
    count: (_, by) => {
      clock.stale += by
    },
    finalTick: 1e18,
  })
  const reader = new CommitRingReader(memory, SPAN)
  const drain = (diedAt?: number): VisibleCommit[] => {
    const seen: VisibleCommit[] = []
    reader.drain((commit) => seen.push(commit), diedAt)
    return seen
  }
  return { memory, clock, writer, drain }
}

test('commits pass with the instant at which they became visible, large ticks and lanes included', () => {
  const { writer, drain } = ledger()
  const tick = 2 ** 52 + 1
  expect(writer.commit(commitOf(tick))).toBe('accepted')
  expect(writer.commit({ ...commitOf(8), readAt: undefined })).toBe('accepted')
  expect(drain()).toEqual([
    { ...commitOf(tick), visibleAt: 1_000 },
    { ...commitOf(8), readAt: undefined, visibleAt: 1_001 },
  ])
  expect(drain()).toEqual([])
})

test('a full ledger refuses, and accepts again when it was drained', () => {
  const { writer, drain } = ledger()
  const outcomes = [1, 2, 3, 4, 5, 6].map((tick) => writer.commit(commitOf(tick)))
  expect(outcomes).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'full', 'full'])
  expect(drain().map(({ tick }) => tick)).toEqual([1, 2, 3, 4])
  expect(writer.commit(commitOf(5))).toBe('accepted')
  expect(drain().map(({ tick }) => tick)).toEqual([5])
})

test('a stale commit leaves nothing behind', () => {
  const { writer, drain, clock } = ledger()
  clock.generation = 2
  expect(writer.commit(commitOf(1))).toBe('stale')
  expect(clock.stale).toBe(1)
  expect(writer.commit(commitOf(2, 2))).toBe('accepted')
  expect(drain().map(({ tick }) => tick)).toEqual([2])
})

test('a commit whose process died between store and clock counts from the death on', () => {
  const { memory, writer, drain } = ledger()
  writer.commit(commitOf(1))
  // The first frame's payload begins 8 bytes into the ring's data: its first word says that the commit is done.
  memory.i32[(SPAN.base + 256 + 8) >>> 2] = 0
  expect(drain()).toEqual([])
  expect(drain(9_999)).toEqual([{ ...commitOf(1), visibleAt: 9_999 }])
})
