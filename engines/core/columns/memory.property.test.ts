/**
 * A region's blocks: never two in one place, whole cache lines from 1 KiB on, and `has` tells what `allocate` does.
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
      for (const { bytes, free } of calls) {
        if (!region.has(bytes)) {
          expect(() => region.allocate(bytes)).toThrow(CapacityError)
        } else {
          const pointer = region.allocate(bytes)
          expect(pointer % (bytes >= 1024 ? 64 : 16)).toBe(0)
          expect(pointer).toBeGreaterThanOrEqual(base)
          expect(pointer + bytes).toBeLessThanOrEqual(base + region.size)
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
