/** What a stash hands out: a period, as far as a border. */
import { expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../../core/columns/memory.ts'
import { Stash } from './stash.ts'

const memory = RunMemory.reserve(2 * PAGE_BYTES)
const region = new Region(memory, { name: 'stash', base: PAGE_BYTES, size: PAGE_BYTES })
const newStash = () =>
  new Stash(region, (to, from, length) => {
    memory.u8.copyWithin(to, from, from + length)
  })

function add(stash: Stash, period: number, epoch: number, byte: number): void {
  const pointer = region.allocate(8)
  memory.u8.fill(byte, pointer, pointer + 8)
  stash.add(period, { epoch, partition: 1, pane: 2, sent: byte % 2 === 0 }, { pointer, length: 8 })
  region.free(pointer, 8)
}

function taken(stash: Stash, period: number, until: number): number[] {
  const bytes: number[] = []
  stash.take(period, until, (partition, pane, { pointer }) => {
    expect([partition, pane]).toEqual([1, 2])
    bytes.push(memory.u8[pointer]!)
  })
  return bytes
}

it('hands out what is of epochs before a border, in order of arrival, and the rest later', () => {
  const stash = newStash()
  const before = region.used
  add(stash, 1, 7, 10)
  add(stash, 1, 5, 11)
  add(stash, 2, 10, 12)
  add(stash, 1, 6, 13)
  add(stash, 1, 6, 14)
  expect(stash.bytes).toBe(40)
  expect(taken(stash, 1, 6)).toEqual([11])
  expect(taken(stash, 1, 6)).toEqual([])
  expect(taken(stash, 1, Number.POSITIVE_INFINITY)).toEqual([10, 13, 14])
  expect(taken(stash, 1, Number.POSITIVE_INFINITY)).toEqual([])
  expect(taken(stash, 2, 11)).toEqual([12])
  expect([stash.bytes, region.used]).toEqual([0, before])
})

it('gives back its memory', () => {
  const stash = newStash()
  const before = region.used
  add(stash, 0, 0, 1)
  add(stash, 0, 1, 2)
  taken(stash, 0, 1)
  stash.release()
  expect([stash.bytes, region.used]).toEqual([0, before])
})

it('drops what was sent, and keeps what is of its own stage', () => {
  const stash = newStash()
  const before = region.used
  add(stash, 0, 3, 20)
  add(stash, 0, 2, 21)
  add(stash, 0, 3, 22)
  add(stash, 1, 6, 24)
  stash.dropSent()
  expect(stash.bytes).toBe(8)
  expect(taken(stash, 0, Number.POSITIVE_INFINITY)).toEqual([21])
  expect(taken(stash, 1, Number.POSITIVE_INFINITY)).toEqual([])
  expect([stash.bytes, region.used]).toEqual([0, before])
})
