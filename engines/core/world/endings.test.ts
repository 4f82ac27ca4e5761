/** When nobody is left: those who have ended, those who are asked for, and those who never began. */
import { expect, test } from 'vitest'
import type { Member } from '../membership/membership.ts'
import { milliseconds } from '../units.ts'
import { type Life, nobodyLeft } from './endings.ts'

const CONFIG = {
  workers: 3,
  replacement: 'respawn',
  detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
  input: { rate: 0, duration: milliseconds(1_000) },
} as const

const ended = (process: number, incarnation: number): Life => ({
  process,
  incarnation,
  endedAt: milliseconds(200 + process),
})
const goesOn = (process: number): Life => ({
  process,
  incarnation: 1,
  endedAt: Number.POSITIVE_INFINITY,
})
const neverBegan = (process: number): Life => ({ process, incarnation: 0, endedAt: 0 })

function errorOf(lives: readonly Life[], members: readonly Member[]): string | undefined {
  const membership = { generation: 1, term: 1, members, placement: [] }
  return nobodyLeft(lives, membership, CONFIG)?.message
}

const live = (process: number, incarnation: number): Member => ({
  process,
  incarnation,
  state: 'live',
})
const absent = (process: number, incarnation: number): Member => ({
  process,
  incarnation,
  state: 'absent',
})

test('one who lives can miss the others', () => {
  expect(errorOf([goesOn(0), ended(1, 1)], [live(0, 1), live(1, 1)])).toBeUndefined()
})

test('one who is asked for will live, though it has never begun', () => {
  expect(errorOf([ended(0, 1), neverBegan(1)], [live(0, 1), live(1, 1)])).toBeUndefined()
  expect(errorOf([ended(0, 1), ended(1, 1)], [live(0, 1), live(1, 2)])).toBeUndefined()
})

test('who is absent does not come by itself, and of who never began nothing is said', () => {
  const lives = [ended(0, 1), ended(1, 1), neverBegan(2)]
  expect(errorOf(lives, [live(0, 1), absent(1, 1), absent(2, 0)])).toMatch(
    /worker 0 ended at 200ms, worker 1 ended at 201ms\. /,
  )
})
