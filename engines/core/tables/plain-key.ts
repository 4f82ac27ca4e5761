/**
 * Keys of plain tables: canonical bytes, hashed once for each distinct key. The lanes travel with a row, so only who first
 * sees a key computes them.
 *
 * A key's *name* is a string that stands for its bytes in a Map: the bytes of a text as Latin-1; of any other value the
 * same behind U+0100 and its tag, where no byte can be. Equal keys have equal names, whatever strings they came as.
 */
import { type Encoded, encodeCanonical, TAG_INTEGER, TAG_TEXT } from '../columns/value-codec.ts'
import {
  type DigestSum,
  keyLane,
  murmur3,
  partitionOf,
  rowLane,
  VALUE_SEEDS,
} from '../output/digest.ts'
import type { PartitionId } from '../units.ts'

const TWO_TO_32 = 2 ** 32
const NOT_TEXT = '\u0100'

/** Texts up to this length are encoded by a loop: faster than a call, and V8 keeps such bytes beside the object. */
const SHORT_TEXT = 64

export class PlainKey implements Encoded {
  readonly tag: number
  readonly body: Uint8Array
  readonly lane0: number
  readonly lane1: number
  #name: string | undefined

  constructor(tag: number, body: Uint8Array, lane0: number, lane1: number) {
    this.tag = tag
    this.body = body
    this.lane0 = lane0
    this.lane1 = lane1
  }

  static of(key: unknown): PlainKey {
    const encoded = encodeKey(key)
    return new PlainKey(encoded.tag, encoded.body, keyLane(0, encoded), keyLane(1, encoded))
  }

  get name(): string {
    this.#name ??= nameOf(this)
    return this.#name
  }

  partition(partitions: number): PartitionId {
    return partitionOf(this.lane0, partitions)
  }

  equals(other: PlainKey): boolean {
    if (this === other) return true
    return this.lane0 === other.lane0 && compareEncoded(this, other) === 0
  }
}

function encodeKey(key: unknown): Encoded {
  if (typeof key !== 'string' || key.length > SHORT_TEXT) return encodeCanonical(key)
  const body = new Uint8Array(key.length)
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    if (unit >= 0x80) return encodeCanonical(key)
    body[at] = unit
  }
  return { tag: TAG_TEXT, body }
}

/** The name of a value's canonical form. */
export function nameOf({ tag, body }: Encoded): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return tag === TAG_TEXT ? bytes : NOT_TEXT + String.fromCharCode(tag) + bytes
}

/** Adds the row (key, value) to a digest, as `DigestSum.addRow` does, with the key's lanes at hand. */
export function addToDigest(sum: DigestSum, key: PlainKey, value: unknown): void {
  let word0: number
  let word1: number
  let tag = TAG_INTEGER
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    word0 = value | 0
    word1 = Math.floor(value / TWO_TO_32)
  } else {
    const encoded = encodeCanonical(value)
    tag = encoded.tag
    word0 = murmur3(encoded.body, 0, encoded.body.length, VALUE_SEEDS[0] ^ tag)
    word1 = murmur3(encoded.body, 0, encoded.body.length, VALUE_SEEDS[1] ^ tag)
  }
  sum.rows += 1
  sum.lane0 = (sum.lane0 + rowLane(key.lane0, word0, word1, tag)) >>> 0
  sum.lane1 = (sum.lane1 + rowLane(key.lane1, word0, word1, tag)) >>> 0
}

/**
 * What a value is compared by: `Object.is` of two identities says whether the values are equal. Also guards against a
 * reduce that changes its argument in place: the identity of an object is its bytes.
 */
export function identityOf(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return value === 0 ? 0 : value
    case 'string':
      return value.isWellFormed() && !value.startsWith(NOT_TEXT)
        ? value
        : nameOf(encodeCanonical(value))
    case 'object':
      return value === null ? null : nameOf(encodeCanonical(value))
    default:
      return value
  }
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
