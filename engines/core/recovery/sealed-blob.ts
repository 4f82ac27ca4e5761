/**
 * The seal of a checkpoint's blob: what it is, whose it is, and whether it is whole. Both engines seal what they checkpoint, so
 * that a blob which is torn, damaged or not the one that was asked for ends the run by name, and is never taken for state.
 *
 *    0 u32 mark of the format     16 u32 generation     28 u32 CRC-32 of the blob's name
 *    4 u32 checksum               20 u32 process        32 16 bytes of text: the plan's hash
 *    8 u32 version of the format  24 u32 incarnation    48 body
 *   12 u32 bytes of the whole
 *
 * The checksum is the CRC-32 of all that follows it, begun with the mark. The name says which state it is: a generation, an
 * instant and a partition. So a blob that lies under another's name is found out, and the body need not repeat them.
 *
 * CRC-32 because the runtime has it in machine code: rows wait while state is copied, and a hash written here took 40 ms for
 * its first 200 KB, before it was compiled.
 */
import { crc32 } from 'node:zlib'
import { assert } from '../assert.ts'
import { StorageError } from '../errors.ts'
import type { ProcessId } from '../units.ts'

/** What kind of blob: a mark of its own, and a version that changes with the body's layout. */
export interface BlobFormat {
  readonly mark: number
  readonly version: number
}

/** What a reader must know to open a blob. */
export interface BlobIdentity {
  readonly name: string
  /** Hash of the plan that the state belongs to. */
  readonly plan: string
}

/** Who wrote it: a life of a process, in a generation. */
export interface BlobWriter {
  readonly generation: number
  readonly process: ProcessId
  readonly incarnation: number
}

const CHECKED_FROM = 8
const PLAN_AT = 32
const PLAN_BYTES = 16
export const SEAL_BYTES = PLAN_AT + PLAN_BYTES

/** A blob whose body is written by `fill`: checkpoints are large, and a body of its own would be a copy more. */
export function sealBlob(
  { mark, version }: BlobFormat,
  { name, plan, generation, process, incarnation }: BlobIdentity & BlobWriter,
  body: { readonly length: number; fill(body: Uint8Array): void },
): Uint8Array {
  const blob = new Uint8Array(SEAL_BYTES + body.length)
  const hash = Buffer.from(plan, 'utf8')
  assert(hash.length === PLAN_BYTES, `the hash of a plan has ${PLAN_BYTES} digits, not ${plan}`)
  blob.set(hash, PLAN_AT)
  body.fill(blob.subarray(SEAL_BYTES))
  const words = [version, blob.length, generation, process, incarnation, crc32(name)]
  const view = new DataView(blob.buffer)
  view.setUint32(0, mark, true)
  for (const [index, word] of words.entries()) view.setUint32(8 + 4 * index, word, true)
  view.setUint32(4, checksum(blob, mark), true)
  return blob
}

/** The body: a view of the blob. Errors: `StorageError` when it is not, whole, the blob that was asked for. */
export function openBlob(format: BlobFormat, identity: BlobIdentity, blob: Uint8Array): Uint8Array {
  const found = flawOf(format, identity, blob)
  if (found !== undefined) {
    throw new StorageError(
      {
        asked: `the checkpointed ${identity.name}`,
        found,
        rule: 'a checkpoint is read whole, by the plan and the version that wrote it, or not at all',
        remedy: 'Look at the storage; the run cannot go back to this checkpoint',
      },
      { ...identity, bytes: blob.length },
    )
  }
  return blob.subarray(SEAL_BYTES)
}

/** What is made of a blob, or in words why it is of no use: for who has another one, or can make it again. */
export function orFlaw<T>(open: () => T): T | string {
  try {
    return open()
  } catch (error) {
    if (error instanceof StorageError) return error.message
    throw error
  }
}

function flawOf(
  { mark, version }: BlobFormat,
  { name, plan }: BlobIdentity,
  blob: Uint8Array,
): string | undefined {
  if (blob.length < SEAL_BYTES) return `${blob.length} bytes where a seal alone has ${SEAL_BYTES}`
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const word = (at: number): number => view.getUint32(at, true)
  if (word(0) !== mark) return `bytes of another kind (mark ${word(0).toString(16)})`
  if (word(8) !== version) return `version ${word(8)} of the format, where this is ${version}`
  if (word(12) !== blob.length) return `${blob.length} bytes where ${word(12)} were written`
  if (word(4) !== checksum(blob, mark)) {
    return 'bytes that do not match their checksum'
  }
  const writer = `process ${word(20)}, incarnation ${word(24)}, in generation ${word(16)}`
  if (word(28) !== crc32(name)) return `a blob of another name, written by ${writer}`
  const hash = Buffer.from(blob.subarray(PLAN_AT, SEAL_BYTES)).toString('utf8')
  if (hash !== plan) return `state of the plan ${hash}, not of ${plan}, written by ${writer}`
  return undefined
}

function checksum(blob: Uint8Array, mark: number): number {
  return crc32(blob.subarray(CHECKED_FROM), mark)
}
