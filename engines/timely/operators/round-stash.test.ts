import { beforeEach, expect, test } from 'vitest'
import { Region, RunMemory } from '../../core/columns/memory.ts'
import type { Timestamp } from '../progress/timestamp.ts'
import { RoundStash } from './round-stash.ts'

const memory = RunMemory.reserve(4 * 65_536)
const region = new Region(memory, { name: 'stash', base: 65_536, size: 3 * 65_536 })
const copy = (to: number, from: number, length: number): void => {
  memory.u8.copyWithin(to, from, from + length)
}

let stash: RoundStash

beforeEach(() => {
  stash = new RoundStash(region, copy)
})

function add(time: Timestamp, partition: number, byte: number): boolean {
  const pointer = region.allocate(8)
  memory.u8.fill(byte, pointer, pointer + 8)
  const isFirst = stash.add(time, partition, { pointer, length: 8 })
  region.free(pointer, 8)
  return isFirst
}

function takeAll(time: Timestamp): [partition: number, byte: number][] {
  const taken: [number, number][] = []
  const visit = (partition: number, rows: { pointer: number }): void => {
    taken.push([partition, memory.u8[rows.pointer]!])
  }
  while (stash.takeOne(time, visit));
  return taken
}

test('rows are kept by timestamp, and by partition in order of arrival', () => {
  expect(add([0, 1], 2, 10)).toBe(true)
  expect(add([0, 2], 2, 20)).toBe(true)
  expect(add([0, 1], 1, 11)).toBe(false)
  expect(add([0, 1], 2, 9)).toBe(false)
  expect(add([1, 0], 1, 30)).toBe(true)
  expect(stash.bytes).toBe(40)
  expect(takeAll([0, 1])).toEqual([
    [1, 11],
    [2, 10],
    [2, 9],
  ])
  expect(takeAll([0, 1])).toEqual([])
  expect(takeAll([1, 0])).toEqual([[1, 30]])
  expect(takeAll([0, 2])).toEqual([[2, 20]])
  expect(stash.bytes).toBe(0)
})

test('a round is closed before all later ones', () => {
  add([3, 1, 4], 0, 1)
  stash.assertLeast([3, 1, 4])
  stash.assertLeast([3, 1, 3])
  expect(() => stash.assertLeast([3, 1, 5])).toThrow('(3; 1, 5) closes while rows of (3; 1, 4)')
  expect(() => stash.assertLeast([4, 0, 0])).toThrow('are here')
})

test('gives back its memory', () => {
  const before = region.used
  add([0, 0], 0, 1)
  add([0, 1], 0, 2)
  stash.takeOne([0, 0], () => undefined)
  stash.release()
  expect(region.used).toBe(before)
  expect(stash.bytes).toBe(0)
})

test('what is lent stays until it is given back', () => {
  const before = region.used
  add([0, 1], 1, 10)
  add([0, 1], 0, 11)
  add([0, 2], 0, 20)
  const lent: number[] = []
  const lend = (_: number, { pointer }: { pointer: number }): void => void lent.push(pointer)
  while (stash.lendOne([0, 1], lend));
  add([0, 3], 0, 30)
  expect(lent.map((pointer) => memory.u8[pointer])).toEqual([11, 10])
  expect(stash.bytes).toBe(32)
  stash.giveBack([0, 1])
  expect(stash.bytes).toBe(16)
  expect(add([0, 1], 0, 12)).toBe(true)
  stash.lendOne([0, 1], lend)
  stash.release()
  expect(region.used).toBe(before)
})
