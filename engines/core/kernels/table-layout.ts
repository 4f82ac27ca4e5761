/**
 * The layouts that table kernels work on. `table-block.as.ts` repeats the numbers; a property test holds them together.
 *
 * A table is one relocatable block, all places relative to its start:
 *
 *   header   128 bytes, u32 fields below
 *   index    `slots` (a power of two, at least twice the capacity) × u32: 0, or entry number + 1 in the low 24 bits and
 *            8 bits of the private hash above; open addressing, linear probing from the hash's high bits
 *   guard    64 bytes, which end in an entry that is no key's: where a free slot leads
 *   entries  `capacity` × 32 bytes, in order of insertion: all that a count touches
 *   notes    `capacity` × 32 bytes: of each entry, what only folds, drains and commits need
 *   changes  `capacity` + 4 × u32: numbers of marked entries, in order of first touch, and room for one written in vain
 *   heap     bytes of keys longer than 16, each padded with zeros to 8
 *
 *   entry    key 16 bytes (zero-padded; of a longer key: private hash u64, place in the heap u64), value i64,
 *            contributions · 2^25 + key length i64
 *   note     old value i64, digest lanes 2 × u32, mark u32 (0 untouched, 1 it was there, 2 it was not), private hash u32,
 *            partition u32, unused u32
 *
 * A table without partitions marks what it touches. A combiner has partitions and marks nothing: touched is what has
 * contributions, since a drain leaves none.
 *
 * A key is there when its contributions are above zero. An entry without contributions keeps its place until the block is
 * rebuilt. Negative contributions (taken out before it came) are owed, and hide the key until they are made up for.
 *
 *   rows     magic u32 'SGGR', count u32, bytes u64, then `count` × 40 bytes, then bytes of long keys, padded to 8
 *   row      key 16 bytes (of a longer key: private hash u64, distance of its bytes from the rows' end u64), value i64,
 *            contributions · 2^25 + key length i64, digest lanes 2 × u32
 */
export const HEADER_BYTES = 128
export const ENTRY_BYTES = 32
export const NOTE_BYTES = 32
const GUARD_BYTES = 64
export const ENTRIES_MAX = 2 ** 23
export const INLINE_KEY_BYTES = 16

/** Header fields, in u32 words from the block's start. */
export const FIELD = {
  magic: 0,
  bytes: 1,
  slots: 2,
  capacity: 3,
  entries: 4,
  live: 5,
  changes: 6,
  heapCapacity: 7,
  heapUsed: 8,
  partitions: 9,
  indexAt: 10,
  entriesAt: 11,
  changesAt: 12,
  heapAt: 13,
  wanted: 14,
  reduce: 15,
  out0: 16,
  out1: 17,
} as const

/** Offsets in an entry. */
export const ENTRY = { k0: 0, k1: 8, value: 16, meta: 24 } as const

/** Offsets in a note. */
export const NOTE = { old: 0, lane0: 8, lane1: 12, mark: 16, hash: 20, partition: 24 } as const

/** What becomes of two values of a key; in a block's header. Keys are integers where it is not a sum. */
export const REDUCE = { sum: 0, min: 1, max: 2 } as const

export type ColumnReduce = keyof typeof REDUCE

/** Bytes of an integer as a key: its canonical form. */
export const INTEGER_KEY_BYTES = 8

export const TABLE_MAGIC = 0x54474753
export const ROWS_MAGIC = 0x52474753
export const ROWS_HEADER_BYTES = 16
export const ROW_BYTES = 40

/** Offsets in a row; the key is at 0. */
export const ROW = { value: 16, meta: 24, lane0: 32, lane1: 36 } as const

/** `meta` is contributions · 2^25 + key length, in entries and rows: texts have at most 2^24 bytes. */
export const LENGTH_BITS = 25

export interface TableShape {
  readonly capacity: number
  /** Bytes at least. */
  readonly heapCapacity: number
  /** Of a combiner; 0 for a table. */
  readonly partitions: number
  readonly reduce: ColumnReduce
}

/** Bytes of a long key in a heap or a rows' tail; none for keys that are inline. */
export function heapBytes(keyLength: number): number {
  return keyLength > INLINE_KEY_BYTES ? (keyLength + 7) & ~7 : 0
}

/**
 * Sizes of blocks are 2^n and 5/4 · 2^n bytes: few, so that a region mostly finds what it gave out before, and so chosen
 * that a table without long keys wastes little.
 */
function blockBytes(bytes: number): number {
  const octave = 2 ** Math.floor(Math.log2(bytes))
  return bytes === octave ? octave : bytes <= octave * 1.25 ? octave * 1.25 : octave * 2
}

/** Where the parts of a block lie. `capacity` is a power of two; the heap gets what the block's size leaves. */
export function tableParts(shape: TableShape) {
  const slots = shape.capacity * 2
  const indexAt = HEADER_BYTES
  const entriesAt = indexAt + slots * 4 + GUARD_BYTES
  const changesAt = entriesAt + shape.capacity * (ENTRY_BYTES + NOTE_BYTES)
  const heapAt = changesAt + (shape.capacity + 4) * 4
  const bytes = blockBytes(heapAt + shape.heapCapacity)
  return { slots, indexAt, entriesAt, changesAt, heapAt, heapCapacity: bytes - heapAt, bytes }
}
