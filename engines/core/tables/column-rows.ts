/**
 * The wire format of rows of columns: what combiners ship, tables fold, and saved tables consist of.
 *
 *   header   magic u32 'SGGR', count u32, bytes u64 (all of it)
 *   rows     count × 40 bytes: key 16 bytes (zero-padded; of a longer key its private hash u64 and the distance of its
 *            bytes from the tail's end u64), value i64, contributions · 2^25 + key length i64, digest lanes 2 × u32
 *   tail     bytes of keys longer than 16, each padded with zeros to 8
 *
 * The whole is a multiple of 8 bytes and begins at one. Lanes and hash travel with a key, so only who first sees it
 * computes them. A row with zero contributions says that its key left.
 */
import { assert } from '../assert.ts'
import type { Bytes, RunMemory } from '../columns/memory.ts'
import { decodeText } from '../columns/value-codec.ts'
import {
  INLINE_KEY_BYTES,
  LENGTH_BITS,
  ROW,
  ROW_BYTES,
  ROWS_HEADER_BYTES,
  ROWS_MAGIC,
} from '../kernels/table-layout.ts'

const LENGTH_MASK = (1n << BigInt(LENGTH_BITS)) - 1n

/** What the keys of a table are: all of one kind. An integer is 8 bytes. */
export type ColumnKeys = 'text' | 'integer'

/** A row, decoded. `value` is a number where it is a safe integer, as plain plans have it, else a bigint. */
export interface ColumnRow {
  readonly key: string | number
  readonly value: number | bigint
  readonly contributions: bigint
}

/** Tells rows of columns from rows of plain tables, whose first word is below 2^21. */
export function areColumnRows(memory: RunMemory, { pointer, length }: Bytes): boolean {
  return length >= ROWS_HEADER_BYTES && memory.view.getUint32(pointer, true) === ROWS_MAGIC
}

/** Number of rows. Asserts that the bytes are rows of columns and complete. */
export function countColumnRows(memory: RunMemory, rows: Bytes): number {
  const { pointer, length } = rows
  const whole = areColumnRows(memory, rows)
  const bytes = whole ? Number(memory.view.getBigUint64(pointer + 8, true)) : 0
  assert(whole && bytes <= length, () => `${length} bytes at ${pointer} are not rows of columns`)
  return memory.view.getUint32(pointer + 4, true)
}

/** Decodes rows, in order. For outputs and tests: costs a string a row. */
export function decodeColumnRows(
  memory: RunMemory,
  rows: Bytes,
  keys: ColumnKeys = 'text',
): ColumnRow[] {
  const { view } = memory
  const count = countColumnRows(memory, rows)
  const end = rows.pointer + view.getUint32(rows.pointer + 8, true)
  const decoded: ColumnRow[] = []
  for (let i = 0; i < count; i++) {
    const row = rows.pointer + ROWS_HEADER_BYTES + i * ROW_BYTES
    const meta = view.getBigInt64(row + ROW.meta, true)
    const length = Number(meta & LENGTH_MASK)
    const key = length > INLINE_KEY_BYTES ? end - Number(view.getBigUint64(row + 8, true)) : row
    const value = view.getBigInt64(row + ROW.value, true)
    const number = Number(value)
    decoded.push({
      key:
        keys === 'text'
          ? decodeText(memory.bytes(key, length))
          : Number(view.getBigInt64(key, true)),
      value: Number.isSafeInteger(number) ? number : value,
      contributions: meta >> BigInt(LENGTH_BITS),
    })
  }
  return decoded
}

/** Turns rows into rows of keys that left, in place: zero contributions, value 0. */
export function markColumnRowsGone(memory: RunMemory, rows: Bytes): void {
  const { view } = memory
  const count = countColumnRows(memory, rows)
  for (let i = 0; i < count; i++) {
    const row = rows.pointer + ROWS_HEADER_BYTES + i * ROW_BYTES
    view.setBigInt64(row + ROW.value, 0n, true)
    view.setBigInt64(row + ROW.meta, view.getBigInt64(row + ROW.meta, true) & LENGTH_MASK, true)
  }
}
