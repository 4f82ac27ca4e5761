/** Pauses and slow-downs by a clock that the test moves. */
import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../../columns/memory.ts'
import type { FaultPlan } from '../../../faults/fault.ts'
import { FaultWords } from './fault-words.ts'
import { LoopFaults } from './loop-faults.ts'
import { placed } from './placed-fault.ts'

const MS = 1_000_000

/** A process 1 whose sleeps end `late` after they should. */
function processWith(plan: FaultPlan, late = 0) {
  const memory = RunMemory.reserve(2 * PAGE_BYTES)
  const words = new FaultWords(memory, PAGE_BYTES, plan.length)
  for (const { at, place } of placed(plan)) if (typeof at === 'number') words.begin(place, at)
  const clock = { now: 0, slept: 0 }
  const standstill = {
    until: (instant: number): number => {
      clock.slept += instant + late - clock.now
      clock.now = instant + late
      return clock.now
    },
  }
  const born = (): LoopFaults =>
    new LoopFaults(placed(plan), { process: 1, words, standstill, now: () => clock.now })
  return { words, clock, born }
}

/** Steps of this length, so many; returns how long it rested. */
function work(length: number, steps: number, late = 0): number {
  const plan: FaultPlan = [
    { kind: 'slow', process: 1, at: 0, length: Number.POSITIVE_INFINITY, share: 0.25 },
    { kind: 'slow', process: 0, at: 0, length: Number.POSITIVE_INFINITY, share: 0.01 },
  ]
  const { words, clock, born } = processWith(plan, late)
  const loop = born()
  for (let step = 0; step < steps; step++) {
    const from = clock.now
    clock.now += length
    expect(loop.slow(from)).toBe(clock.now)
  }
  expect([words.hits(0), words.hits(1)]).toEqual([steps, 0])
  return clock.slept
}

test('a step of d is followed by a rest of d · (1 / share − 1), however short it is', () => {
  expect(work(4 * MS, 1)).toBe(12 * MS)
  expect(work(0.1 * MS, 1)).toBe(0)
  expect(work(0.1 * MS, 1_000)).toBeGreaterThanOrEqual(299 * MS)
  expect(work(0.1 * MS, 1_000)).toBeLessThanOrEqual(300 * MS)
})

test('what was slept too long is taken off the next rest', () => {
  const rested = work(0.1 * MS, 1_000, 0.06 * MS)
  expect(rested).toBeGreaterThanOrEqual(299 * MS)
  expect(rested).toBeLessThanOrEqual(300.1 * MS)
})

test('a slow-down is over at its end', () => {
  const { words, clock, born } = processWith([
    { kind: 'slow', process: 1, at: 2 * MS, length: 3 * MS, share: 0.5 },
  ])
  const loop = born()
  for (const [to, slept] of [
    [1, 0],
    [4, 3],
    [8, 3],
  ] as const) {
    const from = clock.now
    clock.now = to * MS
    loop.slow(from)
    expect(clock.slept).toBe(slept * MS)
  }
  expect(words.hits(0)).toBe(1)
})

test('a pause lasts from when it took effect, and is had once', () => {
  const { words, clock, born } = processWith([
    { kind: 'pause', process: 1, at: 10 * MS, length: 50 * MS },
    { kind: 'pause', process: 0, at: 0, length: 50 * MS },
  ])
  const loop = born()
  expect(loop.nextPause).toBe(10 * MS)
  loop.pause()
  expect(clock.now).toBe(0)
  // It was in the middle of a step, longer than the pause.
  clock.now = 70 * MS
  loop.pause()
  expect(clock.now).toBe(120 * MS)
  expect(words.tookEffectAt(0)).toBe(70 * MS)
  loop.pause()
  born().pause()
  expect(clock.now).toBe(120 * MS)
  expect([words.hits(0), words.hits(1)]).toEqual([1, 0])
  expect(loop.nextPause).toBe(Number.POSITIVE_INFINITY)
})

test('a life that begins after a pause has nothing of it', () => {
  const { words, clock, born } = processWith([
    { kind: 'pause', process: 1, at: 10 * MS, length: 50 * MS },
  ])
  clock.now = 60 * MS
  const loop = born()
  loop.pause()
  expect([clock.now, words.hits(0)]).toEqual([60 * MS, 0])
  expect(loop.nextPause).toBe(Number.POSITIVE_INFINITY)
})

test('a pause waits for its moment', () => {
  const { words, clock, born } = processWith([
    { kind: 'pause', process: 1, at: { on: 'checkpoint', from: 0 }, length: 50 * MS },
  ])
  const loop = born()
  clock.now = 10 * MS
  loop.pause()
  expect([clock.now, loop.nextPause]).toEqual([10 * MS, Number.POSITIVE_INFINITY])
  expect([words.begin(0, 10 * MS), words.begin(0, 11 * MS)]).toEqual([true, false])
  expect(loop.nextPause).toBe(10 * MS)
  loop.pause()
  expect(clock.now).toBe(60 * MS)
})

test('a pause is no work that a slow process rests from', () => {
  const { clock, born } = processWith([
    { kind: 'pause', process: 1, at: 0, length: 50 * MS },
    { kind: 'slow', process: 1, at: 0, length: Number.POSITIVE_INFINITY, share: 0.5 },
  ])
  const loop = born()
  loop.pause()
  clock.now += 2 * MS
  expect(loop.slow(0)).toBe(54 * MS)
})
