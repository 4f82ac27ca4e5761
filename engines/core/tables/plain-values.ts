/** What plain values are compared by: as values of a table, as keys, in the order of `topK`; and copies of them. */
import {
  canonicalText,
  decodeText,
  type Encoded,
  encodeCanonical,
  encodeText,
  TAG_INTEGER,
  TAG_TEXT,
} from '../columns/value-codec.ts'

const NOT_TEXT = '\u0100'

/**
 * The name of a value's canonical form, a string that stands for its bytes: those of a text as Latin-1; of any other value
 * the same behind U+0100 and its tag, where no byte can be. Equal values have equal names, whatever strings they came as.
 */
export function nameOf({ tag, body }: Encoded): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return tag === TAG_TEXT ? bytes : NOT_TEXT + String.fromCharCode(tag) + bytes
}

/** `nameOf` the canonical form of an array or an object. */
export function nameOfObject(value: object): string {
  return NOT_TEXT + canonicalText(value)
}

/**
 * What a value is compared by: `Object.is` of two identities says whether the values are equal, which is whether their bytes
 * are. Also guards against a reduce that changes its argument in place: the identity of an object is its bytes. No `nameOf`: of
 * a text that is the string. Errors: `UnencodableError`.
 */
export function identityOf(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return value === 0 ? 0 : value
    case 'string':
      return identityOfText(value)
    case 'object':
      return value === null ? null : nameOfObject(value)
    case 'function':
    case 'symbol':
      // Says what is wrong with it.
      return encodeCanonical(value)
    default:
      return value
  }
}

/** Several strings have the bytes of one text: what these are decoded to stands for all of them. */
function identityOfText(text: string): string {
  const own = text.isWellFormed() ? text : decodeText(encodeText(text))
  return own.startsWith(NOT_TEXT) ? NOT_TEXT + String.fromCharCode(TAG_TEXT) + own : own
}

/** Deeper than what can be encoded, and what holds itself is deeper than that. */
const DEPTH_MAX = 512

/**
 * A value that a reduce may change without anybody else seeing it, as if it had been encoded and decoded: fields are in order
 * of their names. Errors: `UnencodableError`.
 */
export function copyOf(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  const isArray = Array.isArray(value)
  const prototype: unknown = isArray ? null : Object.getPrototypeOf(value)
  if (depth > DEPTH_MAX || (prototype !== null && prototype !== Object.prototype)) {
    // Says what is wrong with it.
    encodeCanonical(value)
  }
  if (isArray) return value.map((item) => copyOf(item, depth + 1))
  const fields = value as Readonly<Record<string, unknown>>
  const names = Object.keys(fields).sort()
  return Object.fromEntries(names.map((name) => [name, copyOf(fields[name], depth + 1)]))
}

/**
 * The order of `topK`: numbers and bigints by size (NaN below all), other values by tag and canonical bytes, any of them
 * on the side of the numbers where its tag is.
 */
export function compareValues(a: unknown, b: unknown): number {
  const numericA = typeof a === 'number' || typeof a === 'bigint'
  const numericB = typeof b === 'number' || typeof b === 'bigint'
  if (numericA && numericB) {
    if (a < b) return -1
    if (a > b) return 1
    return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  }
  const encodedA = encodeCanonical(a)
  const encodedB = encodeCanonical(b)
  if (numericA || numericB) {
    return (numericA ? TAG_INTEGER : encodedA.tag) - (numericB ? TAG_INTEGER : encodedB.tag)
  }
  return compareEncoded(encodedA, encodedB)
}

/** Ascending by tag, then by bytes. */
export function compareEncoded(a: Encoded, b: Encoded): number {
  return a.tag - b.tag || Buffer.compare(a.body, b.body)
}
