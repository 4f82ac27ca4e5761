/**
 * The state of one partition as a blob: what `Checkpoint` of every stateful vertex gives (Naiad §3.4), in one piece. Its
 * generation, epoch and partition are its name (`coordination.ts`).
 *
 *   the seal of `core/recovery/sealed-blob.ts`, then u32 operators,
 *   for each: u32 operator, u32 tables, for each table: i32 length (−1: none), bytes
 */

import type { OperatorId } from '../../core/plan/dataflow.ts'
import {
  type BlobFormat,
  type BlobIdentity,
  type BlobWriter,
  openBlob,
  sealBlob,
} from '../../core/recovery/sealed-blob.ts'

export const STATE_FORMAT: BlobFormat = { mark: 0x31475354, version: 3 }

export interface OperatorState {
  readonly operator: OperatorId
  readonly tables: readonly (Uint8Array | undefined)[]
}

export function encodeState(
  seal: BlobIdentity & BlobWriter,
  operators: readonly OperatorState[],
): Uint8Array {
  let size = 4
  for (const { tables } of operators) {
    size += 8
    for (const table of tables) size += 4 + (table?.length ?? 0)
  }
  return sealBlob(STATE_FORMAT, seal, { length: size, fill: (body) => write(body, operators) })
}

function write(bytes: Uint8Array, operators: readonly OperatorState[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const u32 = (value: number): void => {
    view.setUint32(at, value, true)
    at += 4
  }
  u32(operators.length)
  for (const { operator, tables } of operators) {
    u32(operator)
    u32(tables.length)
    for (const table of tables) {
      view.setInt32(at, table === undefined ? -1 : table.length, true)
      at += 4
      if (table === undefined) continue
      bytes.set(table, at)
      at += table.length
    }
  }
}

/** The tables are views of the blob. Errors: `StorageError`, as `openBlob`. */
export function decodeState(identity: BlobIdentity, blob: Uint8Array): readonly OperatorState[] {
  const bytes = openBlob(STATE_FORMAT, identity, blob)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const u32 = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const operators: OperatorState[] = []
  for (let count = u32(); count > 0; count--) {
    const operator = u32()
    const tables: (Uint8Array | undefined)[] = []
    for (let left = u32(); left > 0; left--) {
      const length = view.getInt32(at, true)
      at += 4
      if (length < 0) tables.push(undefined)
      else {
        tables.push(bytes.subarray(at, at + length))
        at += length
      }
    }
    operators.push({ operator, tables })
  }
  return operators
}
