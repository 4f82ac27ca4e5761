/**
 * The plain definitions of the kernels on text: what each does, in typed arrays, byte by byte.
 *
 * They are the reference of the property tests, and they run where WebAssembly has no SIMD. Where a kernel may stop early
 * (`words`), the two may stop at different places; what they put out in all is the same.
 */
import { assert } from '../assert.ts'
import type { RunMemory } from '../columns/memory.ts'
import { TAG_INTEGER } from '../columns/value-codec.ts'
import { rowLane, textKeyLanes } from '../output/digest.ts'
import type { Pointer } from '../units.ts'
import { type Kernels, LOWER_CASE_PADDING, type TextKernels, WORDS_OUT_MIN } from './kernels.ts'
import { plainExtremesKernels } from './plain-extremes-kernels.ts'
import { plainJoinKernels } from './plain-join-kernels.ts'
import { plainNumberKernels } from './plain-number-kernels.ts'
import { plainSpreadKernels } from './plain-spread-kernels.ts'
import { plainTableKernels } from './plain-table-kernels.ts'
import { plainUnionKernels } from './plain-union-kernels.ts'

export function plainKernels(memory: RunMemory, mode: 'columns' | 'plain'): Kernels {
  return {
    ...plainTextKernels(memory),
    ...plainNumberKernels(memory),
    ...plainExtremesKernels(memory),
    ...plainJoinKernels(memory),
    ...plainSpreadKernels(memory),
    ...plainTableKernels(memory),
    ...plainUnionKernels(memory),
    mode,
    implementation: 'plain',
    memory,
  }
}

export function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13)
}

function plainTextKernels({ u8, u32 }: RunMemory): TextKernels {
  function put(out: Pointer, number: number, pointer: Pointer, length: number): void {
    u32[(out >>> 2) + 2 * number] = pointer
    u32[(out >>> 2) + 2 * number + 1] = length
  }

  function holds(pointer: Pointer, length: number, needle: Pointer, needleLength: number): boolean {
    for (let at = pointer; at <= pointer + length - needleLength; at++) {
      let same = 0
      while (same < needleLength && u8[at + same] === u8[needle + same]) same++
      if (same === needleLength) return true
    }
    return false
  }

  return {
    poolSlices(bytes, offsets, first, count, out) {
      const offset = (offsets >>> 2) + first
      for (let i = 0; i < count; i++) {
        const start = u32[offset + i]!
        put(out, i, bytes + start, u32[offset + i + 1]! - start - 1)
      }
    },

    words(slices, count, out, outMax, cursor) {
      assert(outMax >= WORDS_OUT_MIN, `room for ${outMax} words: ${WORDS_OUT_MIN} or more`)
      let found = 0
      let index = u32[cursor >>> 2]!
      let offset = u32[(cursor >>> 2) + 1]!
      for (; index < count; index++) {
        const pointer = u32[(slices >>> 2) + 2 * index]!
        const stop = pointer + u32[(slices >>> 2) + 2 * index + 1]!
        let at = pointer + offset
        offset = 0
        while (at < stop) {
          if (isBlank(u8[at]!)) {
            at++
            continue
          }
          if (found === outMax) {
            u32[cursor >>> 2] = index
            u32[(cursor >>> 2) + 1] = at - pointer
            return found
          }
          const start = at
          while (at < stop && !isBlank(u8[at]!)) at++
          put(out, found, start, at - start)
          found++
        }
      }
      u32[cursor >>> 2] = count
      u32[(cursor >>> 2) + 1] = 0
      return found
    },

    contains(slices, count, needle, needleLength, out) {
      let kept = 0
      for (let i = 0; i < count; i++) {
        const pointer = u32[(slices >>> 2) + 2 * i]!
        const length = u32[(slices >>> 2) + 2 * i + 1]!
        if (holds(pointer, length, needle, needleLength)) put(out, kept++, pointer, length)
      }
      return kept
    },

    longerThan(slices, count, bytes, out) {
      let kept = 0
      for (let i = 0; i < count; i++) {
        const pointer = u32[(slices >>> 2) + 2 * i]!
        const length = u32[(slices >>> 2) + 2 * i + 1]!
        if (length > bytes) put(out, kept++, pointer, length)
      }
      return kept
    },

    prefix(slices, count, bytes, out) {
      for (let i = 0; i < count; i++) {
        const length = u32[(slices >>> 2) + 2 * i + 1]!
        put(out, i, u32[(slices >>> 2) + 2 * i]!, Math.min(length, bytes))
      }
    },

    lowerCase(slices, count, out, bytes, bytesMax) {
      let target = bytes
      for (let i = 0; i < count; i++) {
        const pointer = u32[(slices >>> 2) + 2 * i]!
        const length = u32[(slices >>> 2) + 2 * i + 1]!
        if (length + LOWER_CASE_PADDING > bytes + bytesMax - target) return i
        for (let at = 0; at < length; at++) {
          const byte = u8[pointer + at]!
          u8[target + at] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
        }
        put(out, i, target, length)
        target += length
      }
      return count
    },

    digestText(slices, count, sums) {
      let sum0 = 0
      let sum1 = 0
      for (let i = 0; i < count; i++) {
        const from = u32[(slices >>> 2) + 2 * i]!
        const to = from + u32[(slices >>> 2) + 2 * i + 1]!
        const { lane0, lane1 } = textKeyLanes(u8, from, to)
        sum0 = (sum0 + rowLane(lane0, 1, 0, TAG_INTEGER)) | 0
        sum1 = (sum1 + rowLane(lane1, 1, 0, TAG_INTEGER)) | 0
      }
      u32[sums >>> 2] = sum0
      u32[(sums >>> 2) + 1] = sum1
    },

    copyBytes(target, source, length) {
      u8.copyWithin(target, source, source + length)
    },
  }
}
