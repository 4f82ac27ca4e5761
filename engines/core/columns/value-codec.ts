/**
 * The canonical encoding of plain values: equal values have equal bytes, so keys are compared and hashed by them.
 *
 * Text is its bytes (`text-codec.ts`).
 *
 *   tag 0  undefined   empty                          tag 5  null     empty
 *   tag 1  text        its bytes                      tag 6  bigint   8 bytes, two's complement, little endian
 *   tag 2  integer     8 bytes, as bigint             tag 7  array    for each item: tag u8, length u32, body
 *   tag 3  number      8 bytes, IEEE 754, little end. tag 8  object   as array of (name, value), names ascending
 *   tag 4  boolean     1 byte
 *
 * An integer is a safe integer (−0 counts as 0); NaN is 0x7FF8000000000000. Functions, symbols, dates, maps and class instances are refused, and what
 * holds itself or nests deeper than `DEPTH_MAX`.
 */
import { ConfigurationError, type HarnessErrorParts } from '../errors.ts'
import { decodeText, encodeText } from './text-codec.ts'

export { decodeText, encodeText }

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
/** Tag and length. */
const ITEM_HEAD = 5
const WORD = 0x1_0000_0000
/** The high word of the one NaN that is written. */
const NAN_HIGH = 0x7ff8_0000
/** A value that takes more than this gives it back. */
const SCRATCH_MAX = 2 ** 20
const SCRATCH_MIN = 4_096

/** Errors: `UnencodableError`. */
export function encodeCanonical(value: unknown): Encoded {
  if (value === undefined) return { tag: TAG_UNDEFINED, body: EMPTY }
  if (typeof value === 'string') return { tag: TAG_TEXT, body: encodeText(value) }
  return withCanonical(value, copied)
}

/** Tag and body as characters of Latin-1: equal values have equal texts. Errors: `UnencodableError`. */
export function canonicalText(value: unknown): string {
  return withCanonical(value, asText)
}

const asText = (tag: number, _bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(tag) + scratchText.toString('latin1', from, to)

const copied = (tag: number, bytes: Uint8Array, from: number, to: number): Encoded => ({
  tag,
  body: bytes.slice(from, to),
})

/**
 * Calls `use` with a value's tag and canonical body, `bytes[from, to)`, and returns what it returns. The bytes are valid until
 * then: who only reads them needs no copy, which costs more than most values. Errors: `UnencodableError`.
 */
export function withCanonical<T>(
  value: unknown,
  use: (tag: number, bytes: Uint8Array, from: number, to: number) => T,
): T {
  const from = top
  try {
    const tag = write(value, undefined)
    return use(tag, scratch, from, top)
  } finally {
    top = from
    if (top === 0 && scratch.length > SCRATCH_MAX) replaceScratch(SCRATCH_MIN)
  }
}

/** Where bodies are written before their length is known: a stack, since reading an object's field may encode, too. */
let scratch = new Uint8Array(SCRATCH_MIN)
let scratchView = new DataView(scratch.buffer)
let scratchText = Buffer.from(scratch.buffer)
let top = 0

function reserve(bytes: number): void {
  if (top + bytes <= scratch.length) return
  replaceScratch(Math.max(2 * scratch.length, top + bytes))
}

function replaceScratch(bytes: number): void {
  const replaced = new Uint8Array(bytes)
  replaced.set(scratch.subarray(0, top))
  scratch = replaced
  scratchView = new DataView(replaced.buffer)
  scratchText = Buffer.from(replaced.buffer)
}

/** Writes the body of a value, and returns its tag. */
function write(value: unknown, within: Holder | undefined): number {
  switch (typeof value) {
    case 'undefined':
      return TAG_UNDEFINED
    case 'string':
      writeText(value)
      return TAG_TEXT
    case 'number':
      return writeNumber(value)
    case 'boolean':
      reserve(1)
      scratch[top++] = value ? 1 : 0
      return TAG_BOOLEAN
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) break
      reserve(8)
      scratchView.setBigInt64(top, value, true)
      top += 8
      return TAG_BIGINT
    case 'object':
      if (value === null) return TAG_NULL
      if (Array.isArray(value)) {
        const holding = holder(value, within)
        for (let at = 0; at < value.length; at++) writeItem(value[at], holding)
        return TAG_ARRAY
      }
      if (isPlainObject(value)) {
        const holding = holder(value, within)
        for (const name of Object.keys(value).sort()) {
          writeItem(name, holding)
          writeItem(value[name], holding)
        }
        return TAG_OBJECT
      }
  }
  const found =
    typeof value === 'object'
      ? `an object of class ${value?.constructor?.name}`
      : `a ${typeof value}`
  throw new UnencodableError(outermost(value, within), found)
}

function writeItem(item: unknown, within: Holder): void {
  reserve(ITEM_HEAD)
  const head = top
  top += ITEM_HEAD
  const tag = write(item, within)
  scratch[head] = tag
  scratchView.setUint32(head + 1, top - head - ITEM_HEAD, true)
}

function writeNumber(value: number): number {
  reserve(8)
  const isInteger = Number.isSafeInteger(value)
  if (isInteger) {
    // The low word is modulo 2^32, whatever the sign.
    scratchView.setInt32(top, value | 0, true)
    scratchView.setInt32(top + 4, Math.floor(value / WORD), true)
  } else if (Number.isNaN(value)) {
    // There are many in memory, and a machine makes more than one; it is one value.
    scratchView.setInt32(top, 0, true)
    scratchView.setInt32(top + 4, NAN_HIGH, true)
  } else scratchView.setFloat64(top, value, true)
  top += 8
  return isInteger ? TAG_INTEGER : TAG_NUMBER
}

function writeText(text: string): void {
  reserve(text.length)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) {
      const bytes = encodeText(text)
      reserve(bytes.length)
      scratch.set(bytes, top)
      top += bytes.length
      return
    }
    scratch[top + at] = unit
  }
  top += text.length
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

export function decodeCanonical({ tag, body }: Encoded): unknown {
  return read(tag, body, 0, body.length)
}

function read(tag: number, bytes: Uint8Array, from: number, to: number): unknown {
  switch (tag) {
    case TAG_UNDEFINED:
      return undefined
    case TAG_TEXT:
      return shortText(bytes, from, to) ?? decodeText(bytes.subarray(from, to))
    case TAG_INTEGER:
      return wordAt(bytes, from) + (wordAt(bytes, from + 4) | 0) * WORD
    case TAG_NUMBER:
      return eightBytes(bytes, from).getFloat64(0, true)
    case TAG_BOOLEAN:
      return bytes[from] === 1
    case TAG_NULL:
      return null
    case TAG_BIGINT:
      return eightBytes(bytes, from).getBigInt64(0, true)
    case TAG_ARRAY:
      return readItems(bytes, from, to)
    case TAG_OBJECT: {
      const items = readItems(bytes, from, to)
      const fields: [string, unknown][] = []
      for (let i = 0; i < items.length; i += 2) fields.push([items[i] as string, items[i + 1]])
      // Not by assignment, which would take a field named __proto__ for the prototype.
      return Object.fromEntries(fields)
    }
  }
  throw new ConfigurationError(`an encoded value has the tag ${tag}: tags are 0 to 8`)
}

/** Longer ones are worth a call of the runtime, and would not be one piece. */
const SHORT_TEXT = 12

/** A text that is short and ASCII. */
function shortText(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from > SHORT_TEXT) return undefined
  let text = ''
  let at = from
  for (; at + 4 <= to; at += 4) {
    const a = bytes[at]!
    const b = bytes[at + 1]!
    const c = bytes[at + 2]!
    const d = bytes[at + 3]!
    if ((a | b | c | d) >= 0x80) return undefined
    text += String.fromCharCode(a, b, c, d)
  }
  for (; at < to; at++) {
    if (bytes[at]! >= 0x80) return undefined
    text += String.fromCharCode(bytes[at]!)
  }
  return text
}

function readItems(bytes: Uint8Array, from: number, to: number): unknown[] {
  const items: unknown[] = []
  let at = from
  while (at < to) {
    const body = at + ITEM_HEAD
    const end = body + wordAt(bytes, at + 1)
    items.push(read(bytes[at]!, bytes, body, end))
    at = end
  }
  return items
}

/** Unsigned. Without a view of its own: most values are small, and a view costs more than they do. */
function wordAt(bytes: Uint8Array, at: number): number {
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  return word >>> 0
}

function eightBytes(bytes: Uint8Array, at: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8)
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
