/**
 * The published rule of the digest (head of `engines/core/output/digest.ts`), implemented a second time.
 *
 * Bytes are *binary text* here: strings with one character from U+0000 to U+00FF for each byte. That makes keys of plain
 * Maps, and comparing two gives the order of their bytes.
 */
import type { Digest } from '../engines/core/output/digest.ts'

/** A string of characters below U+0100, each a byte. */
export type Binary = string

export interface EncodedBinary {
  readonly tag: number
  readonly body: Binary
}

export const TEXT = 1
export const INTEGER = 2

/** Bytes of a text: UTF-8; lone U+DC80..U+DCFF are the bytes 0x80..0xFF, other lone surrogates three bytes (WTF-8). */
export function binaryOf(text: string): Binary {
  return text.replace(/[^\0-\x7f]+/gu, (beyond) =>
    Array.from(beyond, (character) => {
      const code = character.codePointAt(0)!
      if (code >= 0xdc80 && code <= 0xdcff) return String.fromCharCode(code - 0xdc00)
      if (code >= 0xd800 && code <= 0xdfff) {
        return String.fromCharCode(0xed, 0x80 + ((code >> 6) % 64), 0x80 + (code % 64))
      }
      return Buffer.from(character, 'utf8').toString('latin1')
    }).join(''),
  )
}

/** Characters of UTF-8 (RFC 3629) beyond ASCII, lone surrogates, and single bytes that are neither. */
const CHARACTERS =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

/** The text of bytes, for what reads text and no bytes: `binaryOf` of it gives the bytes back. */
export function textOf(bytes: Binary): string {
  return bytes.replace(/[\x80-\xff]+/g, (beyond) =>
    beyond.match(CHARACTERS)!.reduceRight((after, part) => characterOf(part, after) + after, ''),
  )
}

function characterOf(part: Binary, after: string): string {
  const asBytes = (): string =>
    part.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)))
  if (part.length === 1) return asBytes()
  if (part < '\xed\xa0' || part >= '\xee') return Buffer.from(part, 'latin1').toString('utf8')
  const code = 0xd000 + (part.charCodeAt(1) % 64) * 64 + (part.charCodeAt(2) % 64)
  // It would be read as an escaped byte, or with what follows as one character.
  const isOther =
    (code >= 0xdc80 && code <= 0xdcff) || (code < 0xdc00 && /^[\udc00-\udfff]/.test(after))
  return isOther ? asBytes() : String.fromCharCode(code)
}

export function encode(value: unknown): EncodedBinary {
  if (value === undefined) return { tag: 0, body: '' }
  if (value === null) return { tag: 5, body: '' }
  if (typeof value === 'string') return { tag: TEXT, body: binaryOf(value) }
  if (typeof value === 'boolean') return { tag: 4, body: value ? '\x01' : '\0' }
  if (typeof value === 'bigint') return { tag: 6, body: bigintBody(value) }
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return { tag: INTEGER, body: integerBody(value) }
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    if (Number.isNaN(value)) bytes.writeUInt32LE(0x7ff80000, 4)
    else bytes.writeDoubleLE(value)
    return { tag: 3, body: bytes.toString('latin1') }
  }
  if (Array.isArray(value)) return { tag: 7, body: listBody(value.map(encode)) }
  const fields = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))
  return { tag: 8, body: listBody(fields.flat().map(encode)) }
}

export function integerBody(value: number): Binary {
  return bigintBody(BigInt(value))
}

function bigintBody(value: bigint): Binary {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes.toString('latin1')
}

/** The body of an array whose items are encoded already. */
export function listBody(items: readonly EncodedBinary[]): Binary {
  return items
    .map(({ tag, body }) => {
      const head = Buffer.alloc(5)
      head.writeUInt8(tag)
      head.writeUInt32LE(body.length, 1)
      return head.toString('latin1') + body
    })
    .join('')
}

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))

function mix(hash: number): number {
  let x = hash ^ (hash >>> 16)
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}

/** MurmurHash3 x86 32-bit of the bytes `from` on, its state being `seed`; a signed 32-bit result. */
export function murmur(body: Binary, seed: number, from = 0): number {
  let hash = seed
  let word = 0
  const { length } = body
  for (let at = from; at < length; at++) {
    word |= body.charCodeAt(at) << (8 * (at & 3))
    const isLast = at === length - 1
    if ((at & 3) !== 3 && !isLast) continue
    hash ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
    if ((at & 3) === 3) hash = Math.imul(rotate(hash, 13), 5) + 0xe6546b64
    word = 0
  }
  return mix(hash ^ length)
}

export interface Lanes {
  readonly lane0: number
  readonly lane1: number
}

function wordOf(body: Binary, at: number): number {
  let word = 0
  for (let byte = 3; byte >= 0; byte--) word = (word << 8) + body.charCodeAt(at + byte)
  return word
}

/** One accumulator over all stripes of 16 bytes: its own word of each, and the one beside it. */
function accumulate(body: Binary, column: number, seed: number): number {
  let state = seed
  for (let stripe = 0; stripe + 16 <= body.length; stripe += 16) {
    const own = wordOf(body, stripe + 4 * column)
    state ^= Math.imul(rotate(Math.imul(own, 0xcc9e2d51), 15), 0x1b873593)
    state = (Math.imul(rotate(state, 13), 5) + 0xe6546b64) | 0
    state = (state + wordOf(body, stripe + 4 * (column ^ 1))) | 0
  }
  return state
}

/** The published `lanes` of a body: what is left behind whole stripes goes on from both merges of the accumulators. */
export function bodyLanes(body: Binary, seeds: readonly [number, number]): Lanes {
  const [seed0, seed1] = seeds
  if (body.length < 16) return { lane0: murmur(body, seed0), lane1: murmur(body, seed1) }
  let state0 = 0
  let state1 = 0
  const starts = [seed0, seed1, seed0 ^ 0x9e3779b1, seed1 ^ 0x85ebca77]
  for (const [column, start] of starts.entries()) {
    const state = accumulate(body, column, start)
    state0 += rotate(state, [1, 7, 12, 18][column]!)
    state1 += rotate(state, [12, 1, 18, 7][column]!)
  }
  const left = body.length - (body.length % 16)
  return { lane0: murmur(body, state0 | 0, left), lane1: murmur(body, state1 | 0, left) }
}

export function keyLanes({ tag, body }: EncodedBinary): Lanes {
  return bodyLanes(body, [0x53470001 ^ tag, 0x53470101 ^ tag])
}

/** The partition of a key, by its first lane. */
export function partitionOfLane(lane0: number, partitions: number): number {
  return (lane0 >>> 0) % partitions
}

/** Products and sums modulo 2^32 make the sign of `value` right. */
function lowTerm(value: number): number {
  return Math.imul(value | 0, 0x9e3779b1)
}

function highTerm(value: number): number {
  if (value >= 0 && value < 4_294_967_296) return INTEGER
  return Math.imul(Math.floor(value / 4_294_967_296) | 0, 0x85ebca77) + INTEGER
}

function rowLaneOf(keyLane: number, low: number, high: number): number {
  return mix((mix((keyLane + low) | 0) + high) | 0)
}

/** Sums of the digests of some partitions at one tick. */
export class DigestSums {
  readonly #rows: Float64Array
  readonly #lane0: Int32Array
  readonly #lane1: Int32Array

  constructor(partitions: number) {
    this.#rows = new Float64Array(partitions)
    this.#lane0 = new Int32Array(partitions)
    this.#lane1 = new Int32Array(partitions)
  }

  addInteger(partition: number, lane0: number, lane1: number, value: number): void {
    const low = lowTerm(value)
    const high = highTerm(value)
    this.#add(partition, rowLaneOf(lane0, low, high), rowLaneOf(lane1, low, high))
  }

  /** A row whose key left the result. */
  addGone(partition: number, lane0: number, lane1: number): void {
    this.addRow(partition, { lane0, lane1 }, { tag: 0, body: '' })
  }

  addRow(partition: number, key: Lanes, value: EncodedBinary): void {
    const { tag, body } = value
    if (tag === INTEGER) {
      const integer = Number(Buffer.from(body, 'latin1').readBigInt64LE())
      this.addInteger(partition, key.lane0, key.lane1, integer)
      return
    }
    const words = bodyLanes(body, [0x53470201 ^ tag, 0x53470301 ^ tag])
    const low = Math.imul(words.lane0, 0x9e3779b1)
    const high = Math.imul(words.lane1, 0x85ebca77) + tag
    this.#add(partition, rowLaneOf(key.lane0, low, high), rowLaneOf(key.lane1, low, high))
  }

  /** Adds rows that were summed before, so many times. */
  addDigest(partition: number, { rows, lane0, lane1 }: Digest, times = 1): void {
    this.#rows[partition]! += rows * times
    this.#lane0[partition]! += Math.imul(lane0, times)
    this.#lane1[partition]! += Math.imul(lane1, times)
  }

  /** The digests, and back to empty sums. */
  take(): readonly Digest[] {
    const digests = Array.from(this.#rows, (rows, partition) => ({
      rows,
      lane0: this.#lane0[partition]! >>> 0,
      lane1: this.#lane1[partition]! >>> 0,
    }))
    this.#rows.fill(0)
    this.#lane0.fill(0)
    this.#lane1.fill(0)
    return digests
  }

  #add(partition: number, lane0: number, lane1: number): void {
    this.#rows[partition]! += 1
    this.#lane0[partition]! += lane0
    this.#lane1[partition]! += lane1
  }
}

/** The digest of one row. */
export function digestOfRow(key: EncodedBinary, value: EncodedBinary): Digest {
  const sums = new DigestSums(1)
  sums.addRow(0, keyLanes(key), value)
  return sums.take()[0]!
}

export function digestOf(rows: Iterable<readonly [unknown, unknown]>): Digest {
  const sums = new DigestSums(1)
  for (const [key, value] of rows) sums.addRow(0, keyLanes(encode(key)), encode(value))
  return sums.take()[0]!
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.rows === b.rows && a.lane0 === b.lane0 && a.lane1 === b.lane1
}
