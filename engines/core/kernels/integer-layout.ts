/**
 * The layouts of tables of 32-bit integers. `extremes.as.ts` and `integer-join.as.ts` repeat the numbers; property tests hold
 * them together. All fields are u32.
 *
 * A table of *extremes*, the least or greatest integer of each key, is one relocatable block:
 *
 *   header   64 bytes, fields below
 *   places   (`slots` + 1) × 8 bytes: key, value. Open addressing. A free place has the key 0xffffffff; that key
 *            itself has the last place, which is never probed (`hasLast`)
 *   order    `capacity` slots, in order of insertion
 *   changes  `capacity` slots, in order of first touch
 *   marks    `slots` + 1 bytes, 1 where a slot is among the changes
 *
 * The table of a *join* is a header with pointers, since what is in it grows each in its own time:
 *
 *   index    `slots` × 8 bytes: key, number of the entry + 1, or 0 where the place is free
 *   entries  `capacity` × 32 bytes, in order of insertion
 *   touched  `capacity` numbers of entries that got something in this period, in order of first touch
 *   heap     words, the first one unused. Chunks: place of the next one or 0, count, events
 *
 *   entry    key, row, the row when it was touched, flags (1 has a row, 2 touched, 4 had a row when it was), first and last chunk,
 *            events that came in this period, where the next of them goes
 */
export const EXTREMES = {
  slots: 0,
  size: 1,
  changes: 2,
  reduce: 3,
  bits: 4,
  capacity: 5,
  marksAt: 6,
  orderAt: 7,
  changesAt: 8,
  hasLast: 9,
} as const

export const EXTREMES_HEADER_BYTES = 64
export const LEAST = 1
export const GREATEST = 2
export const NO_KEY = 0xffff_ffff

export const JOIN = {
  slots: 0,
  shift: 1,
  size: 2,
  capacity: 3,
  index: 4,
  entries: 5,
  touchedAt: 6,
  touched: 7,
  heap: 8,
  heapUsed: 9,
  cursor: 10,
  chunk: 11,
  position: 12,
} as const

export const JOIN_HEADER_BYTES = 64
export const JOIN_ENTRY_WORDS = 8
export const JOIN_ENTRY = {
  key: 0,
  row: 1,
  old: 2,
  flags: 3,
  first: 4,
  last: 5,
  come: 6,
  fill: 7,
} as const
export const HAS_ROW = 1
export const IS_TOUCHED = 2
export const HAD_ROW = 4

/**
 * Where a key belongs among `2 ** bits` slots: numbers from 0 up have their own slots as long as they fit in, and lie in memory as
 * they follow each other. Of larger ones the high bits are scattered.
 */
export function slotOfKey(key: number, bits: number): number {
  return (key ^ Math.imul(key >>> bits, 0x9e37_79b1)) & (2 ** bits - 1)
}

/** How far from a slot that is taken the next one is looked for: odd, so that all are. Numbers in a row would be in each other's way. */
export function stepOfKey(key: number): number {
  return (Math.imul(key, 0x9e37_79b1) >>> 16) | 1
}

/** A slot of a key in the index of a join: the highest bits of its product. */
export function slotOfInteger(key: number, shift: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> shift
}

/** What a table of so many slots, a power of two, shifts products by. */
export function shiftOf(slots: number): number {
  return 32 - Math.log2(slots)
}
