/**
 * The canonical encoding of plain values: equal values have equal bytes, so keys are compared and hashed by them.
 *
 * Text is UTF-8. Bytes that are not UTF-8 survive the way through a string: each becomes a lone surrogate U+DC80..U+DCFF
 * (the "surrogateescape" of PEP 383) and turns back into its byte when encoded. Nothing is dropped or replaced.
 *
 *   tag 0  undefined   empty                          tag 5  null     empty
 *   tag 1  text        its bytes                      tag 6  bigint   8 bytes, two's complement, little endian
 *   tag 2  integer     8 bytes, as bigint             tag 7  array    for each item: tag u8, length u32, body
 *   tag 3  number      8 bytes, IEEE 754, little end. tag 8  object   as array of (name, value), names ascending
 *   tag 4  boolean     1 byte
 *
 * An integer is a safe integer (−0 counts as 0). Functions, symbols, dates, maps and class instances are refused, and what
 * holds itself or nests deeper than `DEPTH_MAX`.
 */
import { ConfigurationError, type HarnessErrorParts } from '../errors.ts'

export const TAG_UNDEFINED = 0
export const TAG_TEXT = 1
export const TAG_INTEGER = 2
export const TAG_NUMBER = 3
export const TAG_BOOLEAN = 4
export const TAG_NULL = 5
export const TAG_BIGINT = 6
export const TAG_ARRAY = 7
export const TAG_OBJECT = 8

/** Far below what a thread's stack takes. */
const DEPTH_MAX = 500

/** A value that has no canonical form. Who encodes for an operator reports it as that operator's (`OperatorErrors`). */
export class UnencodableError extends ConfigurationError {
  /** What was to be encoded; the part that is refused may lie within. */
  readonly value: unknown
  readonly parts: HarnessErrorParts

  constructor(value: unknown, found: string) {
    const parts = {
      asked: 'a record, key or value that crosses between workers',
      found,
      rule: 'records are text, numbers, booleans, null, 64-bit bigints, and arrays and plain objects of these',
      remedy: 'Convert it in a map before it is keyed or reduced',
    }
    super(parts)
    this.value = value
    this.parts = parts
  }
}

/** The arrays and objects that a value lies in, from the innermost. */
interface Holder {
  readonly value: object
  readonly depth: number
  readonly outer: Holder | undefined
}

export interface Encoded {
  readonly tag: number
  readonly body: Uint8Array
}

const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes of a text, escaped bytes restored. */
export function encodeText(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text)
  const parts: number[] = []
  for (const character of text) {
    const unit = character.charCodeAt(0)
    if (character.length === 1 && unit >= 0xdc80 && unit <= 0xdcff) parts.push(unit - 0xdc00)
    else parts.push(...encoder.encode(character))
  }
  return Uint8Array.from(parts)
}

/** Text of bytes, with what is not UTF-8 escaped. Copies first: a decoder refuses views of a shared memory. */
export function decodeText(bytes: Uint8Array): string {
  let ascii = true
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! >= 0x80) {
      ascii = false
      break
    }
  }
  const own = Buffer.from(bytes)
  if (ascii) return own.toString('latin1')
  try {
    return strictDecoder.decode(own)
  } catch {
    return decodeEscaping(own)
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    let character: string | undefined
    if (length > 0 && at + length <= bytes.length) {
      try {
        character = strictDecoder.decode(bytes.subarray(at, at + length))
      } catch {
        character = undefined
      }
    }
    if (character === undefined) {
      text += String.fromCharCode(0xdc00 + lead)
      at += 1
    } else {
      text += character
      at += length
    }
  }
  return text
}

/** Errors: `UnencodableError`. */
export function encodeCanonical(value: unknown): Encoded {
  return encode(value, undefined)
}

function encode(value: unknown, within: Holder | undefined): Encoded {
  switch (typeof value) {
    case 'undefined':
      return { tag: TAG_UNDEFINED, body: EMPTY }
    case 'string':
      return { tag: TAG_TEXT, body: encodeText(value) }
    case 'number':
      return Number.isSafeInteger(value)
        ? { tag: TAG_INTEGER, body: int64(BigInt(value)) }
        : { tag: TAG_NUMBER, body: new Uint8Array(new Float64Array([value]).buffer) }
    case 'boolean':
      return { tag: TAG_BOOLEAN, body: Uint8Array.of(value ? 1 : 0) }
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return { tag: TAG_BIGINT, body: int64(value) }
      break
    case 'object':
      if (value === null) return { tag: TAG_NULL, body: EMPTY }
      if (Array.isArray(value)) {
        return { tag: TAG_ARRAY, body: encodeItems(value, holder(value, within)) }
      }
      if (isPlainObject(value)) {
        const names = Object.keys(value).sort()
        const items: unknown[] = []
        for (const name of names) items.push(name, value[name])
        return { tag: TAG_OBJECT, body: encodeItems(items, holder(value, within)) }
      }
  }
  const found =
    typeof value === 'object'
      ? `an object of class ${value?.constructor?.name}`
      : `a ${typeof value}`
  throw new UnencodableError(outermost(value, within), found)
}

/** Errors: `UnencodableError` when the value is one of those that it lies in, or lies too deep. */
function holder(value: object, outer: Holder | undefined): Holder {
  for (let each = outer; each !== undefined; each = each.outer) {
    if (each.value === value) {
      throw new UnencodableError(outermost(value, outer), `an ${nounOf(value)} that holds itself`)
    }
  }
  const depth = outer === undefined ? 1 : outer.depth + 1
  if (depth > DEPTH_MAX) {
    const found = `an ${nounOf(value)} more than ${DEPTH_MAX} levels deep`
    throw new UnencodableError(outermost(value, outer), found)
  }
  return { value, depth, outer }
}

const nounOf = (value: object): string => (Array.isArray(value) ? 'array' : 'object')

function outermost(value: unknown, within: Holder | undefined): unknown {
  let outermost = value
  for (let each = within; each !== undefined; each = each.outer) outermost = each.value
  return outermost
}

export function decodeCanonical(encoded: Encoded): unknown {
  const { tag, body } = encoded
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  switch (tag) {
    case TAG_UNDEFINED:
      return undefined
    case TAG_TEXT:
      return decodeText(body)
    case TAG_INTEGER:
      return Number(view.getBigInt64(0, true))
    case TAG_NUMBER:
      return view.getFloat64(0, true)
    case TAG_BOOLEAN:
      return body[0] === 1
    case TAG_NULL:
      return null
    case TAG_BIGINT:
      return view.getBigInt64(0, true)
    case TAG_ARRAY:
      return decodeItems(body)
    case TAG_OBJECT: {
      const items = decodeItems(body)
      const fields: [string, unknown][] = []
      for (let i = 0; i < items.length; i += 2) fields.push([items[i] as string, items[i + 1]])
      // Not by assignment, which would take a field named __proto__ for the prototype.
      return Object.fromEntries(fields)
    }
  }
  throw new ConfigurationError(`an encoded value has the tag ${tag}: tags are 0 to 8`)
}

function encodeItems(items: readonly unknown[], within: Holder): Uint8Array {
  const encoded = items.map((item) => encode(item, within))
  const body = new Uint8Array(encoded.reduce((sum, item) => sum + 5 + item.body.length, 0))
  const view = new DataView(body.buffer)
  let at = 0
  for (const item of encoded) {
    view.setUint8(at, item.tag)
    view.setUint32(at + 1, item.body.length, true)
    body.set(item.body, at + 5)
    at += 5 + item.body.length
  }
  return body
}

function decodeItems(body: Uint8Array): unknown[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const items: unknown[] = []
  let at = 0
  while (at < body.length) {
    const length = view.getUint32(at + 1, true)
    items.push(decodeCanonical({ tag: body[at]!, body: body.subarray(at + 5, at + 5 + length) }))
    at += 5 + length
  }
  return items
}

function int64(value: bigint): Uint8Array {
  const body = new Uint8Array(8)
  new DataView(body.buffer).setBigInt64(0, value, true)
  return body
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
