/**
 * A checkpoint's file: tables of one partition, as they save themselves. One file a partition and checkpoint, since what a
 * write costs is making it durable, not its bytes. A batch is checkpointed once in a generation at most, so no two files
 * have one name, and none is written over another.
 *
 *   the seal of `core/recovery/sealed-blob.ts`, then
 *   tables u32, 0 u32, then for each table: rdd u32, batch u32, bytes u32, 0 u32; then their bytes, one after the other
 */
import { assert } from '../../core/assert.ts'
import {
  type BlobFormat,
  type BlobIdentity,
  type BlobWriter,
  openBlob,
  sealBlob,
} from '../../core/recovery/sealed-blob.ts'
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'

/** A checkpoint: of the state after a batch, by the driver of a generation. */
export interface CheckpointId {
  readonly batch: BatchNumber
  readonly generation: number
}

/** Behind the last of these checkpoints, in ascending order, nothing is looked for; 0, the zero time, without any. */
export function horizonOf(checkpoints: readonly CheckpointId[]): BatchNumber {
  return checkpoints.at(-1)?.batch ?? 0
}

export interface SavedTable {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly bytes: Uint8Array
}

export const CHECKPOINT_FORMAT: BlobFormat = { mark: 0x31474453, version: 2 }

const HEADER_BYTES = 8
const ENTRY_BYTES = 16

export function checkpointName(
  { batch, generation }: CheckpointId,
  partition: PartitionId,
): string {
  return `dstream/checkpoint/${generation}/${batch}-${partition}`
}

export function encodeCheckpoint(
  seal: BlobIdentity & BlobWriter,
  tables: readonly SavedTable[],
): Uint8Array {
  const length = tables.reduce((sum, { bytes }) => sum + bytes.length, tablesAt(tables.length))
  return sealBlob(CHECKPOINT_FORMAT, seal, { length, fill: (body) => write(body, tables) })
}

function tablesAt(count: number): number {
  return HEADER_BYTES + count * ENTRY_BYTES
}

function write(body: Uint8Array, tables: readonly SavedTable[]): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  let at = tablesAt(tables.length)
  view.setUint32(0, tables.length, true)
  for (const [index, { rdd, batch, bytes }] of tables.entries()) {
    const entry = HEADER_BYTES + index * ENTRY_BYTES
    view.setUint32(entry, rdd, true)
    view.setUint32(entry + 4, batch, true)
    view.setUint32(entry + 8, bytes.length, true)
    body.set(bytes, at)
    at += bytes.length
  }
}

/** The tables of a file; their bytes are views of it. Errors: `StorageError`, as `openBlob`. */
export function decodeCheckpoint(identity: BlobIdentity, file: Uint8Array): readonly SavedTable[] {
  const body = openBlob(CHECKPOINT_FORMAT, identity, file)
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const tables: SavedTable[] = []
  const count = view.getUint32(0, true)
  let at = tablesAt(count)
  for (let index = 0; index < count; index++) {
    const entry = HEADER_BYTES + index * ENTRY_BYTES
    const length = view.getUint32(entry + 8, true)
    tables.push({
      rdd: view.getUint32(entry, true),
      batch: view.getUint32(entry + 4, true),
      bytes: body.subarray(at, at + length),
    })
    at += length
  }
  assert(at === body.length, `a checkpoint of ${body.length} bytes describes ${at}`)
  return tables
}
