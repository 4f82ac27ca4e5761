/**
 * Tables in which the least or greatest integers spread along events, until none changes any more: what a table of extremes
 * (`extremes-table.ts`) and its join with all events (`integer-join.ts`) give together when each pair (event, row) of the join is
 * a row of the table again (`operators/spread-form.ts`).
 *
 * One table has all partitions of a worker: what leads from one of its keys to another is gone along at once, best values first,
 * so that hardly a row changes twice. Keys of others have entries too, with the best value that has come to them from here: so
 * each is told once a round, and never what it knows. Such rows are no state: without them others are told again.
 *
 *   takeRows, takeEvents ──▶ settle ──▶ spread until it is done ──▶ visitChanges, visitReached
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import {
  OTHERS,
  SPREAD,
  SPREAD_FLAGS,
  SPREAD_HEADER_BYTES,
  sortBytes,
} from '../kernels/spread-layout.ts'
import type { PartitionId } from '../units.ts'
import type { Extreme } from './extremes-table.ts'
import { JOIN_SIDES, type JoinSide, MARK_BYTES } from './join-arrivals.ts'
import { type NumberOptions, NumberTable } from './number-table.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import { RegionBlock } from './region-block.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import { WordWriter } from './word-writer.ts'

export interface SpreadTable {
  /** So many events are about to come: there will be room for about as many keys as they name. */
  expect(events: number): void
  /** Takes pairs (key, value) of keys of its partitions. */
  takeRows(rows: Bytes): void
  /** Takes a message of pairs (key, event), keys of its partitions (`join-arrivals.ts`): overwrites it, and has it until `settle`. */
  takeEvents(message: Bytes): void
  /** All of a round has been taken. */
  settle(): void
  /** Spreads values for about 0.1 ms. Returns whether all is done. */
  spread(): boolean
  /** Visits the rows of its partitions that changed since the last call, at most about 64 KiB a visit. */
  visitChanges(visit: (rows: Bytes) => void): void
  /** The same of keys of other partitions that a better value has come to: pairs (event, row) of the join. */
  visitReached(visit: (rows: Bytes) => void): void
  /** Keys of one of its partitions that have a row or events. */
  keysOf(partition: PartitionId): number
  /** How often a row has gone to events of its key. */
  readonly steps: number
  /** Rows, or events, of one of its partitions, when all has spread. */
  save(side: JoinSide, partition: PartitionId): Uint8Array
  /** Takes in what was saved. Errors: `StorageError` when the bytes are of another kind. */
  restore(side: JoinSide, saved: Uint8Array): void
  release(): void
}

export interface SpreadOptions extends NumberOptions {
  readonly reduce: Extreme
  /** Of the run. */
  readonly partitions: number
  readonly own: readonly PartitionId[]
}

type Field = keyof typeof SPREAD

/** Bytes of an entry in lists by its number. */
const LISTS = {
  keysAt: 4,
  rowsAt: 4,
  flagsAt: 1,
  partsAt: 4,
  headsAt: 4,
  tailsAt: 4,
  workAt: 4,
  queueAt: 4,
  waveAt: 4,
  changesAt: 4,
  reachedAt: 4,
} as const satisfies Partial<Record<Field, number>>

type List = keyof typeof LISTS

const ENTRY_BYTES = Object.values(LISTS).reduce((sum, bytes) => sum + bytes, 0)

const MARKS: Readonly<Record<JoinSide, number>> = {
  rows: 0x31_52_50_53, // 'SPR1'
  events: 0x31_45_50_53, // 'SPE1'
}
/** A power of two, as are all capacities. */
const CAPACITY_MIN = 16
/**
 * Entries have the numbers of their keys, as those of most graphs may: as long as they are no more than this for each pair that came, or
 * take little of the region. What is looked up in an index waits for memory twice.
 */
const NUMBERS_A_PAIR = 4
const REGION_SHARE = 1 / 32
const EVENTS_A_PIECE = 16_384
const VISIT_PAIRS = VISIT_BYTES_MAX / PAIR_BYTES

export class IntegerSpread implements SpreadTable {
  readonly #options: SpreadOptions
  readonly #header: RegionBlock
  readonly #index: RegionBlock
  readonly #lists: ReadonlyMap<List, RegionBlock>
  readonly #heap: RegionBlock
  readonly #owners: RegionBlock
  /** Messages with events of this round, as numbers of entries. */
  #arrived: Bytes[] = []
  /** Pairs that came, or are about to. */
  #pairs = 0
  #expected = 0

  constructor(options: SpreadOptions) {
    const { region, partitions, own, reduce } = options
    this.#options = options
    this.#header = new RegionBlock(region, SPREAD_HEADER_BYTES)
    this.#index = new RegionBlock(region)
    this.#lists = new Map(
      Object.keys(LISTS).map((list) => [list as List, new RegionBlock(region)] as const),
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

  get steps(): number {
    return this.#get('steps')
  }

  expect(events: number): void {
    this.#expected = this.#pairs + events
    if (this.#isDense) return
    // Each names two. Of most graphs a key is named four times, and more.
    const wanted = this.#get('size') + events / 2
    if (wanted > this.#get('capacity')) this.#grow(powerFrom(wanted))
  }

  takeRows({ pointer, length }: Bytes): void {
    const { kernels, region } = this.#options
    const { u32 } = region.memory
    const count = length / PAIR_BYTES
    this.#pairs += count
    for (let done = 0; ; ) {
      const next = pointer + done * PAIR_BYTES
      done += kernels.spreadRows(this.#header.at, next, count - done)
      if (done === count) return
      this.#makeRoom(u32[(pointer >>> 2) + 2 * done]!)
    }
  }

  takeEvents({ pointer, length }: Bytes): void {
    const side = this.#options.region.memory.u32[pointer >>> 2]
    assert(side === JOIN_SIDES.events, `side ${side} where events come to spread along`)
    this.#takeEvents({ pointer: pointer + MARK_BYTES, length: length - MARK_BYTES })
  }

  settle(): void {
    const { kernels, region } = this.#options
    this.#appendEvents()
    const bytes = sortBytes(this.#get('queued'))
    const scratch = bytes === 0 ? 0 : region.allocate(bytes)
    kernels.spreadSort(this.#header.at, scratch)
    if (bytes > 0) region.free(scratch, bytes)
  }

  spread(): boolean {
    return this.#options.kernels.spreadRun(this.#header.at, EVENTS_A_PIECE) === 1
  }

  visitChanges(visit: (rows: Bytes) => void): void {
    this.#take(0, visit)
  }

  visitReached(visit: (rows: Bytes) => void): void {
    this.#take(1, visit)
  }

  keysOf(partition: PartitionId): number {
    return this.#options.region.memory.u32[(this.#owners.at >>> 2) + partition]!
  }

  save(side: JoinSide, partition: PartitionId): Uint8Array {
    const { region } = this.#options
    const size = this.#get('size')
    return saveRows(MARKS[side], region.memory, (visit) => {
      const words = new WordWriter(region, visit)
      for (let number = 0; number < size; number++) {
        if (this.#word('partsAt', number) !== partition) continue
        if (side === 'rows') this.#putRow(number, words)
        else this.#putEvents(number, words)
      }
      words.end()
    })
  }

  restore(side: JoinSide, saved: Uint8Array): void {
    const { from, rows } = savedRows(MARKS[side], saved)
    const pairs = new NumberTable(this.#options)
    pairs.append(from.u8.subarray(rows.pointer, rows.pointer + rows.length))
    pairs.visitRows((chunk) => {
      if (side === 'rows') this.takeRows(chunk)
      else this.#takeEvents(chunk)
    })
    this.#appendEvents()
    pairs.release()
    this.#options.kernels.spreadForget(this.#header.at)
  }

  release(): void {
    const blocks = [this.#header, this.#index, this.#heap, this.#owners, ...this.#lists.values()]
    for (const block of blocks) block.release()
  }

  /** Overwrites the pairs, which stay where they are until they are appended. */
  #takeEvents({ pointer, length }: Bytes): void {
    const { kernels, region } = this.#options
    const { u32 } = region.memory
    const count = length / PAIR_BYTES
    this.#pairs += count
    for (let done = 0; ; ) {
      const next = pointer + done * PAIR_BYTES
      done += kernels.spreadEvents(this.#header.at, next, count - done)
      if (done === count) break
      const word = (pointer >>> 2) + 2 * done
      this.#makeRoom(Math.max(u32[word]!, u32[word + 1]!))
    }
    this.#arrived.push({ pointer, length })
  }

  #appendEvents(): void {
    const { kernels } = this.#options
    const arrived = this.#arrived
    if (arrived.length === 0) return
    const events = arrived.reduce((sum, { length }) => sum + length / PAIR_BYTES, 0)
    this.#reserve(events + 2 * this.#get('arrived'))
    kernels.spreadAppend(this.#header.at)
    for (const { pointer, length } of arrived) {
      kernels.spreadPut(this.#header.at, pointer, length / PAIR_BYTES)
    }
    this.#arrived = []
  }

  #take(others: 0 | 1, visit: (rows: Bytes) => void): void {
    const all = this.#get(others === 1 ? 'reached' : 'changed')
    if (all === 0) return
    const { kernels, region } = this.#options
    const bytes = Math.min(all * PAIR_BYTES, VISIT_BYTES_MAX)
    const pointer = region.allocate(bytes)
    try {
      for (let from = 0; from < all; ) {
        const count = kernels.spreadTake(this.#header.at, others, from, pointer, VISIT_PAIRS)
        from += count
        visit({ pointer, length: count * PAIR_BYTES })
      }
    } finally {
      region.free(pointer, bytes)
    }
  }

  #putRow(number: number, words: WordWriter): void {
    const { u8 } = this.#options.region.memory
    const flags = u8[this.#get('flagsAt') + number]!
    if ((flags & SPREAD_FLAGS.hasRow) === 0) return
    words.put(this.#keyOf(number))
    words.put((this.#word('rowsAt', number) ^ this.#get('flip')) >>> 0)
  }

  #putEvents(number: number, words: WordWriter): void {
    const { u32 } = this.#options.region.memory
    const heap = this.#heap.at >>> 2
    for (let chunk = this.#word('headsAt', number); chunk !== 0; chunk = u32[heap + chunk]!) {
      const end = heap + chunk + 2 + u32[heap + chunk + 1]!
      for (let at = heap + chunk + 2; at < end; at++) {
        words.put(this.#keyOf(number))
        words.put(this.#keyOf(u32[at]!))
      }
    }
  }

  /** Whether keys are the numbers of their entries. */
  get #isDense(): boolean {
    return this.#get('slots') === 0
  }

  #keyOf(number: number): number {
    return this.#isDense ? number : this.#word('keysAt', number)
  }

  /** Room for a key, or for more keys. */
  #makeRoom(key: number): void {
    const capacity = this.#get('capacity')
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

  /** Keys below it may be the numbers of their entries. */
  get #numbersMax(): number {
    const pairs = Math.max(this.#pairs, this.#expected)
    const numbers = (this.#options.region.size * REGION_SHARE) / ENTRY_BYTES
    return Math.max(pairs * NUMBERS_A_PAIR, Math.floor(numbers))
  }

  /** Entries for all keys below a capacity. */
  #widen(capacity: number): void {
    for (const list of this.#lists.keys()) if (list !== 'keysAt') this.#enlarge(list, capacity)
    this.#set('capacity', capacity)
    this.#options.kernels.spreadBegin(this.#header.at)
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
    kernels.spreadIndex(this.#header.at)
  }

  #enlarge(list: List, capacity: number): void {
    const block = this.#lists.get(list)!
    block.enlarge(capacity * LISTS[list], this.#options.kernels.copyBytes)
    this.#set(list, block.at)
  }

  /** Room for so many words more. */
  #reserve(words: number): void {
    this.#heap.reserve(this.#get('heapUsed'), words, this.#options.kernels.copyBytes)
    this.#set('heapAt', this.#heap.at)
  }

  #get(field: Field): number {
    return this.#options.region.memory.u32[(this.#header.at >>> 2) + SPREAD[field]]!
  }

  #set(field: Field, value: number): void {
    this.#options.region.memory.u32[(this.#header.at >>> 2) + SPREAD[field]] = value
  }

  /** A word of an entry. */
  #word(list: List, number: number): number {
    return this.#options.region.memory.u32[(this.#get(list) >>> 2) + number]!
  }
}

/** The least power of two that is not below. */
function powerFrom(wanted: number): number {
  return 2 ** Math.ceil(Math.log2(wanted))
}
