/**
 * The join of a table of integers with all events of integers, as columns: what `joinStep` (`plan/joins.ts`) does with states.
 *
 * Of each key it keeps the row and all events. At the end of a period it puts out pairs (event, row), 8 bytes each as in
 * `number-table.ts`: if the row of a key changed, with all of its events, else with those that came. So it is what a join
 * gives behind the map `eventAndRow`, and lowered to only there (`operators/number-form.ts`).
 *
 * Rows and events come as pairs (key, row) and (key, event) (`join-arrivals.ts`).
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import {
  HAS_ROW,
  JOIN,
  JOIN_ENTRY,
  JOIN_ENTRY_WORDS,
  JOIN_HEADER_BYTES,
  shiftOf,
} from '../kernels/integer-layout.ts'
import type { TickEnd } from '../units.ts'
import { Arrived, refuse } from './join-arrivals.ts'
import { KeylessTable } from './keyless-table.ts'
import { decodePairs, type NumberOptions, NumberTable } from './number-table.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import { RegionBlock } from './region-block.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { StateTable, StateTables } from './state-table.ts'
import type { KeyedTable } from './table.ts'
import { WordWriter } from './word-writer.ts'

const STATE_MARK = 0x31_53_4a_4e // 'NJS1'
const SLOTS_MIN = 16
/** Of a saved entry, before its events. */
const SAVED_WORDS = 4
const VISIT_PAIRS = VISIT_BYTES_MAX / PAIR_BYTES

/** What is kept from period to period. */
export function joinTables(options: NumberOptions): StateTables {
  const { memory } = options.region
  return {
    kind: 'numbers',
    combiner: () => refuse('a combiner'),
    table: () => new JoinTable(options),
    load(saved) {
      const { from, rows } = savedRows(STATE_MARK, saved)
      return JoinTable.of(options, from.i32, rows)
    },
    decode: ({ pointer, length }) => decodePairs(memory, pointer, length / PAIR_BYTES),
  }
}

class JoinTable extends KeylessTable implements StateTable {
  readonly #options: NumberOptions
  readonly #header: RegionBlock
  readonly #index: RegionBlock
  readonly #entries: RegionBlock
  readonly #touched: RegionBlock
  readonly #heap: RegionBlock

  constructor(options: NumberOptions) {
    super()
    const { region } = options
    this.#options = options
    this.#header = new RegionBlock(region, JOIN_HEADER_BYTES)
    this.#index = new RegionBlock(region)
    this.#entries = new RegionBlock(region)
    this.#touched = new RegionBlock(region)
    this.#heap = new RegionBlock(region)
    const word = this.#header.at >>> 2
    region.memory.u32.fill(0, word, word + JOIN_HEADER_BYTES / 4)
    // Word 0 is no chunk's.
    this.#set('heapUsed', 1)
    this.#grow()
  }

  /** A table of saved entries: key, flags, row, number of events, events. */
  static of(options: NumberOptions, words: Int32Array, { pointer, length }: Bytes): JoinTable {
    const table = new JoinTable(options)
    const [from, to] = [pointer >>> 2, (pointer + length) >>> 2]
    const keys: number[] = []
    const flags: number[] = []
    const events = new Int32Array(2 * (to - from))
    let used = 0
    for (let at = from; at < to; ) {
      const key = words[at]!
      keys.push(key, words[at + 2]!)
      flags.push(words[at + 1]!)
      const end = at + SAVED_WORDS + words[at + 3]!
      for (at += SAVED_WORDS; at < end; at++) {
        events[used] = key
        events[used + 1] = words[at]!
        used += 2
      }
    }
    // All keys first, so that entries are in order.
    withPairs(options, Int32Array.from(keys), (rows) => {
      rows.visitRows((pairs) => table.#takeRows(pairs))
    })
    flags.forEach((flag, number) => {
      table.#setEntry(number, 'flags', flag)
    })
    table.#set('touched', 0)
    withPairs(options, events.subarray(0, used), (pairs) => table.#takeEvents(pairs))
    flags.forEach((flag, number) => {
      table.#setEntry(number, 'flags', flag)
      table.#setEntry(number, 'come', 0)
    })
    table.#set('touched', 0)
    return table
  }

  get size(): number {
    return this.#get('size')
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  advance(
    arrived: KeyedTable | undefined,
    _end: TickEnd,
    visit: ((rows: Bytes) => void) | undefined,
  ): number {
    if (arrived === undefined) return 0
    assert(
      arrived instanceof Arrived,
      'what arrives for a join of integers is in tables of its own',
    )
    arrived.rows.visitRows((rows) => this.#takeRows(rows))
    this.#takeEvents(arrived.events)
    const touched = this.#get('touched')
    this.#putOut(visit)
    return touched
  }

  fold(): never {
    refuse('fold')
  }

  /** Pairs (key, row), and (key, event) of each event. */
  visitRows(visit: (rows: Bytes) => void): void {
    const words = new WordWriter(this.#options.region, visit)
    for (let number = 0; number < this.size; number++) {
      const put = (word: number): void => {
        words.put(this.#entry(number, 'key'))
        words.put(word)
      }
      if (this.#entry(number, 'flags') & HAS_ROW) put(this.#entry(number, 'row'))
      this.#visitEvents(number, put)
    }
    words.end()
  }

  clone(): StateTable {
    const copy = new JoinTable(this.#options)
    const { copyBytes } = this.#options.kernels
    this.#blocks.forEach((block, at) => {
      const target = copy.#blocks[at]!
      target.replace(block.bytes)
      copyBytes(target.at, block.at, block.bytes)
    })
    copy.#setPointers()
    return copy
  }

  save(): Uint8Array {
    const { region } = this.#options
    return saveRows(STATE_MARK, region.memory, (visit) => {
      const words = new WordWriter(region, visit)
      for (let number = 0; number < this.size; number++) this.#putEntry(number, words)
      words.end()
    })
  }

  release(): void {
    for (const block of this.#blocks) block.release()
  }

  get #blocks(): readonly RegionBlock[] {
    return [this.#header, this.#index, this.#entries, this.#touched, this.#heap]
  }

  #takeRows({ pointer, length }: Bytes): void {
    const { kernels } = this.#options
    const count = length / PAIR_BYTES
    for (let done = 0; ; this.#grow()) {
      done += kernels.joinRows(this.#header.at, pointer + done * PAIR_BYTES, count - done)
      if (done === count) return
    }
  }

  #takeEvents(events: NumberTable): void {
    if (events.size === 0) return
    const { kernels, region } = this.#options
    const found = region.allocate(events.size * 4)
    let at = found
    events.visitRows(({ pointer, length }) => {
      const count = length / PAIR_BYTES
      for (let done = 0; ; this.#grow()) {
        const from = pointer + done * PAIR_BYTES
        done += kernels.joinEvents(this.#header.at, from, count - done, at + done * 4)
        if (done === count) break
      }
      at += count * 4
    })
    this.#reserve(events.size + 2 * Math.min(this.#get('touched'), events.size))
    kernels.joinAppend(this.#header.at)
    at = found
    events.visitRows(({ pointer, length }) => {
      const count = length / PAIR_BYTES
      kernels.joinPut(this.#header.at, pointer, count, at)
      at += count * 4
    })
    region.free(found, events.size * 4)
  }

  #putOut(visit: ((rows: Bytes) => void) | undefined): void {
    const { kernels, region } = this.#options
    const pointer = region.allocate(VISIT_BYTES_MAX)
    try {
      for (let count = VISIT_PAIRS; count === VISIT_PAIRS; ) {
        count = kernels.joinOut(this.#header.at, pointer, VISIT_PAIRS)
        if (count > 0) visit?.({ pointer, length: count * PAIR_BYTES })
      }
    } finally {
      region.free(pointer, VISIT_BYTES_MAX)
    }
  }

  /** Room for more keys. */
  #grow(): void {
    const { kernels, region } = this.#options
    const slots = Math.max(SLOTS_MIN, 2 * this.#get('slots'))
    this.#index.replace(slots * PAIR_BYTES)
    region.memory.u32.fill(0, this.#index.at >>> 2, (this.#index.at >>> 2) + 2 * slots)
    this.#entries.enlarge((slots / 2) * JOIN_ENTRY_WORDS * 4, kernels.copyBytes)
    this.#touched.enlarge((slots / 2) * 4, kernels.copyBytes)
    this.#set('slots', slots)
    this.#set('shift', shiftOf(slots))
    this.#set('capacity', slots / 2)
    this.#setPointers()
    kernels.joinIndex(this.#header.at)
  }

  /** Room for so many words more. */
  #reserve(words: number): void {
    this.#heap.reserve(this.#get('heapUsed'), words, this.#options.kernels.copyBytes)
    this.#setPointers()
  }

  #setPointers(): void {
    this.#set('index', this.#index.at)
    this.#set('entries', this.#entries.at)
    this.#set('touchedAt', this.#touched.at)
    this.#set('heap', this.#heap.at)
  }

  #putEntry(number: number, words: WordWriter): void {
    let events = 0
    this.#visitEvents(number, () => {
      events += 1
    })
    words.put(this.#entry(number, 'key'))
    words.put(this.#entry(number, 'flags') & HAS_ROW)
    words.put(this.#entry(number, 'row'))
    words.put(events)
    this.#visitEvents(number, (event) => words.put(event))
  }

  #visitEvents(number: number, visit: (event: number) => void): void {
    const { u32 } = this.#options.region.memory
    const heap = this.#heap.at >>> 2
    for (let chunk = this.#entry(number, 'first'); chunk !== 0; chunk = u32[heap + chunk]!) {
      const end = heap + chunk + 2 + u32[heap + chunk + 1]!
      for (let at = heap + chunk + 2; at < end; at++) visit(u32[at]!)
    }
  }

  #get(field: keyof typeof JOIN): number {
    return this.#options.region.memory.u32[(this.#header.at >>> 2) + JOIN[field]]!
  }

  #set(field: keyof typeof JOIN, value: number): void {
    this.#options.region.memory.u32[(this.#header.at >>> 2) + JOIN[field]] = value
  }

  #entryWord(number: number, field: keyof typeof JOIN_ENTRY): number {
    return (this.#entries.at >>> 2) + number * JOIN_ENTRY_WORDS + JOIN_ENTRY[field]
  }

  #entry(number: number, field: keyof typeof JOIN_ENTRY): number {
    return this.#options.region.memory.u32[this.#entryWord(number, field)]!
  }

  #setEntry(number: number, field: keyof typeof JOIN_ENTRY, value: number): void {
    this.#options.region.memory.u32[this.#entryWord(number, field)] = value
  }
}

/** Lends a table of pairs, which lie one after the other. */
function withPairs(
  options: NumberOptions,
  pairs: Int32Array,
  use: (table: NumberTable) => void,
): void {
  const table = new NumberTable(options)
  try {
    table.append(new Uint8Array(pairs.buffer, pairs.byteOffset, pairs.byteLength))
    use(table)
  } finally {
    table.release()
  }
}
