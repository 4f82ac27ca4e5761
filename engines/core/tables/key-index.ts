/**
 * An index from keys to slots: open addressing over the keys' first digest lane, in one typed array.
 *
 * A Map from names to slots did the same at twice the cost: it makes and hashes a string for each row that arrives, and
 * is slow to copy. Here a row is found by its words, and a copy is one block of memory. A place holds the lane beside the
 * slot, so that only keys that are likely equal are looked at.
 */
import type { PlainKeys } from './plain-keys.ts'

const EMPTY = -1
const DELETED = -2
const PLACES_MIN = 16
/** Of all indexes that are empty: nothing is ever written here. */
const NO_PLACES = new Int32Array(2).fill(EMPTY)

export class KeyIndex {
  /** Two words a place: slot, lane. */
  #places = NO_PLACES
  #mask = 0
  /** Places that are not empty; deleted ones count until the index is built anew. */
  #taken = 0
  size = 0

  /** Slot of the key that lies at `from` in `words` (`plain-keys.ts`), or -1. */
  find(words: Int32Array, from: number, keys: PlainKeys): number {
    const place = this.#placeOf(words, from, keys)
    return place < 0 ? -1 : this.#places[place]!
  }

  /** Adds a slot whose key is not in the index yet. */
  add(slot: number, keys: PlainKeys): void {
    if (this.#taken * 2 >= this.#mask) this.#resize()
    this.#place(slot, keys.lane0(slot))
    this.#taken += 1
    this.size += 1
  }

  /** Takes a slot out. */
  delete(slot: number, keys: PlainKeys): void {
    const { words, at } = keys.place(slot)
    const place = this.#placeOf(words, at, keys)
    if (place < 0) return
    this.#places[place] = DELETED
    this.size -= 1
  }

  /** Forgets all, and keeps the places. */
  clear(): void {
    if (this.#taken > 0) this.#places.fill(EMPTY)
    this.#taken = 0
    this.size = 0
  }

  copy(): KeyIndex {
    const copy = new KeyIndex()
    copy.#places = this.#places.slice()
    copy.#mask = this.#mask
    copy.#taken = this.#taken
    copy.size = this.size
    return copy
  }

  #placeOf(words: Int32Array, from: number, keys: PlainKeys): number {
    const places = this.#places
    const mask = this.#mask
    const lane = words[from + 1]!
    for (let at = lane & mask; ; at = (at + 1) & mask) {
      const slot = places[2 * at]!
      if (slot === EMPTY) return -1
      if (places[2 * at + 1] === lane && slot !== DELETED && keys.equals(slot, words, from)) {
        return 2 * at
      }
    }
  }

  #place(slot: number, lane: number): void {
    const places = this.#places
    const mask = this.#mask
    let at = lane & mask
    while (places[2 * at]! !== EMPTY) at = (at + 1) & mask
    places[2 * at] = slot
    places[2 * at + 1] = lane
  }

  /** Room for what is there, and without the deleted. */
  #resize(): void {
    const before = this.#places
    let length = PLACES_MIN
    while (length < (this.size + 1) * 4) length *= 2
    this.#places = new Int32Array(2 * length).fill(EMPTY)
    this.#mask = length - 1
    this.#taken = this.size
    for (let at = 0; at < before.length; at += 2) {
      if (before[at]! >= 0) this.#place(before[at]!, before[at + 1]!)
    }
  }
}
