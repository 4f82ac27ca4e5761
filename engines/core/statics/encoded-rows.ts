/**
 * Rows of static data as bytes: how they travel to every process of a run, and what their size is measured by.
 *
 * A row is the canonical encoding of [key, value] with its length before it. Rows ascend, so that equal rows have equal
 * bytes whatever order they were made in.
 */
import { decodeCanonical, encodeCanonical, TAG_ARRAY } from '../columns/value-codec.ts'
import { CapacityError } from '../errors.ts'

/** Of one static data: every process has it. */
export const STATIC_BYTES_MAX = 64 * 1024 * 1024

const MIB = 1024 * 1024
const LENGTH_BYTES = 4

export type StaticRow = readonly [key: unknown, value: unknown]

export interface EncodedRows {
  readonly name: string
  readonly rows: number
  readonly bytes: Uint8Array
}

/** Errors: `UnencodableError` for a row that has no canonical form; `CapacityError` for more bytes than `bytesMax`. */
export function encodeRows(
  name: string,
  rows: readonly StaticRow[],
  bytesMax: number,
): EncodedRows {
  const bodies = rows.map((row) => encodeCanonical(row).body)
  const length = bodies.reduce((sum, body) => sum + LENGTH_BYTES + body.length, 0)
  if (length > bytesMax) {
    throw new CapacityError(
      {
        asked: `static data ${name}`,
        found: `${sizeOf(length)} with ${rows.length} rows`,
        rule: `Every process holds all of it, at most ${sizeOf(bytesMax)}`,
        remedy: 'Reduce it, or make it a stream',
      },
      { name, bytes: length, bytesMax },
    )
  }
  bodies.sort((a, b) => Buffer.compare(a, b))
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const body of bodies) {
    view.setUint32(at, body.length, true)
    bytes.set(body, at + LENGTH_BYTES)
    at += LENGTH_BYTES + body.length
  }
  return { name, rows: rows.length, bytes }
}

export function decodeRows({ bytes }: Pick<EncodedRows, 'bytes'>): StaticRow[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: StaticRow[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true)
    const body = bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length)
    rows.push(decodeCanonical({ tag: TAG_ARRAY, body }) as unknown as StaticRow)
    at += LENGTH_BYTES + length
  }
  return rows
}

function sizeOf(bytes: number): string {
  return bytes >= MIB ? `${Math.ceil((bytes * 10) / MIB) / 10} MiB` : `${bytes} bytes`
}
