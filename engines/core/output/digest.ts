/**
 * The digest of a tick: a commutative multiset hash of its rows, in 32-bit integer arithmetic.
 *
 * Programs in other languages compute it too, so this is a specification; test vectors are in `digest.test.ts`.
 *
 *   body(value), tag: the canonical encoding (`columns/value-codec.ts`); an integer is 8 bytes, two's complement, little
 *                     endian, tag 2; text is its bytes, tag 1; a key that left the result has the value `undefined`,
 *                     an empty body, tag 0.
 *   key lane j       = murmur3_x86_32(body(key), seed = KEY_SEEDS[j] ^ tag)
 *   value words      = (low, high) halves of an integer, else murmur3_x86_32(body, VALUE_SEEDS[j] ^ tag), j = 0, 1
 *   row lane j       = fmix32(fmix32(key lane j + word0 · 0x9E3779B1) + word1 · 0x85EBCA77 + tag(value))
 *   digest lane j    = Σ row lane j  mod 2^32
 *   partition of key = key lane 0 mod partitions (unsigned)
 */
import { type Encoded, encodeCanonical, TAG_INTEGER, TAG_TEXT } from '../columns/value-codec.ts'
import type { PartitionId } from '../units.ts'

export interface Digest {
  readonly rows: number
  /** Sums modulo 2^32, as unsigned integers. */
  readonly lane0: number
  readonly lane1: number
}

export const KEY_SEEDS = [0x53470001, 0x53470101] as const
export const VALUE_SEEDS = [0x53470201, 0x53470301] as const
export const ROW_FACTORS = [0x9e3779b1, 0x85ebca77] as const

/** The finaliser of MurmurHash3 (public domain, Austin Appleby). */
export function fmix32(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** MurmurHash3 x86 32-bit over `bytes[from, to)`; the standard function, so every language has it. */
export function murmur3(bytes: Uint8Array, from: number, to: number, seed: number): number {
  const length = to - from
  const blocksEnd = from + (length & ~3)
  let h = seed | 0
  for (let at = from; at < blocksEnd; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let at = to - 1; at >= blocksEnd; at--) tail = (tail << 8) | bytes[at]!
  if (to > blocksEnd) {
    tail = Math.imul(tail, 0xcc9e2d51)
    tail = (tail << 15) | (tail >>> 17)
    h ^= Math.imul(tail, 0x1b873593)
  }
  return fmix32(h ^ length)
}

export function keyLane(lane: 0 | 1, key: Encoded): number {
  return murmur3(key.body, 0, key.body.length, KEY_SEEDS[lane] ^ key.tag)
}

/** Lanes of a text key given as bytes: what kernels compute once for each distinct key. */
export function textKeyLane(lane: 0 | 1, bytes: Uint8Array, from: number, to: number): number {
  return murmur3(bytes, from, to, KEY_SEEDS[lane] ^ TAG_TEXT)
}

export function partitionOf(keyLane0: number, partitions: number): PartitionId {
  return (keyLane0 >>> 0) % partitions
}

/** One lane of a row whose value is given as two words. */
export function rowLane(key: number, word0: number, word1: number, valueTag: number): number {
  const inner = fmix32((key + Math.imul(word0, ROW_FACTORS[0])) | 0)
  return fmix32((inner + Math.imul(word1, ROW_FACTORS[1]) + valueTag) | 0)
}

function valueWord(word: 0 | 1, value: Encoded): number {
  const { body, tag } = value
  if (tag === TAG_INTEGER) {
    const at = word * 4
    return body[at]! | (body[at + 1]! << 8) | (body[at + 2]! << 16) | (body[at + 3]! << 24)
  }
  return murmur3(body, 0, body.length, VALUE_SEEDS[word] ^ tag)
}

/** A digest being added up. Costs one hash of the key and one of the value for each row. */
export class DigestSum {
  rows = 0
  lane0 = 0
  lane1 = 0

  /** Adds a row of plain values; `undefined` says that the key left the result. */
  addRow(key: unknown, value: unknown): void {
    const encodedKey = encodeCanonical(key)
    const encodedValue = encodeCanonical(value)
    const word0 = valueWord(0, encodedValue)
    const word1 = valueWord(1, encodedValue)
    this.rows += 1
    this.lane0 =
      (this.lane0 + rowLane(keyLane(0, encodedKey), word0, word1, encodedValue.tag)) >>> 0
    this.lane1 =
      (this.lane1 + rowLane(keyLane(1, encodedKey), word0, word1, encodedValue.tag)) >>> 0
  }

  add({ rows, lane0, lane1 }: Digest): void {
    this.addSums(rows, lane0, lane1)
  }

  /** Adds what a kernel has summed: per batch, so without an object. */
  addSums(rows: number, lane0: number, lane1: number): void {
    this.rows += rows
    this.lane0 = (this.lane0 + lane0) >>> 0
    this.lane1 = (this.lane1 + lane1) >>> 0
  }

  take(): Digest {
    const digest = { rows: this.rows, lane0: this.lane0, lane1: this.lane1 }
    this.rows = 0
    this.lane0 = 0
    this.lane1 = 0
    return digest
  }
}

export function digestOfRows(rows: Iterable<readonly [unknown, unknown]>): Digest {
  const sum = new DigestSum()
  for (const [key, value] of rows) sum.addRow(key, value)
  return sum.take()
}
