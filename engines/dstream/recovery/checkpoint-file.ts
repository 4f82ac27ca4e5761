/**
 * A checkpoint's file: tables of one partition, as they save themselves. One file a partition and checkpoint, since what a
 * write costs is making it durable, not its bytes.
 *
 *   tables u32, 0 u32, then for each table: rdd u32, batch u32, bytes u32, 0 u32; then their bytes, one after the other
 */
import { assert } from '../../core/assert.ts'
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'

export interface SavedTable {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly bytes: Uint8Array
}

const HEADER_BYTES = 8
const ENTRY_BYTES = 16

export function checkpointName(batch: BatchNumber, partition: PartitionId): string {
  return `dstream/checkpoint/${batch}-${partition}`
}

export function encodeCheckpoint(tables: readonly SavedTable[]): Uint8Array {
  let at = HEADER_BYTES + tables.length * ENTRY_BYTES
  const file = new Uint8Array(tables.reduce((sum, { bytes }) => sum + bytes.length, at))
  const view = new DataView(file.buffer)
  view.setUint32(0, tables.length, true)
  for (const [index, { rdd, batch, bytes }] of tables.entries()) {
    const entry = HEADER_BYTES + index * ENTRY_BYTES
    view.setUint32(entry, rdd, true)
    view.setUint32(entry + 4, batch, true)
    view.setUint32(entry + 8, bytes.length, true)
    file.set(bytes, at)
    at += bytes.length
  }
  return file
}

/** The tables of a file; their bytes are views of it. */
export function decodeCheckpoint(file: Uint8Array): readonly SavedTable[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const tables: SavedTable[] = []
  const count = view.getUint32(0, true)
  let at = HEADER_BYTES + count * ENTRY_BYTES
  for (let index = 0; index < count; index++) {
    const entry = HEADER_BYTES + index * ENTRY_BYTES
    const length = view.getUint32(entry + 8, true)
    tables.push({
      rdd: view.getUint32(entry, true),
      batch: view.getUint32(entry + 4, true),
      bytes: file.subarray(at, at + length),
    })
    at += length
  }
  assert(at === file.length, `a checkpoint of ${file.length} bytes describes ${at}`)
  return tables
}
