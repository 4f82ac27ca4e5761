/**
 * The kernels: loops over bytes that are too hot for plain TypeScript, each with a plain definition that says what it does.
 *
 * Two implementations of one interface: `plain-kernels.ts` (typed arrays, the definition) and `wasm-kernels.ts`
 * (AssemblyScript with SIMD, from `kernels.wasm`). Both work on the run's memory, by pointer. A property test holds the
 * one to the other. One call works on a whole batch: crossing into WebAssembly costs tens of ns.
 *
 * `slices` is `count` pairs (pointer u32, length u32), as in `columns/batch.ts`; `out` is room for as many pairs, and may
 * be `slices` itself where a kernel gives at most one slice for each. Layouts of tables and rows: `table-layout.ts`.
 */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'

/** Room for slices that `words` needs at least. */
export const WORDS_OUT_MIN = 64

/** Bytes beyond a text's end that `lowerCase` may overwrite in its scratch. */
export const LOWER_CASE_PADDING = 16

export interface TextKernels {
  /** Slices of the pool records `[first, first + count)`; `offsets` as in `input/input-log.ts`. */
  poolSlices(bytes: Pointer, offsets: Pointer, first: number, count: number, out: Pointer): void
  /**
   * Splits at ASCII whitespace (9..13 and 32); empty words are left out. Starts at the cursor (two u32 at `cursor`: slice
   * number, byte offset in it), stops when all slices are done or `out` has too little room left, and moves the cursor:
   * done when its slice number is `count`. Returns the number of words. `outMax` is at least `WORDS_OUT_MIN`.
   */
  words(slices: Pointer, count: number, out: Pointer, outMax: number, cursor: Pointer): number
  /** Keeps the slices that contain the needle's bytes; an empty needle is in all. Returns how many. */
  contains(
    slices: Pointer,
    count: number,
    needle: Pointer,
    needleLength: number,
    out: Pointer,
  ): number
  /** Keeps the slices of more than `bytes` bytes. Returns how many. */
  longerThan(slices: Pointer, count: number, bytes: number, out: Pointer): number
  /** Cuts slices to their first `bytes` bytes. */
  prefix(slices: Pointer, count: number, bytes: number, out: Pointer): void
  /**
   * Copies slices to `[bytes, bytes + bytesMax)` with A-Z as a-z; other bytes stay. Returns how many it took: less than
   * `count` when the next one and `LOWER_CASE_PADDING` do not fit.
   */
  lowerCase(slices: Pointer, count: number, out: Pointer, bytes: Pointer, bytesMax: number): number
  /** The digest lanes of the rows (slice as text, integer 1): two u32 at `sums`. */
  digestText(slices: Pointer, count: number, sums: Pointer): void
  copyBytes(target: Pointer, source: Pointer, length: number): void
}

export interface TableKernels {
  /**
   * Adds 1 to the value and the contributions of each slice's key. Returns how many it took; stops where room is missing.
   * For combiners only.
   */
  tableCountSlices(table: Pointer, slices: Pointer, count: number): number
  /**
   * Merges the second number of each pair into the value of the first, an integer key, by the table's reduce, and adds 1 to its
   * contributions. Returns how many it took; stops where room is missing. For combiners only.
   */
  tableAddPairs(table: Pointer, numbers: Pointer, count: number): number
  /**
   * Merges rows from number `from` on (`sign` 1), or takes them out of sums (−1). Returns the first number that had no room, or
   * the count.
   */
  tableFold(table: Pointer, rows: Pointer, from: number, sign: 1 | -1): number
  /**
   * Writes rows of the entries `list[from..to)`, or of those of `[from, to)` that are there when `list` is 0, as many as fit
   * into `bytesMax`. Returns where to go on; `from` when not one fits (`WANTED` bytes are needed).
   */
  tableRows(
    table: Pointer,
    list: Pointer,
    from: number,
    to: number,
    out: Pointer,
    bytesMax: number,
  ): number
  /**
   * Moves what a combiner has touched out as rows, from place `from` on (0 at first), and empties them; their keys stay. `buffers`
   * has two u32 a partition: where its buffer lies, and its bytes. Rows fill a buffer from its header on, long keys from
   * its end (u32 at 4 and 8: rows, bytes of keys). The change list is empty when all is out; if not, the place returned
   * is where to go on, once the buffer of partition `OUT0` is empty, or has `WANTED` bytes.
   */
  tableDrain(table: Pointer, from: number, buffers: Pointer): number
  /** Moves a table into an empty, larger block; entries that mean nothing any more are left out unless `keep` is 1. */
  tableMove(source: Pointer, target: Pointer, keep: 0 | 1): void
  /** Empties the change list; what really changed stays in its place, in order, and is summed in `OUT`. Returns how many. */
  tableTakeChanges(table: Pointer): number
  /** Lists and sums the entries that `other` (0: empty) has not, or, unless `gone`, has with another value. Returns how many. */
  tableDiff(table: Pointer, other: Pointer, gone: 0 | 1, list: Pointer): number
  /** Lists the k entries of greatest value, ties by ascending key bytes. Returns how many. `list` has room for k. */
  tableTop(table: Pointer, k: number, list: Pointer): number
}

/** `numbers` is `count` pairs of u32, as in `columns/batch.ts`. */
export interface NumberKernels {
  /** The digest lanes of the rows (first as integer, second as integer): two u32 at `sums`. */
  digestNumbers(numbers: Pointer, count: number, sums: Pointer): void
  /**
   * Appends pairs to the buffer of the partition of their first number, as a key. `buffers` has two u32 a partition: where the
   * next pair goes, which moves, and where the buffer ends. Returns how many it took: less than `count` when there is no room
   * for the next one.
   */
  exchangeNumbers(numbers: Pointer, count: number, partitions: number, buffers: Pointer): number
  /** Each pair as it is, and turned around. `out` has room for twice as many. */
  bothWays(numbers: Pointer, count: number, out: Pointer): void
  /** The first number of each pair, and the lesser of both. `out` may be where the pairs are. */
  withLesser(numbers: Pointer, count: number, out: Pointer): void
  /**
   * Keeps the pairs whose first (place 0) or second (place 1) number is `value`, and returns how many. `out` has room for all of
   * them, and may be where they are.
   */
  numbersWhere(numbers: Pointer, count: number, place: number, value: number, out: Pointer): number
}

/** Of tables that keep the least or the greatest of integers by key. Layout: `integer-layout.ts`. */
export interface ExtremesKernels {
  /** Begins a table whose header is written. */
  extremesBegin(table: Pointer): void
  /** Keeps pairs (key, value). Returns how many it took: less than `count` when there is no room for the next one's key. */
  extremesFold(table: Pointer, numbers: Pointer, count: number): number
  /** Puts the changes into the order of insertion where more than a quarter of all rows has changed. */
  extremesOrder(table: Pointer): void
  /**
   * Writes the rows that changed, from number `from` on and `most` at most, as pairs, and forgets that they did. Returns how
   * many; the change list is empty when the last one is written.
   */
  extremesTake(table: Pointer, from: number, out: Pointer, most: number): number
  /** Writes rows, from number `from` on and `most` at most. Returns how many. */
  extremesRows(table: Pointer, from: number, out: Pointer, most: number): number
  /** Moves a table into an empty, larger one. The old one is of no use then. */
  extremesMove(source: Pointer, target: Pointer): void
}

/**
 * Of the join of a table of integers with all events, period by period: rows and events in any order, then `joinAppend`, then
 * the same events again by `joinPut`, then `joinOut` until all is out. Layout: `integer-layout.ts`.
 */
export interface JoinKernels {
  /** Takes rows (key, row). Returns how many: less than `count` when there is no room for the next one's key. */
  joinRows(table: Pointer, numbers: Pointer, count: number): number
  /** Counts events (key, event), and writes the number of each one's entry to `found`. Returns how many, as `joinRows`. */
  joinEvents(table: Pointer, numbers: Pointer, count: number, found: Pointer): number
  /** Appends room for the events that were counted. The heap has as many words, and two more for each touched entry. */
  joinAppend(table: Pointer): void
  joinPut(table: Pointer, numbers: Pointer, count: number, found: Pointer): void
  /**
   * Writes pairs (event, row), `most` at most, and goes on there when it is called again: of each entry that got something, if
   * its row changed, with all of its events, else with those that came. Less than `most`: all are out, and the period is over.
   */
  joinOut(table: Pointer, out: Pointer, most: number): number
  /** Enters all entries into an empty index. */
  joinIndex(table: Pointer): void
}

/**
 * Of tables in which the least or greatest integers spread, round by round: rows and events in any order, then `spreadAppend`, then
 * the same events again by `spreadPut`, then `spreadSort`, then `spreadRun` until all is done. Layout: `spread-layout.ts`.
 */
export interface SpreadKernels {
  /** Begins an entry for each key below `capacity`, from number `size` on. Only of a table without an index. */
  spreadBegin(table: Pointer): void
  /** Takes pairs (key, value) of own keys. Returns how many: less than `count` when there may be no room for the next one's key. */
  spreadRows(table: Pointer, numbers: Pointer, count: number): number
  /** Counts events (key, event) of own keys, and overwrites them with the numbers of both entries. Returns how many, as `spreadRows`. */
  spreadEvents(table: Pointer, numbers: Pointer, count: number): number
  /** Appends room for the events that were counted. The heap has as many words, and two more for each entry with any. */
  spreadAppend(table: Pointer): void
  /** Puts events, as numbers, where there is room for them. */
  spreadPut(table: Pointer, numbers: Pointer, count: number): void
  /** Sorts what is to spread by value. `scratch` has `sortBytes` of it. */
  spreadSort(table: Pointer, scratch: Pointer): void
  /** Spreads values along `most` events, and the last entry's others. Returns whether all is done. */
  spreadRun(table: Pointer, most: number): 0 | 1
  /**
   * Writes pairs (key, value) of own keys that changed, or of those of others (1) that got a better value, from number `from` on and
   * `most` at most, and forgets that they did. Returns how many; the list is empty when the last one is written.
   */
  spreadTake(table: Pointer, others: 0 | 1, from: number, out: Pointer, most: number): number
  /** Takes all that is there as unchanged, and spread. */
  spreadForget(table: Pointer): void
  /** Enters all entries into an empty index. */
  spreadIndex(table: Pointer): void
}

/**
 * Of the same tables where events all go both ways: rows and events in any order, then `unionSettle`. Entries begin, are taken and are
 * put into an index by the kernels above. Layout: `spread-layout.ts`.
 */
export interface UnionKernels {
  /** Takes pairs (key, value) of own keys. Returns how many, as `spreadRows`. */
  unionRows(table: Pointer, numbers: Pointer, count: number): number
  /** Takes events (key, event) of own keys. Returns how many, as `spreadRows`. The heap has room for all of them. */
  unionEvents(table: Pointer, numbers: Pointer, count: number): number
  /** Gives each key the best value of its set. */
  unionSettle(table: Pointer): void
  /** Takes all that is there as unchanged. */
  unionForget(table: Pointer): void
}

export interface Kernels
  extends TextKernels,
    NumberKernels,
    ExtremesKernels,
    JoinKernels,
    SpreadKernels,
    TableKernels,
    UnionKernels {
  /** What the run asked for (`--kernels`): whether dataflows are lowered to columns where they can be. */
  readonly mode: 'columns' | 'plain'
  /** What does the work: `plain` also where WebAssembly has no SIMD. Belongs into the manifest. */
  readonly implementation: 'simd' | 'plain'
  readonly memory: RunMemory
}
