/** Reads the log's records where they are pairs of 32-bit integers (`u32x2`): as columns in place, or as plain values. */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { RunMemory } from '../columns/memory.ts'
import type { PoolRange } from '../input/input-log.ts'
import { decodePairs } from '../tables/number-table.ts'
import type { Pointer } from '../units.ts'
import type { RecordReader } from './chain.ts'

/** A reader that puts out `numbers` batches, which lie in the pool: it costs nothing a record. */
export function numberReader(memory: RunMemory, recordsMax: number): RecordReader {
  return {
    recordsMax,
    read(range, visit) {
      const at = pairsOf(memory, range)
      for (let done = 0; done < range.count; done += recordsMax) {
        const count = Math.min(recordsMax, range.count - done)
        visit({ kind: 'numbers', at: at + done * PAIR_BYTES, count })
      }
    },
  }
}

/** A reader that puts out `values` batches of [first, second], or of [event time, [first, second]]. */
export function plainPairReader(memory: RunMemory, recordsMax: number): RecordReader {
  return {
    recordsMax,
    read(range, visit, stampOf) {
      const at = pairsOf(memory, range)
      for (let done = 0; done < range.count; done += recordsMax) {
        const count = Math.min(recordsMax, range.count - done)
        const pairs = decodePairs(memory, at + done * PAIR_BYTES, count)
        const stamped = stampOf && pairs.map((pair, place) => [stampOf(done + place), pair])
        visit({ kind: 'values', values: stamped ?? pairs })
      }
    },
  }
}

/** Where the records of a range begin. */
function pairsOf({ u32 }: RunMemory, { pool, first, count }: PoolRange): Pointer {
  const offset = (record: number): number => u32[(pool.offsets >>> 2) + record]!
  const length = offset(first + count) - offset(first)
  assert(
    length === count * PAIR_BYTES,
    () => `${count} records of ${length} bytes are no pairs of integers`,
  )
  return pool.bytes + offset(first)
}
