/** What the null engine must commit (`null-engine.ts`), from the schedule alone: how many records, and where they lie. */
import type { Digest } from '../../engines/core/output/digest.ts'
import type { Oracle } from '../../workloads/oracle.ts'
import { DueCursor, type PoolSpan } from '../../workloads/oracle-ranges.ts'

export const nullOracle: Oracle = {
  *expect(input) {
    const { offsets } = input.pool
    const cursor = new DueCursor(input)
    const sums = placeSums(offsets)
    for (const tick of input.ticks) {
      const digests = Array.from({ length: input.partitions }, (_, partition) =>
        countOf(cursor.advance(partition, tick), offsets, sums),
      )
      yield { output: 0, tick, digests }
    }
  },
}

/** At i the sum of the places of the records before i, modulo 2^32. */
function placeSums(offsets: Uint32Array): Uint32Array {
  const sums = new Uint32Array(offsets.length)
  for (let at = 1; at < offsets.length; at++) sums[at] = sums[at - 1]! + offsets[at - 1]!
  return sums
}

function countOf({ passes, spans }: PoolSpan, offsets: Uint32Array, sums: Uint32Array): Digest {
  const records = offsets.length - 1
  let rows = passes * records
  let bytes = Math.imul(passes, offsets[records]!)
  let places = Math.imul(passes, sums[records]!)
  for (const [from, to] of spans) {
    rows += to - from
    bytes = (bytes + offsets[to]! - offsets[from]!) | 0
    places = (places + sums[to]! - sums[from]!) | 0
  }
  return { rows, lane0: bytes >>> 0, lane1: places >>> 0 }
}
