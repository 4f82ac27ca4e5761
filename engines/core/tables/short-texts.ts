/**
 * Slots of short ASCII texts, found by their characters: an open-addressing index for the keys that most records have.
 *
 * A Map must hash a new string, and compare it with one on the heap, by calls. Here a text is packed four characters to a
 * word, which are its canonical bytes as `PlainKeys` has them; hash and comparison are a few words, in place, and no string
 * is kept. Exact for any text: what is longer or not ASCII is `OTHER`, for the caller to look up elsewhere.
 */
import { TAG_TEXT } from '../columns/value-codec.ts'
import type { PlainKeys } from './plain-keys.ts'

/** Not in the index; `add` puts it there. */
export const ABSENT = -1
/** Not a text of this index. */
export const OTHER = -2

const CHARACTERS_MAX = 32
const PLACES_MIN = 16
const EMPTY = -1

export class ShortTexts {
  /** Two words a place: slot, hash. */
  #places = new Int32Array(2 * PLACES_MIN).fill(EMPTY)
  #mask = PLACES_MIN - 1
  #size = 0
  /** Of the text that was looked for last. */
  #packed = new Int32Array(CHARACTERS_MAX / 4)
  #hash = 0

  /** The text's slot in `keys`, `ABSENT` or `OTHER`. */
  find(text: string, keys: PlainKeys): number {
    const { length } = text
    if (length > CHARACTERS_MAX) return OTHER
    const packed = this.#packed
    let hash = length
    let units = 0
    let count = 0
    let at = 0
    for (; at + 4 <= length; at += 4) {
      const a = text.charCodeAt(at)
      const b = text.charCodeAt(at + 1)
      const c = text.charCodeAt(at + 2)
      const d = text.charCodeAt(at + 3)
      units |= a | b | c | d
      const word = a | (b << 8) | (c << 16) | (d << 24)
      packed[count++] = word
      hash = mix(hash, word)
    }
    if (at < length) {
      let word = 0
      for (let shift = 0; at < length; at++, shift += 8) {
        const unit = text.charCodeAt(at)
        units |= unit
        word |= unit << shift
      }
      packed[count++] = word
      hash = mix(hash, word)
    }
    if (units >= 0x80) return OTHER
    this.#hash = hash
    return this.#slotOf(hash, (length << 4) | TAG_TEXT, keys, count)
  }

  #slotOf(hash: number, part: number, keys: PlainKeys, count: number): number {
    const places = this.#places
    const mask = this.#mask
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = places[2 * at]!
      if (slot === EMPTY) return ABSENT
      if (places[2 * at + 1] === hash && keys.isText(slot, part, this.#packed, count)) return slot
    }
  }

  /** Adds the text that was just found absent. */
  add(slot: number): void {
    if (this.#size * 2 > this.#mask) this.#grow()
    this.#place(slot, this.#hash)
    this.#size += 1
  }

  #place(slot: number, hash: number): void {
    const places = this.#places
    const mask = this.#mask
    let at = hash & mask
    while (places[2 * at]! !== EMPTY) at = (at + 1) & mask
    places[2 * at] = slot
    places[2 * at + 1] = hash
  }

  #grow(): void {
    const before = this.#places
    this.#places = new Int32Array(2 * before.length).fill(EMPTY)
    this.#mask = before.length - 1
    for (let at = 0; at < before.length; at += 2) {
      if (before[at]! !== EMPTY) this.#place(before[at]!, before[at + 1]!)
    }
  }
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}
