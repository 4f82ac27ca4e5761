/**
 * The digest of a tick: a commutative multiset hash of its rows, in 32-bit integer arithmetic.
 *
 * Programs in other languages compute it too, so this is a specification; test vectors are in `digest.test.ts`.
 *
 *   body(value), tag: the canonical encoding (`columns/value-codec.ts`); an integer is 8 bytes, two's complement, little
 *                     endian, tag 2; text is its bytes, tag 1; a key that left the result has the value `undefined`,
 *                     an empty body, tag 0.
 *   lanes(body, s0, s1)
 *                    = murmur3_x86_32(body, seed = sj), j = 0, 1, when the body is shorter than 16 bytes. Else whole stripes
 *                      of 16 bytes come first, each four little-endian words w, into four accumulators, which start as
 *                        acc = [s0, s1, s0 ^ 0x9E3779B1, s1 ^ 0x85EBCA77]
 *                      and for each stripe make murmur3's block step, and add the word of their neighbour:
 *                        acc[i] = rotl(acc[i] ^ scramble(w[i]), 13) · 5 + 0xE6546B64 + w[i ^ 1]
 *                        scramble(w) = rotl(w · 0xCC9E2D51, 15) · 0x1B873593
 *                      Behind them, murmur3 of what is left of the body goes on from this in place of a seed, and takes
 *                      the length of the whole body, with R = MERGE_ROTATIONS:
 *                        hj = Σ rotl(acc[i], R[j][i])
 *   key lane j       = lanes(body(key), KEY_SEEDS ^ tag)[j]
 *   value words      = (low, high) halves of an integer, else lanes(body, VALUE_SEEDS ^ tag)
 *   row lane j       = fmix32(fmix32(key lane j + word0 · 0x9E3779B1) + word1 · 0x85EBCA77 + tag(value))
 *   digest lane j    = Σ row lane j  mod 2^32
 *   partition of key = key lane 0 mod partitions (unsigned)
 *
 * The lanes of a long body collide independently. So a word goes into two accumulators: bodies that differ in words a
 * multiple of 16 bytes apart would collide in one, and so in both lanes. And R[1][i] - R[0][i] is different for each i: else
 * differences in two accumulators that cancel out in one lane would do so in the other.
 */
import { type Encoded, TAG_INTEGER, TAG_TEXT, withCanonical } from '../columns/value-codec.ts'
import type { PartitionId } from '../units.ts'

export interface Digest {
  readonly rows: number
  /** Sums modulo 2^32, as unsigned integers. */
  readonly lane0: number
  readonly lane1: number
}

/** The two hashes of a body, as unsigned integers. */
export interface Lanes {
  readonly lane0: number
  readonly lane1: number
}

const STRIPE_BYTES = 16
const MERGE_ROTATIONS = [
  [1, 7, 12, 18],
  [12, 1, 18, 7],
] as const

const KEY_SEEDS = [0x53470001, 0x53470101] as const
const VALUE_SEEDS = [0x53470201, 0x53470301] as const
const ROW_FACTORS = [0x9e3779b1, 0x85ebca77] as const

/** The finaliser of MurmurHash3 (public domain, Austin Appleby). */
export function fmix32(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function rotl(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function scramble(word: number): number {
  return Math.imul(rotl(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
}

/** What MurmurHash3 does with a block: a new state for a word. */
function mix(state: number, word: number): number {
  return (Math.imul(rotl(state ^ scramble(word), 13), 5) + 0xe6546b64) | 0
}

/** MurmurHash3 x86 32-bit over `bytes[from, to)`; the standard function, so every language has it. */
export function murmur3(bytes: Uint8Array, from: number, to: number, seed: number): number {
  return murmur3From(seed, bytes, from, to, to - from)
}

/** MurmurHash3 from a state on: over the last bytes of so many. */
function murmur3From(
  state: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
): number {
  const blocksEnd = to - ((to - from) & 3)
  let h = state | 0
  for (let at = from; at < blocksEnd; at += 4) h = mix(h, wordAt(bytes, at))
  let tail = 0
  for (let at = to - 1; at >= blocksEnd; at--) tail = (tail << 8) | bytes[at]!
  return fmix32(h ^ scramble(tail) ^ length)
}

function lanes(bytes: Uint8Array, from: number, to: number, seed0: number, seed1: number): Lanes {
  const length = to - from
  const stripesEnd = to - (length % STRIPE_BYTES)
  let state0 = seed0
  let state1 = seed1
  if (length >= STRIPE_BYTES) {
    let a = seed0
    let b = seed1
    let c = seed0 ^ ROW_FACTORS[0]
    let d = seed1 ^ ROW_FACTORS[1]
    for (let at = from; at < stripesEnd; at += STRIPE_BYTES) {
      const word0 = wordAt(bytes, at)
      const word1 = wordAt(bytes, at + 4)
      const word2 = wordAt(bytes, at + 8)
      const word3 = wordAt(bytes, at + 12)
      a = (mix(a, word0) + word1) | 0
      b = (mix(b, word1) + word0) | 0
      c = (mix(c, word2) + word3) | 0
      d = (mix(d, word3) + word2) | 0
    }
    const [r, q] = MERGE_ROTATIONS
    state0 = (rotl(a, r[0]) + rotl(b, r[1]) + rotl(c, r[2]) + rotl(d, r[3])) | 0
    state1 = (rotl(a, q[0]) + rotl(b, q[1]) + rotl(c, q[2]) + rotl(d, q[3])) | 0
  }
  return {
    lane0: murmur3From(state0, bytes, stripesEnd, to, length),
    lane1: murmur3From(state1, bytes, stripesEnd, to, length),
  }
}

export function keyLanes({ tag, body }: Encoded): Lanes {
  return lanes(body, 0, body.length, KEY_SEEDS[0] ^ tag, KEY_SEEDS[1] ^ tag)
}

/** Lanes of a text key given as bytes: what kernels compute once for each distinct key. */
export function textKeyLanes(bytes: Uint8Array, from: number, to: number): Lanes {
  return lanes(bytes, from, to, KEY_SEEDS[0] ^ TAG_TEXT, KEY_SEEDS[1] ^ TAG_TEXT)
}

/** The words of a value that is no integer, word j as lane j. */
export function valueLanes({ tag, body }: Encoded): Lanes {
  return lanes(body, 0, body.length, VALUE_SEEDS[0] ^ tag, VALUE_SEEDS[1] ^ tag)
}

export function partitionOf(keyLane0: number, partitions: number): PartitionId {
  return (keyLane0 >>> 0) % partitions
}

/** One lane of a row whose value is given as two words. */
export function rowLane(key: number, word0: number, word1: number, valueTag: number): number {
  const inner = fmix32((key + Math.imul(word0, ROW_FACTORS[0])) | 0)
  return fmix32((inner + Math.imul(word1, ROW_FACTORS[1]) + valueTag) | 0)
}

/** Lanes of a value, with its tag. */
interface Tagged extends Lanes {
  readonly tag: number
}

/** Of a key in place. */
const keyLanesAt = (tag: number, bytes: Uint8Array, from: number, to: number): Lanes =>
  lanes(bytes, from, to, KEY_SEEDS[0] ^ tag, KEY_SEEDS[1] ^ tag)

/** The two words of a value in place that is no integer. */
export const valueLanesAt = (tag: number, bytes: Uint8Array, from: number, to: number): Tagged => {
  const { lane0, lane1 } = lanes(bytes, from, to, VALUE_SEEDS[0] ^ tag, VALUE_SEEDS[1] ^ tag)
  return { tag, lane0, lane1 }
}

const TWO_TO_32 = 0x1_0000_0000

/** The two words of any value. */
function valueWords(value: unknown): Tagged {
  if (!Number.isSafeInteger(value)) return withCanonical(value, valueLanesAt)
  const integer = value as number
  return { tag: TAG_INTEGER, lane0: integer | 0, lane1: Math.floor(integer / TWO_TO_32) | 0 }
}

/** A digest being added up. Costs one hash of the key and one of the value for each row. */
export class DigestSum {
  rows = 0
  lane0 = 0
  lane1 = 0

  /** Adds a row of plain values; `undefined` says that the key left the result. */
  addRow(key: unknown, value: unknown): void {
    const { tag, lane0: word0, lane1: word1 } = valueWords(value)
    const { lane0, lane1 } = withCanonical(key, keyLanesAt)
    this.rows += 1
    this.lane0 = (this.lane0 + rowLane(lane0, word0, word1, tag)) >>> 0
    this.lane1 = (this.lane1 + rowLane(lane1, word0, word1, tag)) >>> 0
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
