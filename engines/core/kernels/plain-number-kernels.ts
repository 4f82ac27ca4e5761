/** The plain definitions of the kernels on pairs of numbers. */
import { PAIR_BYTES } from '../columns/batch.ts'
import type { RunMemory } from '../columns/memory.ts'
import { encodeCanonical, TAG_INTEGER } from '../columns/value-codec.ts'
import { keyLanes, partitionOf, rowLane } from '../output/digest.ts'
import type { NumberKernels } from './kernels.ts'

export function plainNumberKernels({ u32 }: RunMemory): NumberKernels {
  return {
    digestNumbers(numbers, count, sums) {
      let sum0 = 0
      let sum1 = 0
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        const { lane0, lane1 } = keyLanes(encodeCanonical(u32[at]!))
        const second = u32[at + 1]!
        sum0 = (sum0 + rowLane(lane0, second, 0, TAG_INTEGER)) | 0
        sum1 = (sum1 + rowLane(lane1, second, 0, TAG_INTEGER)) | 0
      }
      u32[sums >>> 2] = sum0
      u32[(sums >>> 2) + 1] = sum1
    },

    exchangeNumbers(numbers, count, partitions, buffers) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        const partition = partitionOf(keyLanes(encodeCanonical(u32[at]!)).lane0, partitions)
        const buffer = (buffers >>> 2) + 2 * partition
        const next = u32[buffer]!
        if (next === u32[buffer + 1]!) return i
        u32[next >>> 2] = u32[at]!
        u32[(next >>> 2) + 1] = u32[at + 1]!
        u32[buffer] = next + PAIR_BYTES
      }
      return count
    },

    bothWays(numbers, count, out) {
      for (let i = 0; i < count; i++) {
        const [at, to] = [(numbers >>> 2) + 2 * i, (out >>> 2) + 4 * i]
        u32[to] = u32[at]!
        u32[to + 1] = u32[at + 1]!
        u32[to + 2] = u32[at + 1]!
        u32[to + 3] = u32[at]!
      }
    },

    withLesser(numbers, count, out) {
      for (let i = 0; i < count; i++) {
        const [at, to] = [(numbers >>> 2) + 2 * i, (out >>> 2) + 2 * i]
        u32[to + 1] = Math.min(u32[at]!, u32[at + 1]!)
        u32[to] = u32[at]!
      }
    },

    numbersWhere(numbers, count, place, value, out) {
      let kept = 0
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        if (u32[at + place] !== value) continue
        u32.copyWithin((out >>> 2) + 2 * kept, at, at + 2)
        kept += 1
      }
      return kept
    },
  }
}
