/**
 * The entries of tables in which extremes spread (`spread-table.ts`, `union-table.ts`): of each key that has come a number, by which
 * it has a place in lists of words. Layout: `kernels/spread-layout.ts`.
 *
 * Entries have the numbers of their keys, as those of most graphs may: as long as they are no more than a few for each pair that came,
 * or take little of the region. What is looked up in an index waits for memory twice.
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes, RunMemory } from '../columns/memory.ts'
import { OTHERS, SPREAD, SPREAD_FLAGS, SPREAD_HEADER_BYTES } from '../kernels/spread-layout.ts'
import type { PartitionId, Pointer } from '../units.ts'
import type { Extreme } from './extremes-table.ts'
import { JOIN_SIDES, type JoinSide, MARK_BYTES } from './join-arrivals.ts'
import { type NumberOptions, NumberTable } from './number-table.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import { RegionBlock } from './region-block.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import { WordWriter } from './word-writer.ts'

export interface SpreadOptions extends NumberOptions {
  readonly reduce: Extreme
  /** Of the run. */
  readonly partitions: number
  readonly own: readonly PartitionId[]
}

type Field = keyof typeof SPREAD
type ListField = Extract<Field, `${string}At`>

/** Bytes of an entry in lists by its number. */
export type EntryLists = Readonly<Partial<Record<ListField, number>>>

/** Those of any table. */
const LISTS = {
  keysAt: 4,
  rowsAt: 4,
  flagsAt: 1,
  partsAt: 4,
  changesAt: 4,
  reachedAt: 4,
} as const satisfies EntryLists

const MARKS: Readonly<Record<JoinSide, number>> = {
  rows: 0x31_52_50_53, // 'SPR1'
  events: 0x31_45_50_53, // 'SPE1'
}
/** A power of two, as are all capacities. */
const CAPACITY_MIN = 16
/** How many numbers there may be for each pair that came, and which share of the region entries may take in any case. */
const NUMBERS_A_PAIR = 4
const REGION_SHARE = 1 / 32
const VISIT_PAIRS = VISIT_BYTES_MAX / PAIR_BYTES

type TakingKernel = (table: Pointer, numbers: Pointer, count: number) => number

export class SpreadEntries {
  readonly #options: SpreadOptions
  readonly #bytes: EntryLists
  readonly #header: RegionBlock
  readonly #index: RegionBlock
  readonly #lists: ReadonlyMap<ListField, RegionBlock>
  readonly #heap: RegionBlock
  readonly #owners: RegionBlock
  /** Pairs that came, or are about to. */
  #pairs = 0
  #expected = 0

  /** `lists` are those of the table beside what all have. */
  constructor(options: SpreadOptions, lists: EntryLists) {
    const { region, partitions, own, reduce } = options
    this.#options = options
    this.#bytes = { ...LISTS, ...lists }
    this.#header = new RegionBlock(region, SPREAD_HEADER_BYTES)
    this.#index = new RegionBlock(region)
    this.#lists = new Map(
      Object.keys(this.#bytes).map((list) => [list as ListField, new RegionBlock(region)] as const),
    )
    this.#heap = new RegionBlock(region)
    this.#owners = new RegionBlock(region, partitions * 4)
    const { u32 } = region.memory
    const word = this.#header.at >>> 2
    u32.fill(0, word, word + SPREAD_HEADER_BYTES / 4)
    const owners = this.#owners.at >>> 2
    u32.fill(OTHERS, owners, owners + partitions)
    for (const partition of own) u32[owners + partition] = 0
    this.#set('ownersAt', this.#owners.at)
    this.#set('partitions', partitions)
    this.#set('flip', reduce === 'min' ? 0 : 0xffff_ffff)
    // Word 0 is no chunk's.
    this.#set('heapUsed', 1)
    this.#widen(CAPACITY_MIN)
  }

  /** The header, which kernels are given. */
  get at(): Pointer {
    return this.#header.at
  }

  get(field: Field): number {
    return this.#options.region.memory.u32[(this.#header.at >>> 2) + SPREAD[field]]!
  }

  /** A word of an entry. */
  word(list: ListField, number: number): number {
    return this.#options.region.memory.u32[(this.get(list) >>> 2) + number]!
  }

  keyOf(number: number): number {
    return this.#isDense ? number : this.word('keysAt', number)
  }

  /** Keys of one of the table's partitions that have a row or events. */
  keysOf(partition: PartitionId): number {
    return this.#options.region.memory.u32[(this.#owners.at >>> 2) + partition]!
  }

  /** So many events are about to come: there will be room for about as many keys as they name. */
  expect(events: number): void {
    this.#expected = this.#pairs + events
    if (this.#isDense) return
    // Each names two. Of most graphs a key is named four times, and more.
    const wanted = this.get('size') + events / 2
    if (wanted > this.get('capacity')) this.#grow(powerFrom(wanted))
  }

  /**
   * Takes pairs by a kernel that tells how many it took: fewer than there are where there is no room for the next one's keys, which are
   * its first word, or both.
   */
  take({ pointer, length }: Bytes, keys: 1 | 2, kernel: TakingKernel): void {
    const { u32 } = this.#options.region.memory
    const count = length / PAIR_BYTES
    this.#pairs += count
    for (let done = 0; ; ) {
      done += kernel(this.at, pointer + done * PAIR_BYTES, count - done)
      if (done === count) return
      const word = (pointer >>> 2) + 2 * done
      this.#makeRoom(keys === 1 ? u32[word]! : Math.max(u32[word]!, u32[word + 1]!))
    }
  }

  /** Room for a key, or for more keys. */
  #makeRoom(key: number): void {
    const capacity = this.get('capacity')
    if (!this.#isDense) this.#grow(2 * capacity)
    else if (key < this.#numbersMax) this.#widen(powerFrom(key + 1))
    else {
      this.#lists.get('keysAt')!.replace(capacity * LISTS.keysAt)
      const keys = this.#lists.get('keysAt')!.at >>> 2
      const { u32 } = this.#options.region.memory
      for (let number = 0; number < capacity; number++) u32[keys + number] = number
      this.#grow(2 * capacity)
    }
  }

  /** Room for so many words more in the heap. */
  reserve(words: number): void {
    this.#heap.reserve(this.get('heapUsed'), words, this.#options.kernels.copyBytes)
    this.#set('heapAt', this.#heap.at)
  }

  /** Visits pairs (key, value) of own keys that changed, or of those of others (1) that were reached, and forgets that they were. */
  visit(others: 0 | 1, visit: (rows: Bytes) => void): void {
    const all = this.get(others === 1 ? 'reached' : 'changed')
    if (all === 0) return
    const { kernels, region } = this.#options
    const bytes = Math.min(all * PAIR_BYTES, VISIT_BYTES_MAX)
    const pointer = region.allocate(bytes)
    try {
      for (let from = 0; from < all; ) {
        const count = kernels.spreadTake(this.at, others, from, pointer, VISIT_PAIRS)
        from += count
        visit({ pointer, length: count * PAIR_BYTES })
      }
    } finally {
      region.free(pointer, bytes)
    }
  }

  saveRows(partition: PartitionId): Uint8Array {
    const { u8 } = this.#options.region.memory
    const size = this.get('size')
    const [flags, flip] = [this.get('flagsAt'), this.get('flip')]
    return this.#save('rows', (words) => {
      for (let number = 0; number < size; number++) {
        if (this.word('partsAt', number) !== partition) continue
        if ((u8[flags + number]! & SPREAD_FLAGS.hasRow) === 0) continue
        words.put(this.keyOf(number))
        words.put((this.word('rowsAt', number) ^ flip) >>> 0)
      }
    })
  }

  /** `write` writes pairs of keys. */
  saveEvents(write: (words: WordWriter) => void): Uint8Array {
    return this.#save('events', write)
  }

  /** Pairs that were saved, to be released. Errors: `StorageError` when the bytes are of another kind. */
  loaded(side: JoinSide, saved: Uint8Array): NumberTable {
    const { from, rows } = savedRows(MARKS[side], saved)
    const pairs = new NumberTable(this.#options)
    pairs.append(from.u8.subarray(rows.pointer, rows.pointer + rows.length))
    return pairs
  }

  release(): void {
    const blocks = [this.#header, this.#index, this.#heap, this.#owners, ...this.#lists.values()]
    for (const block of blocks) block.release()
  }

  #save(side: JoinSide, write: (words: WordWriter) => void): Uint8Array {
    const { region } = this.#options
    return saveRows(MARKS[side], region.memory, (visit) => {
      const words = new WordWriter(region, visit)
      write(words)
      words.end()
    })
  }

  /** Whether keys are the numbers of their entries. */
  get #isDense(): boolean {
    return this.get('slots') === 0
  }

  /** Keys below it may be the numbers of their entries. */
  get #numbersMax(): number {
    const pairs = Math.max(this.#pairs, this.#expected)
    const entryBytes = Object.values(this.#bytes).reduce((sum, bytes) => sum + bytes, 0)
    const numbers = (this.#options.region.size * REGION_SHARE) / entryBytes
    return Math.max(pairs * NUMBERS_A_PAIR, Math.floor(numbers))
  }

  /** Entries for all keys below a capacity. */
  #widen(capacity: number): void {
    for (const list of this.#lists.keys()) if (list !== 'keysAt') this.#enlarge(list, capacity)
    this.#set('capacity', capacity)
    this.#options.kernels.spreadBegin(this.at)
  }

  /** An index with room for so many keys. */
  #grow(capacity: number): void {
    const { kernels, region } = this.#options
    const slots = 2 * capacity
    this.#index.replace(slots * PAIR_BYTES)
    region.memory.u32.fill(0, this.#index.at >>> 2, (this.#index.at >>> 2) + 2 * slots)
    this.#set('indexAt', this.#index.at)
    for (const list of this.#lists.keys()) this.#enlarge(list, capacity)
    this.#set('slots', slots)
    this.#set('bits', Math.log2(slots))
    this.#set('capacity', capacity)
    kernels.spreadIndex(this.at)
  }

  #enlarge(list: ListField, capacity: number): void {
    const block = this.#lists.get(list)!
    block.enlarge(capacity * this.#bytes[list]!, this.#options.kernels.copyBytes)
    this.#set(list, block.at)
  }

  #set(field: Field, value: number): void {
    this.#options.region.memory.u32[(this.#header.at >>> 2) + SPREAD[field]] = value
  }
}

/** The least power of two that is not below. */
function powerFrom(wanted: number): number {
  return 2 ** Math.ceil(Math.log2(wanted))
}

/** The pairs of a message with events. */
export function eventsIn({ u32 }: RunMemory, { pointer, length }: Bytes): Bytes {
  const side = u32[pointer >>> 2]
  assert(side === JOIN_SIDES.events, `side ${side} where events come to spread along`)
  return { pointer: pointer + MARK_BYTES, length: length - MARK_BYTES }
}
