/**
 * Keys of a plain table or combiner, by slot: canonical bytes with their digest lanes, hashed once for each distinct key.
 *
 * They lie one after the other in one array of words, in the form that they have in a row (`plain-rows.ts`). So a key is
 * compared, copied and sent a word at a time, without an object: a tick visits thousands of keys, and what they cost is
 * the memory that is touched.
 *
 *   u32 length · 16 + tag · u32, u32 digest lanes · bytes, padded with zeros to 4
 */
import { assert } from '../assert.ts'
import { type Encoded, encodeCanonical, TAG_TEXT } from '../columns/value-codec.ts'
import { keyLanes } from '../output/digest.ts'

/** Words before a key's bytes. */
export const KEY_HEADER_WORDS = 3
/** Bytes of a key or a value, for its length and tag to fit a word. */
export const PART_BYTES_MAX = 2 ** 28 - 1

const SLOTS_MIN = 16
const WORDS_MIN = 128

/** Of all that have no key yet: nothing is ever written here. Many tables live for a round of a loop, and many are empty. */
const NO_STARTS = new Int32Array(1)
const NO_WORDS = new Int32Array(0)
const NO_BYTES = new Uint8Array(NO_WORDS.buffer)

/** Where words of rows or keys lie: `u8` and `i32` are views of the same bytes. */
export interface WordBytes {
  readonly u8: Uint8Array
  readonly i32: Int32Array
}

/** The word that tells length and tag of a key or a value. */
export function partWord(tag: number, length: number): number {
  assert(length <= PART_BYTES_MAX, () => `a key or value of ${length} bytes: 2^28 - 1 is the most`)
  return (length << 4) | tag
}

/** Words that so many bytes take. */
export function wordsOf(bytes: number): number {
  return (bytes + 3) >>> 2
}

/** Writes `body[from, end)`, padded with zeros, at a word. */
export function writeBytes(
  to: WordBytes,
  word: number,
  body: Uint8Array,
  from = 0,
  end = body.length,
): void {
  const length = end - from
  if (length === 0) return
  to.i32[word + wordsOf(length) - 1] = 0
  // A loop beats `set` on what is short.
  if (length > 64)
    to.u8.set(from === 0 && end === body.length ? body : body.subarray(from, end), word * 4)
  else for (let i = 0, at = word * 4; i < length; i++) to.u8[at + i] = body[from + i]!
}

export class PlainKeys {
  /** Slot `s` has the words `[#starts[s], #starts[s + 1])`. */
  #starts = NO_STARTS
  #i32 = NO_WORDS
  #u8 = NO_BYTES
  size = 0

  /** Bytes of keys that it has memory for. */
  get room(): number {
    return this.#i32.length * 4
  }

  /** Forgets all keys, and keeps the memory. */
  clear(): void {
    this.size = 0
  }

  /** Adds a key in the next slot. */
  push(key: Encoded): number {
    const { tag, body } = key
    const part = partWord(tag, body.length)
    const at = this.#room(KEY_HEADER_WORDS + wordsOf(body.length))
    this.#i32[at] = part
    const { lane0, lane1 } = keyLanes(key)
    this.#i32[at + 1] = lane0
    this.#i32[at + 2] = lane1
    writeBytes({ u8: this.#u8, i32: this.#i32 }, at + KEY_HEADER_WORDS, body)
    return this.size++
  }

  /** Adds a key that lies in other words. */
  pushFrom(words: Int32Array, from: number): number {
    const length = KEY_HEADER_WORDS + wordsOf(words[from]! >>> 4)
    const at = this.#room(length)
    const own = this.#i32
    for (let i = 0; i < length; i++) own[at + i] = words[from + i]!
    return this.size++
  }

  lane0(slot: number): number {
    return this.#i32[this.#starts[slot]! + 1]!
  }

  lane1(slot: number): number {
    return this.#i32[this.#starts[slot]! + 2]!
  }

  /** How many bytes the key's words take. */
  bytes(slot: number): number {
    return (this.#starts[slot + 1]! - this.#starts[slot]!) * 4
  }

  /** Whether the key is the one at `from` in other words. */
  equals(slot: number, words: Int32Array, from: number): boolean {
    const own = this.#i32
    const start = this.#starts[slot]!
    const length = this.#starts[slot + 1]! - start
    // The first word has the length: behind it, equal keys have equally many words.
    for (let i = 0; i < length; i++) if (own[start + i] !== words[from + i]) return false
    return true
  }

  /** Whether the key has this length and tag (`partWord`), and so many words. */
  isText(slot: number, part: number, words: Int32Array, count: number): boolean {
    const own = this.#i32
    const start = this.#starts[slot]!
    if (own[start] !== part) return false
    const from = start + KEY_HEADER_WORDS
    for (let i = 0; i < count; i++) if (own[from + i] !== words[i]) return false
    return true
  }

  /** Copies the key's words. */
  copyTo(words: Int32Array, to: number, slot: number): void {
    const own = this.#i32
    const start = this.#starts[slot]!
    const length = this.#starts[slot + 1]! - start
    for (let i = 0; i < length; i++) words[to + i] = own[start + i]!
  }

  /** Where the key's words are, for another table's index; valid until the next key is added. */
  place(slot: number): { readonly words: Int32Array; readonly at: number } {
    return { words: this.#i32, at: this.#starts[slot]! }
  }

  /** The canonical form; valid until the next key is added. */
  key(slot: number): Encoded {
    const start = this.#starts[slot]!
    const part = this.#i32[start]!
    const from = (start + KEY_HEADER_WORDS) * 4
    return { tag: part & 15, body: this.#u8.subarray(from, from + (part >>> 4)) }
  }

  copy(): PlainKeys {
    const copy = new PlainKeys()
    copy.#starts = this.#starts.slice()
    copy.#i32 = this.#i32.slice()
    copy.#u8 = new Uint8Array(copy.#i32.buffer)
    copy.size = this.size
    return copy
  }

  /** Makes room for a key's words behind the last slot, and says where. */
  #room(words: number): number {
    const start = this.#starts[this.size]!
    if (start + words > this.#i32.length) {
      const grown = new Int32Array(Math.max(WORDS_MIN, 2 * this.#i32.length, start + words))
      grown.set(this.#i32)
      this.#i32 = grown
      this.#u8 = new Uint8Array(grown.buffer)
    }
    if (this.size + 2 > this.#starts.length) {
      const grown = new Int32Array(Math.max(SLOTS_MIN, 2 * this.#starts.length))
      grown.set(this.#starts)
      this.#starts = grown
    }
    this.#starts[this.size + 1] = start + words
    return start
  }
}

/** Texts up to this length are encoded by a loop: faster than a call, and V8 keeps such bytes beside the object. */
const SHORT_TEXT = 64

export function encodeKey(key: unknown): Encoded {
  if (typeof key !== 'string' || key.length > SHORT_TEXT) return encodeCanonical(key)
  const body = new Uint8Array(key.length)
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at)
    if (unit >= 0x80) return encodeCanonical(key)
    body[at] = unit
  }
  return { tag: TAG_TEXT, body }
}
