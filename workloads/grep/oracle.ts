/**
 * What Grep must put out: every due line that contains the text, as a row (line, 1) on its own input partition.
 *
 * Rows, and both lanes of their digests, are summed up once over the pool, so a tick is the difference of two sums.
 */
import type { Digest } from '../../engines/core/output/digest.ts'
import type { Oracle, OracleInput } from '../oracle.ts'
import { binaryOf, integerRowLane, keyLanes, TEXT } from '../oracle-digest.ts'
import { recordsOf } from '../oracle-keys.ts'
import { DueCursor, type PoolSpan } from '../oracle-ranges.ts'

/** Sums over the records before each record of the pool, and over all of them at the end; lanes modulo 2^32. */
interface Sums {
  readonly rows: Uint32Array
  readonly lane0: Int32Array
  readonly lane1: Int32Array
}

export function grepOracle(pattern: string): Oracle {
  const known = new WeakMap<object, Sums>()
  const sumsOf = ({ pool }: OracleInput): Sums => {
    const sums = known.get(pool) ?? sumUp(pool, binaryOf(pattern))
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

function sumUp(pool: OracleInput['pool'], pattern: string): Sums {
  const size = pool.offsets.length
  const sums = {
    rows: new Uint32Array(size),
    lane0: new Int32Array(size),
    lane1: new Int32Array(size),
  }
  let record = 0
  for (const line of recordsOf(pool)) {
    const isMatch = line.includes(pattern)
    const key = isMatch ? keyLanes({ tag: TEXT, body: line }) : undefined
    sums.rows[record + 1] = sums.rows[record]! + (isMatch ? 1 : 0)
    sums.lane0[record + 1] = sums.lane0[record]! + (key ? integerRowLane(key.lane0, 1) : 0)
    sums.lane1[record + 1] = sums.lane1[record]! + (key ? integerRowLane(key.lane1, 1) : 0)
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
