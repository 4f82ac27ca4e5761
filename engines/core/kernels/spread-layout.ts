/**
 * The layout of tables in which the least or greatest integers spread along events (`tables/spread-table.ts`).
 * `spread.as.ts` repeats the numbers; property tests hold both together. All fields are u32.
 *
 * A header with pointers, since what is in it grows each in its own time. What is of an entry is in lists of its own, by the
 * entry's number, in order of insertion: a value that spreads looks at the rows of others, and at nothing else of most of them.
 *
 * A key that is a small number is the number of its entry: as long as all are, `slots` is 0, there are no index and no keys, and
 * `size` is `capacity`.
 *
 *   index    `slots` × 8 bytes: key, number of the entry + 1, or 0 where the place is free
 *   keys     `capacity` words
 *   rows     `capacity` words: the value, or its complement where the greatest is kept; `WORST` where there is none, too
 *   flags    `capacity` bytes
 *   parts    `capacity` words: the partition of the key
 *   heads    `capacity` words: the first chunk of events, or 0
 *   tails    `capacity` words: the last one
 *   work     `capacity` words: how many events came in this period, then where the next of them goes; 0 between periods
 *   heap     words, the first one unused. Chunks: place of the next one or 0, count, numbers of the entries that events name
 *   owners   a word for each partition: `OTHERS`, or how many keys of it have a row or events here
 *   queue    numbers of entries whose values are to spread, ascending by row once they are sorted
 *   wave     a ring: numbers of entries that were reached on the way, `waved` from `waveFirst` on. Before that: those that got events in
 *            this period (`arrived`)
 *   changes  numbers of own entries whose rows changed
 *   reached  numbers of entries of others that a better value has come to
 *
 * Where events all go both ways (`tables/union-table.ts`) there are sets of keys in place of heads, tails, work, queue and wave:
 *
 *   parents   `capacity` words: another entry of the same set, nearer to its root; the root itself
 *   circles   `capacity` words: the next entry of the same set, as it was settled last, around to the first one
 *   values    `capacity` words: of a root the best value of its set, as `rows` have it
 *   merged    numbers of entries that have been roots, and are no more, since the table was settled
 *   improved  numbers of entries whose values have become better since then, as roots
 *   heap      pairs of entries that events name, from word 1 on: of both ways between two own keys that with the lesser number first
 */
export const SPREAD = {
  slots: 0,
  bits: 1,
  size: 2,
  capacity: 3,
  flip: 4,
  partitions: 5,
  indexAt: 6,
  keysAt: 7,
  rowsAt: 8,
  flagsAt: 9,
  partsAt: 10,
  headsAt: 11,
  tailsAt: 12,
  workAt: 13,
  heapAt: 14,
  heapUsed: 15,
  ownersAt: 16,
  queueAt: 17,
  queued: 18,
  next: 19,
  waveAt: 20,
  waved: 21,
  changesAt: 22,
  changed: 23,
  reachedAt: 24,
  reached: 25,
  arrived: 26,
  steps: 27,
  waveFirst: 28,
  parentsAt: 29,
  circlesAt: 30,
  valuesAt: 32,
  mergedAt: 33,
  merged: 34,
  improvedAt: 35,
  improved: 36,
} as const

export const SPREAD_HEADER_BYTES = 192
export const WORST = 0xffff_ffff
export const OTHERS = 0xffff_ffff

export const SPREAD_FLAGS = {
  hasRow: 1,
  isOwn: 2,
  /** Among the changes, or among the reached. */
  isChanged: 4,
  /** Its value is to spread. */
  isPending: 8,
  inWave: 16,
  /** To all of its events, not only to those that came last. */
  ofAll: 32,
  /** It is counted among the keys of its owner. */
  isHeld: 64,
} as const

/** Those of a table of sets. */
export const UNION_FLAGS = {
  hasRow: 1,
  isOwn: 2,
  isChanged: 4,
  /** Among the improved. */
  isImproved: 8,
  /** Of a root: its set has a value. */
  hasValue: 16,
  /** It is no root, and in the circle of its root. */
  isPart: 32,
  isHeld: 64,
} as const

/** Pairs that events are united by at once: the heap has room for so many behind them. */
export const UNION_PAIRS_AT_ONCE = 256

/** Up to so many are sorted in place. */
const FEW = 32

/** What counts of digits take, of which a sort has three passes. */
const COUNTS_BYTES = 3 * 2048 * 4

/** Bytes that a sort of so many entries works in. */
export function sortBytes(entries: number): number {
  return entries <= FEW ? 0 : COUNTS_BYTES + entries * 16
}
