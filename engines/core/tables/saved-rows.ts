/**
 * Rows as bytes that outlive the memory: what `save` writes and `load` reads, for tables and bags of plain rows.
 *
 *   u32 mark of the kind · u32 length of the rows · u32 CRC-32 of the rows · rows
 */
import { crc32 } from 'node:zlib'
import type { Bytes, RunMemory } from '../columns/memory.ts'
import { StorageError } from '../errors.ts'
import type { WordBytes } from './plain-keys.ts'

const HEADER_BYTES = 12

/** Gathers what a visit of rows shows. */
export function saveRows(
  mark: number,
  memory: RunMemory,
  visitRows: (visit: (rows: Bytes) => void) => void,
): Uint8Array {
  const chunks: Uint8Array[] = []
  let length = 0
  visitRows((rows) => {
    chunks.push(memory.u8.slice(rows.pointer, rows.pointer + rows.length))
    length += rows.length
  })
  const saved = new Uint8Array(HEADER_BYTES + length)
  let at = HEADER_BYTES
  for (const chunk of chunks) {
    saved.set(chunk, at)
    at += chunk.length
  }
  const view = new DataView(saved.buffer)
  view.setUint32(0, mark, true)
  view.setUint32(4, length, true)
  view.setUint32(8, crc32(saved.subarray(HEADER_BYTES)), true)
  return saved
}

/** Where the rows of a saved table lie: in a copy, unless they begin at a whole word. Errors: `StorageError` when the bytes are of another kind, cut off or damaged. */
export function savedRows(mark: number, saved: Uint8Array): { from: WordBytes; rows: Bytes } {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
  const length = saved.length - HEADER_BYTES
  const found =
    length < 0
      ? `${saved.length} bytes`
      : view.getUint32(0, true) !== mark
        ? `bytes of another kind (mark ${view.getUint32(0, true).toString(16)})`
        : view.getUint32(4, true) !== length
          ? `${length} bytes of rows where ${view.getUint32(4, true)} were written`
          : view.getUint32(8, true) !== crc32(saved.subarray(HEADER_BYTES))
            ? 'a checksum that does not match'
            : undefined
  if (found !== undefined) {
    throw new StorageError({
      asked: 'a table from its saved bytes',
      found,
      rule: 'a table is loaded from all that save wrote, by the same kind of tables',
      remedy: 'Take an older checkpoint, or recompute the table',
    })
  }
  const u8 = saved.byteOffset % 4 === 0 ? saved : saved.slice()
  const i32 = new Int32Array(u8.buffer, u8.byteOffset, u8.length >>> 2)
  return { from: { u8, i32 }, rows: { pointer: HEADER_BYTES, length } }
}
