/**
 * The slowest possible oracle, for tests: at every tick it goes through all records from the start, with plain Maps.
 *
 * It is made of the plan's own plain functions and of the engines' digest, the very code that the fast oracles avoid. Where
 * both agree, neither the speed of the one nor the definitions of the other are wrong, or they are wrong alike.
 */
import { decodeText, encodeCanonical, encodeText } from '../engines/core/columns/value-codec.ts'
import { type Digest, digestOfRows, keyLanes, partitionOf } from '../engines/core/output/digest.ts'
import type { PoolBytes } from '../engines/core/system.ts'
import type { Nanos, TickEnd } from '../engines/core/units.ts'
import type { ExpectedTick, OracleInput } from './oracle.ts'

export type Row = readonly [key: unknown, value: unknown]

/** The records of a pool: texts, or pairs of integers. */
export function poolRecords({ bytes, offsets, pairs }: PoolBytes): (string | number[])[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from(offsets.subarray(1), (end, record) => {
    const from = offsets[record]!
    if (pairs) return [view.getUint32(from, true), view.getUint32(from + 4, true)]
    return decodeText(bytes.subarray(from, end - 1))
  })
}

/** Records of each partition due in `[from, to)`, as text. */
export function dueTexts(input: OracleInput, from: Nanos, to: Nanos): string[][] {
  const records = poolRecords(input.pool)
  return duePlaces(input, from, to).map((due) => due.map((place) => records[place] as string))
}

/** Places in the pool of the records of each partition due in `[from, to)`. */
export function duePlaces(input: OracleInput, from: Nanos, to: Nanos): number[][] {
  const records = input.pool.offsets.length - 1
  const { rate, duration, once } = input.input
  return Array.from({ length: input.partitions }, (_, partition) => {
    const share =
      Math.floor(rate / input.partitions) + (partition < rate % input.partitions ? 1 : 0)
    const start = Math.floor((partition * records) / input.partitions)
    // A bounded input ends where the next partition begins, whatever is due by then.
    const end = Math.floor(((partition + 1) * records) / input.partitions)
    const count = once ? end - start : Number.POSITIVE_INFINITY
    const due: number[] = []
    for (let i = 0; (share > 0 || (once && rate === 0)) && i < count; i++) {
      const instant = share === 0 ? 0 : Number((BigInt(i) * 1_000_000_000n) / BigInt(share))
      if (instant >= Math.min(to, duration)) break
      if (instant < from) continue
      due.push((start + i) % records)
    }
    return due
  })
}

/** The table at an instant, as rows; keys are compared by the engines' encoding. */
export type TableAt = (instant: TickEnd) => Iterable<Row>

/** Counts of keys over the records due in `[instant − length, instant)`. */
export function countsAt(
  input: OracleInput,
  keysOf: (record: string) => Iterable<string>,
  length = Number.POSITIVE_INFINITY,
): TableAt {
  return (instant) => {
    const counts = new Map<string, number>()
    for (const record of dueTexts(input, Math.max(0, instant - length), instant).flat()) {
      for (const key of keysOf(record)) counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts
  }
}

/** The k greatest rows of a table of counts, by rank. */
export function topAt(table: TableAt, k: number): TableAt {
  return (instant) =>
    [...(table(instant) as Iterable<readonly [string, number]>)]
      .sort(([a, x], [b, y]) => y - x || Buffer.compare(encodeText(a), encodeText(b)))
      .slice(0, k)
      .map((row, place) => [place + 1, row])
}

/** Rows that changed from tick to tick, by the partition of their key, as digests. */
export function* changesOf(
  table: TableAt,
  ticks: Iterable<TickEnd>,
  partitions: number,
): Generator<ExpectedTick> {
  let before = new Map<string, Row>()
  for (const tick of ticks) {
    const now = new Map<string, Row>()
    for (const row of table(tick)) now.set(identity(row[0]), row)
    const rows: Row[] = []
    for (const [id, row] of now) {
      if (identity(before.get(id)?.[1]) !== identity(row[1])) rows.push(row)
    }
    for (const [id, [key]] of before) if (!now.has(id)) rows.push([key, undefined])
    before = now
    yield { output: 0, tick, digests: digestsOf(rows, partitions) }
  }
}

export function digestsOf(rows: readonly Row[], partitions: number): readonly Digest[] {
  return Array.from({ length: partitions }, (_, partition) =>
    digestOfRows(
      rows.filter(
        ([key]) => partitionOf(keyLanes(encodeCanonical(key)).lane0, partitions) === partition,
      ),
    ),
  )
}

function identity(value: unknown): string {
  const { tag, body } = encodeCanonical(value)
  return `${tag} ${Buffer.from(body).toString('hex')}`
}
