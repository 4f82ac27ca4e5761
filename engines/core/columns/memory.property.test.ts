/**
 * A region's blocks: never two in one place, never beyond its reach, whole cache lines from 1 KiB on, and `has` tells what `allocate` does.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CapacityError } from '../errors.ts'
import { PAGE_BYTES, Region, RunMemory } from './memory.ts'

const memory = RunMemory.reserve(4 * PAGE_BYTES)
const call = fc.record({ bytes: fc.integer({ min: 1, max: 40_000 }), free: fc.nat(3) })

test('blocks lie apart and begin with a line when they are large', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), fc.nat(7), (calls, shift) => {
      const base = PAGE_BYTES + shift * 16
      const region = new Region(memory, { name: 'test', base, size: 2 * PAGE_BYTES })
      const held: { pointer: number; bytes: number }[] = []
      let reach = base
      expect(region.reach).toBe(reach)
      for (const { bytes, free } of calls) {
        if (!region.has(bytes)) {
          expect(() => region.allocate(bytes)).toThrow(CapacityError)
        } else {
          const pointer = region.allocate(bytes)
          expect(pointer % (bytes >= 1024 ? 64 : 16)).toBe(0)
          expect(pointer).toBeGreaterThanOrEqual(base)
          expect(pointer + bytes).toBeLessThanOrEqual(base + region.size)
          reach = Math.max(reach, pointer + bytes)
          expect(region.reach).toBeGreaterThanOrEqual(reach)
          for (const other of held) {
            const apart = pointer + bytes <= other.pointer || other.pointer + other.bytes <= pointer
            expect(apart).toBe(true)
          }
          held.push({ pointer, bytes })
        }
        if (free === 0 && held.length > 0) {
          const block = held.shift()!
          region.free(block.pointer, block.bytes)
        }
      }
      for (const { pointer, bytes } of held) region.free(pointer, bytes)
      expect(region.used).toBe(0)
    }),
  )
})

test('neighbours that were given back make room for what is larger than either', () => {
  const bytes = PAGE_BYTES / 4
  const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 2 * PAGE_BYTES })
  const held = Array.from({ length: 8 }, () => region.allocate(bytes))
  expect(region.has(bytes)).toBe(false)
  for (const place of [5, 2, 3, 4]) region.free(held[place]!, bytes)
  expect(region.has(4 * bytes + 1)).toBe(false)
  expect(region.allocate(4 * bytes)).toBe(held[2])
  expect(region.has(1)).toBe(false)
  region.free(held[7]!, bytes)
  expect(region.allocate(64)).toBeGreaterThanOrEqual(held[7]!)
})

test('of what is free in pieces, none may be as large as the largest block was', () => {
  const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 2 * PAGE_BYTES })
  const bytes = PAGE_BYTES / 2
  region.free(region.allocate(bytes), bytes)
  const held = Array.from({ length: 8 }, () => region.allocate(bytes / 2))
  for (const place of [0, 2, 4, 6]) region.free(held[place]!, bytes / 2)
  expect(region.used).toBe(region.size / 2)
  expect(region.largest).toBe(bytes)
  expect(region.has(region.largest)).toBe(false)
  region.free(held[1]!, bytes / 2)
  expect(region.has(region.largest)).toBe(true)
})

test('a region that was emptied has all of its room again, whatever sizes it had', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1024, max: 40_000 }), { maxLength: 9 }), (sizes) => {
      const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 2 * PAGE_BYTES })
      const held = sizes.flatMap((size) =>
        region.has(size) ? [{ size, at: region.allocate(size) }] : [],
      )
      for (const { size, at } of held) region.free(at, size)
      expect(region.allocate(2 * PAGE_BYTES)).toBe(PAGE_BYTES)
      expect(region.reach).toBe(PAGE_BYTES + region.size)
      region.reset()
      expect(region.reach).toBe(PAGE_BYTES)
    }),
  )
})

test('what is refused is told the largest piece that is free, and how large it would have to be', () => {
  const bytes = PAGE_BYTES / 4
  const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 2 * PAGE_BYTES })
  const held = Array.from({ length: 8 }, () => region.allocate(bytes))
  for (const place of [0, 2, 3, 5]) region.free(held[place]!, bytes)
  expect(() => region.allocate(3 * bytes - 1)).toThrow(
    `: ${4 * bytes} of ${8 * bytes} bytes are in use, and the largest free piece has ${2 * bytes}. a block is one piece, this one of ${3 * bytes} bytes,`,
  )
  expect(region.allocate(2 * bytes)).toBe(held[2])
})
