/**
 * An index from keys to slots: open addressing over the keys' first digest lane, in one typed array.
 *
 * A Map from names to slots did the same at twice the cost: it makes and hashes a string for each row that arrives, and
 * is slow to copy. Here a row is found by its bytes, and a copy is one block of memory.
 */
import type { PlainKey } from './plain-key.ts'
import type { RowCursor } from './plain-rows.ts'

const EMPTY = -1
const DELETED = -2
const PLACES_MIN = 16

/** Keys by slot, as the table holds them; a slot that is in the index has its key there. */
export type SlotKeys = readonly PlainKey[]

export class KeyIndex {
  #places = new Int32Array(PLACES_MIN).fill(EMPTY)
  /** Places that are not empty; deleted ones count until the index is built anew. */
  #taken = 0
  size = 0

  /** Slot of the cursor's row, or -1. */
  find(row: RowCursor, keys: SlotKeys): number {
    const places = this.#places
    const mask = places.length - 1
    const { lane0 } = row
    for (let at = lane0 & mask; ; at = (at + 1) & mask) {
      const slot = places[at]!
      if (slot === EMPTY) return -1
      if (slot === DELETED) continue
      const key = keys[slot]!
      if (key.lane0 === lane0 && row.keyEquals(key)) return slot
    }
  }

  /** Slot of a key, or -1. */
  findKey(sought: PlainKey, keys: SlotKeys): number {
    const place = this.#placeOf(sought, keys)
    return place < 0 ? -1 : this.#places[place]!
  }

  /** Adds a slot whose key is not in the index yet. */
  add(slot: number, keys: SlotKeys): void {
    if (this.#taken * 2 >= this.#places.length) this.#resize(keys)
    this.#place(slot, keys[slot]!.lane0)
    this.#taken += 1
    this.size += 1
  }

  delete(sought: PlainKey, keys: SlotKeys): void {
    const place = this.#placeOf(sought, keys)
    if (place < 0) return
    this.#places[place] = DELETED
    this.size -= 1
  }

  copy(): KeyIndex {
    const copy = new KeyIndex()
    copy.#places = this.#places.slice()
    copy.#taken = this.#taken
    copy.size = this.size
    return copy
  }

  #placeOf(sought: PlainKey, keys: SlotKeys): number {
    const places = this.#places
    const mask = places.length - 1
    for (let at = sought.lane0 & mask; ; at = (at + 1) & mask) {
      const slot = places[at]!
      if (slot === EMPTY) return -1
      if (slot !== DELETED && keys[slot]!.equals(sought)) return at
    }
  }

  #place(slot: number, lane0: number): void {
    const places = this.#places
    const mask = places.length - 1
    let at = lane0 & mask
    while (places[at]! !== EMPTY) at = (at + 1) & mask
    places[at] = slot
  }

  /** Room for what is there, and without the deleted. */
  #resize(keys: SlotKeys): void {
    const before = this.#places
    let length = PLACES_MIN
    while (length < (this.size + 1) * 4) length *= 2
    this.#places = new Int32Array(length).fill(EMPTY)
    this.#taken = this.size
    for (const slot of before) if (slot >= 0) this.#place(slot, keys[slot]!.lane0)
  }
}
