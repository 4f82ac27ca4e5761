/**
 * Each kernel on pairs of numbers in WebAssembly does what its plain definition does.
 *
 * Laws: equal digests, which are those of the rows as plain values; pairs in equal places, and equally many taken, whatever room
 * there is; all that was taken is in the buffer of its partition, in order; what is made of each pair is what the functions make.
 * Filters keep what they say, in place too.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { DigestSum, keyLanes, partitionOf } from '../output/digest.ts'
import type { Kernels } from './kernels.ts'
import { loadKernels } from './load-kernels.ts'

const memory = RunMemory.reserve(3 * PAGE_BYTES)
const simd = loadKernels(memory, 'columns')
const plain = loadKernels(memory, 'plain')

const SUMS = PAGE_BYTES
const LIST = PAGE_BYTES + 64
const NUMBERS = PAGE_BYTES + 1024
const BUFFERS = 2 * PAGE_BYTES
const { u32 } = memory

const edge = fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)
const number = fc.oneof(edge, fc.nat(7), fc.integer({ min: 0, max: 0xffff_ffff }))
const pairs = fc.array(fc.tuple(number, number), { maxLength: 70 })
/** Pairs may begin at any whole number. */
const shift = fc.constantFrom(0, 4, 8, 12)

function place(list: readonly (readonly [number, number])[], by: number): number {
  const at = NUMBERS + by
  list.forEach(([first, second], i) => {
    u32[at / 4 + 2 * i] = first
    u32[at / 4 + 2 * i + 1] = second
  })
  return at
}

test('digests are those of rows of integers', () => {
  fc.assert(
    fc.property(pairs, shift, (list, by) => {
      const at = place(list, by)
      const sum = new DigestSum()
      for (const [first, second] of list) sum.addRow(first, second)
      const { lane0, lane1 } = sum.take()
      for (const kernels of [simd, plain]) {
        kernels.digestNumbers(at, list.length, SUMS)
        expect([u32[SUMS / 4], u32[SUMS / 4 + 1]]).toEqual([lane0, lane1])
      }
    }),
    { numRuns: 400 },
  )
})

/** Gives each partition room for so many pairs, exchanges, and reads what is where. */
function exchanged(
  kernels: Kernels,
  { at, count, room }: { at: number; count: number; room: readonly number[] },
) {
  let next = BUFFERS
  const starts = room.map((pairs, partition) => {
    const start = next
    u32[LIST / 4 + 2 * partition] = start
    next += pairs * 8
    u32[LIST / 4 + 2 * partition + 1] = next
    return start
  })
  u32.fill(0xdbdb_dbdb, BUFFERS / 4, next / 4 + 4)
  const taken = kernels.exchangeNumbers(at, count, room.length, LIST)
  const buffers = starts.map((start, partition) => {
    const end = u32[LIST / 4 + 2 * partition]!
    return Array.from({ length: (end - start) / 8 }, (_, i) => [
      u32[start / 4 + 2 * i]!,
      u32[start / 4 + 2 * i + 1]!,
    ])
  })
  return { taken, buffers, behind: [...u32.slice(next / 4, next / 4 + 4)] }
}

test('pairs go to the buffers of their partitions, as far as there is room', () => {
  const room = fc.oneof(
    fc.array(fc.nat(12), { minLength: 1, maxLength: 9 }),
    fc
      .integer({ min: 1, max: 9 })
      .map((partitions) => Array.from({ length: partitions }, () => 70)),
  )
  fc.assert(
    fc.property(pairs, shift, room, (list, by, rooms) => {
      const request = { at: place(list, by), count: list.length, room: rooms }
      const found = exchanged(simd, request)
      expect(found).toEqual(exchanged(plain, request))
      const partition = (first: number) =>
        partitionOf(keyLanes(encodeCanonical(first)).lane0, rooms.length)
      const taken = list.slice(0, found.taken)
      expect(found.buffers).toEqual(
        rooms.map((_, own) => taken.filter(([first]) => partition(first) === own)),
      )
      const next = list[found.taken]
      if (next === undefined) return
      const full = partition(next[0])
      expect(found.buffers[full]!.length).toBe(rooms[full])
    }),
    { numRuns: 600 },
  )
})

test('pairs go both ways, and take the lesser number along', () => {
  fc.assert(
    fc.property(pairs, shift, (list, by) => {
      for (const kernels of [simd, plain]) {
        const at = place(list, by)
        kernels.bothWays(at, list.length, BUFFERS)
        const both = list.flatMap(([first, second]) => [first, second, second, first])
        expect([...u32.subarray(BUFFERS / 4, BUFFERS / 4 + both.length)]).toEqual(both)
        kernels.withLesser(at, list.length, at)
        const lesser = list.flatMap(([first, second]) => [first, Math.min(first, second)])
        expect([...u32.subarray(at / 4, at / 4 + lesser.length)]).toEqual(lesser)
      }
    }),
    { numRuns: 200 },
  )
})

test('pairs are kept by a number of theirs', () => {
  fc.assert(
    fc.property(pairs, shift, fc.constantFrom(0, 1), number, (list, by, where, value) => {
      const kept = list.filter((pair) => pair[where] === value)
      for (const kernels of [simd, plain]) {
        const at = place(list, by)
        for (const out of [BUFFERS, at]) {
          expect(kernels.numbersWhere(at, list.length, where, value, out)).toBe(kept.length)
          const found = kept.map((_, i) => [u32[out / 4 + 2 * i], u32[out / 4 + 2 * i + 1]])
          expect(found).toEqual(kept)
        }
      }
    }),
    { numRuns: 400 },
  )
})
