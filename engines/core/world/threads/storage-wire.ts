/**
 * Storage requests and completions as bytes, between a process's thread and the storage service.
 *
 *   request:     request u32 | name bytes u32 | name | content       (kind of the chunk: what is asked)
 *   completion:  request u32 | part u32 | part                        (kind of the chunk: the outcome)
 */
import { assert } from '../../assert.ts'
import type { Inbound } from '../world.ts'

export const REQUESTS = ['write', 'scratch', 'read', 'list', 'remove', 'publish'] as const
export type RequestKind = (typeof REQUESTS)[number]

const OUTCOMES = ['done', 'missing', 'failed', 'contradicted'] as const
const PARTS = ['nothing', 'bytes', 'names', 'reason'] as const

export type Completion = Extract<Inbound, { kind: 'storage' }>

export interface StorageRequest {
  readonly kind: RequestKind
  readonly request: number
  readonly name: string
  readonly content: Uint8Array
}

const HEADER_BYTES = 8

/** All but the content, which follows it as it is. */
export function encodeRequest(request: number, name: string): Uint8Array {
  const nameBytes = Buffer.from(name)
  const bytes = new Uint8Array(HEADER_BYTES + nameBytes.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, request, true)
  view.setUint32(4, nameBytes.length, true)
  bytes.set(nameBytes, HEADER_BYTES)
  return bytes
}

export function decodeRequest(kind: number, bytes: Uint8Array): StorageRequest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nameEnd = HEADER_BYTES + view.getUint32(4, true)
  const name = REQUESTS[kind]
  assert(name !== undefined, `a storage request of kind ${kind}`)
  return {
    kind: name,
    request: view.getUint32(0, true),
    name: Buffer.from(bytes.subarray(HEADER_BYTES, nameEnd)).toString(),
    content: bytes.subarray(nameEnd),
  }
}

export function encodeCompletion(completion: Completion): { kind: number; bytes: Uint8Array } {
  const { request, outcome, bytes: content, names, reason } = completion
  const [part, body] =
    content !== undefined
      ? [1, content]
      : names !== undefined
        ? [2, Buffer.from(JSON.stringify(names))]
        : reason !== undefined
          ? [3, Buffer.from(reason)]
          : [0, new Uint8Array(0)]
  const bytes = new Uint8Array(HEADER_BYTES + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, request, true)
  view.setUint32(4, part, true)
  bytes.set(body, HEADER_BYTES)
  return { kind: OUTCOMES.indexOf(outcome), bytes }
}

export function decodeCompletion(kind: number, bytes: Uint8Array): Completion {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const outcome = OUTCOMES[kind]
  assert(outcome !== undefined, `a storage completion of kind ${kind}`)
  const base = { kind: 'storage', request: view.getUint32(0, true), outcome } as const
  const body = bytes.subarray(HEADER_BYTES)
  switch (PARTS[view.getUint32(4, true)]) {
    case 'bytes':
      return { ...base, bytes: body }
    case 'names':
      return { ...base, names: JSON.parse(Buffer.from(body).toString()) as string[] }
    case 'reason':
      return { ...base, reason: Buffer.from(body).toString() }
    default:
      return base
  }
}
