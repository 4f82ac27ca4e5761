/**
 * What an exchange must put out: every due pair as a row, on the partition of its first number.
 *
 * Digests of the rows of each partition are summed up over the pool in *marks*, one for every so many records: a tick is the
 * difference of two marks, and a short walk at each end.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import type { Oracle, OracleInput } from '../oracle.ts'
import {
  DigestSums,
  encode,
  INTEGER,
  integerBody,
  keyLanes,
  partitionOfLane,
} from '../oracle-digest.ts'
import { DueCursor, type PoolSpan } from '../oracle-ranges.ts'

/** Records from one mark to the next. */
const STRIDE = 1_024

/** The rows of a pool, each with the place where it goes, and sums over what is before each mark. */
interface Exchanged {
  readonly partition: Uint32Array
  readonly lane0: Int32Array
  readonly lane1: Int32Array
  /** By mark, then by partition: rows, and both lanes. */
  readonly marks: Int32Array
}

/** One output, in every tick. */
export const exchangeOracle: Oracle = {
  *expect(input) {
    const { partitions } = input
    const exchanged = exchangedOf(input)
    const cursor = new DueCursor(input)
    const sums = new Int32Array(3 * partitions)
    for (const tick of input.ticks) {
      sums.fill(0)
      for (let source = 0; source < partitions; source++) {
        addSpan(exchanged, cursor.advance(source, tick), sums)
      }
      const digests = Array.from({ length: partitions }, (_, partition) => ({
        rows: sums[3 * partition]! >>> 0,
        lane0: sums[3 * partition + 1]! >>> 0,
        lane1: sums[3 * partition + 2]! >>> 0,
      }))
      yield { output: 0, tick, digests }
    }
  },
}

const known = new WeakMap<PoolBytes, Map<number, Exchanged>>()

function exchangedOf({ pool, partitions }: OracleInput): Exchanged {
  const byPartitions = known.get(pool) ?? new Map<number, Exchanged>()
  known.set(pool, byPartitions)
  const exchanged = byPartitions.get(partitions) ?? exchange(pool, partitions)
  byPartitions.set(partitions, exchanged)
  return exchanged
}

function exchange({ bytes, pairs }: PoolBytes, partitions: number): Exchanged {
  if (!pairs) throw new RangeError('a pool of texts, and an oracle of pairs')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records = bytes.length / 8
  const partition = new Uint32Array(records)
  const lane0 = new Int32Array(records)
  const lane1 = new Int32Array(records)
  const own = new DigestSums(1)
  for (let record = 0; record < records; record++) {
    const key = { tag: INTEGER, body: integerBody(view.getUint32(record * 8, true)) }
    const lanes = keyLanes(key)
    own.addRow(0, lanes, encode(view.getUint32(record * 8 + 4, true)))
    const row = own.take()[0]!
    partition[record] = partitionOfLane(lanes.lane0, partitions)
    lane0[record] = row.lane0
    lane1[record] = row.lane1
  }
  const rows = { partition, lane0, lane1 }
  const width = 3 * partitions
  const marks = new Int32Array((Math.floor(records / STRIDE) + 1) * width)
  for (let mark = 1; mark * STRIDE <= records; mark++) {
    marks.copyWithin(mark * width, (mark - 1) * width, mark * width)
    const sums = marks.subarray(mark * width, (mark + 1) * width)
    walk(rows, (mark - 1) * STRIDE, mark * STRIDE, sums, 1)
  }
  return { ...rows, marks }
}

/** Adds the rows of some records to sums by partition, so many times. */
function walk(
  { partition, lane0, lane1 }: Omit<Exchanged, 'marks'>,
  from: number,
  to: number,
  sums: Int32Array,
  times: number,
): void {
  for (let record = from; record < to; record++) {
    const at = 3 * partition[record]!
    sums[at]! += times
    sums[at + 1]! += Math.imul(lane0[record]!, times)
    sums[at + 2]! += Math.imul(lane1[record]!, times)
  }
}

/** Adds what lies before a record, so many times. */
function addBefore(exchanged: Exchanged, record: number, sums: Int32Array, times: number): void {
  const mark = Math.floor(record / STRIDE)
  const { marks } = exchanged
  for (let at = 0; at < sums.length; at++) {
    sums[at]! += Math.imul(marks[mark * sums.length + at]!, times)
  }
  walk(exchanged, mark * STRIDE, record, sums, times)
}

function addSpan(exchanged: Exchanged, { passes, spans }: PoolSpan, sums: Int32Array): void {
  if (passes > 0) addBefore(exchanged, exchanged.partition.length, sums, passes)
  for (const [from, to] of spans) {
    addBefore(exchanged, to, sums, 1)
    addBefore(exchanged, from, sums, -1)
  }
}
