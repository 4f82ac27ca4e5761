/**
 * The oracle of what has no key: each due record's own rows, on the partition that it came in.
 *
 * Rows, and both lanes of their digests, are summed up once over the pool, so a tick is the difference of two sums.
 */
import type { Digest } from '../engines/core/output/digest.ts'
import type { Oracle, OracleInput } from './oracle.ts'
import { type Binary, DigestSums, type EncodedBinary, keyLanes } from './oracle-digest.ts'
import { recordsOf } from './oracle-keys.ts'
import { DueCursor, type PoolSpan } from './oracle-ranges.ts'

/** Rows that a record alone makes. */
export type RowsOf = (
  record: Binary,
) => readonly (readonly [key: EncodedBinary, value: EncodedBinary])[]

/** Sums over the records before each record of the pool, and over all of them at the end; lanes modulo 2^32. */
interface Sums {
  readonly rows: Uint32Array
  readonly lane0: Int32Array
  readonly lane1: Int32Array
}

/** One output, in every tick. */
export function recordsOracle(rowsOf: RowsOf): Oracle {
  const known = new WeakMap<object, Sums>()
  const sumsOf = ({ pool }: OracleInput): Sums => {
    const sums = known.get(pool) ?? sumUp(pool, rowsOf)
    known.set(pool, sums)
    return sums
  }
  return {
    *expect(input) {
      const sums = sumsOf(input)
      const cursor = new DueCursor(input)
      for (const tick of input.ticks) {
        const digests = Array.from({ length: input.partitions }, (_, partition) =>
          digestOf(sums, cursor.advance(partition, tick)),
        )
        yield { output: 0, tick, digests }
      }
    },
  }
}

function sumUp(pool: OracleInput['pool'], rowsOf: RowsOf): Sums {
  const size = pool.offsets.length
  const sums = {
    rows: new Uint32Array(size),
    lane0: new Int32Array(size),
    lane1: new Int32Array(size),
  }
  const own = new DigestSums(1)
  let record = 0
  for (const text of recordsOf(pool)) {
    for (const [key, value] of rowsOf(text)) own.addRow(0, keyLanes(key), value)
    const { rows, lane0, lane1 } = own.take()[0]!
    sums.rows[record + 1] = sums.rows[record]! + rows
    sums.lane0[record + 1] = sums.lane0[record]! + lane0
    sums.lane1[record + 1] = sums.lane1[record]! + lane1
    record += 1
  }
  return sums
}

function digestOf({ rows, lane0, lane1 }: Sums, { passes, spans }: PoolSpan): Digest {
  const last = rows.length - 1
  let rowSum = rows[last]! * passes
  let sum0 = Math.imul(lane0[last]!, passes)
  let sum1 = Math.imul(lane1[last]!, passes)
  for (const [from, to] of spans) {
    rowSum += rows[to]! - rows[from]!
    sum0 = (sum0 + lane0[to]! - lane0[from]!) | 0
    sum1 = (sum1 + lane1[to]! - lane1[from]!) | 0
  }
  return { rows: rowSum, lane0: sum0 >>> 0, lane1: sum1 >>> 0 }
}
