/** Reads the log's records as plain text, where no kernel of the plan would read them as bytes, or where they carry times. */
import { isAscii } from 'node:buffer'
import type { RunMemory } from '../columns/memory.ts'
import { decodeText } from '../columns/value-codec.ts'
import type { PoolRange } from '../input/input-log.ts'
import type { Nanos } from '../units.ts'
import type { RecordReader, StampOf } from './chain.ts'

/** A reader that puts out `values` batches of strings, or of strings with their times, at most `recordsMax` long. */
export function plainReader(memory: RunMemory, recordsMax: number): RecordReader {
  const buffer = Buffer.from(memory.buffer)
  return {
    recordsMax,
    read(range, visit, stampOf) {
      const end = range.first + range.count
      for (let first = range.first; first < end; first += recordsMax) {
        const count = Math.min(recordsMax, end - first)
        const records = texts(memory, buffer, { pool: range.pool, first, count })
        const values = stampOf ? stamped(records, first - range.first, stampOf) : records
        visit({ kind: 'values', values })
      }
    },
  }
}

function stamped(
  records: readonly string[],
  place: number,
  stampOf: StampOf,
): (readonly [at: Nanos, record: string])[] {
  return records.map((record, at) => [stampOf(place + at), record])
}

function texts(memory: RunMemory, buffer: Buffer, range: PoolRange): string[] {
  const { bytes, offsets } = range.pool
  const offset = (record: number): number => bytes + memory.u32[(offsets >>> 2) + record]!
  const records: string[] = []
  let from = offset(range.first)
  const ascii = isAscii(memory.u8.subarray(from, offset(range.first + range.count)))
  for (let i = 1; i <= range.count; i++) {
    const next = offset(range.first + i)
    records.push(
      ascii ? buffer.toString('latin1', from, next - 1) : textAt(memory, buffer, from, next - 1),
    )
    from = next
  }
  return records
}

/** The text in `[from, to)`. ASCII, which is its own Latin-1, is read in place. */
export function textAt(memory: RunMemory, buffer: Buffer, from: number, to: number): string {
  const { u8 } = memory
  let bits = 0
  for (let at = from; at < to; at++) bits |= u8[at]!
  return bits < 0x80 ? buffer.toString('latin1', from, to) : decodeText(u8.subarray(from, to))
}
