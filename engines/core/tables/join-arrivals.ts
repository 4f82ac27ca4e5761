/**
 * What came in within a period for a join of integers (`integer-join.ts`): rows of the table as pairs (key, row), and events as
 * pairs (key, event). Each message begins with a mark that says which of them it has (`number-combiner.ts`).
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import { KeylessTable } from './keyless-table.ts'
import { decodePairs, type NumberOptions, NumberTable } from './number-table.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { KeyedTable, TableFactory } from './table.ts'

/** What a message holds, as its mark. */
export const JOIN_SIDES = { rows: 1, events: 2 } as const
export type JoinSide = keyof typeof JOIN_SIDES

export const MARK_BYTES = 4
const ARRIVED_MARK = 0x31_41_4a_4e // 'NJA1'

export function arrivedTables(options: NumberOptions): TableFactory {
  const { memory } = options.region
  return {
    kind: 'numbers',
    combiner: () => refuse('a combiner of both sides'),
    table: () => new Arrived(options),
    load: (saved) => Arrived.of(options, saved),
    // Of a message, or of a table: that has no mark.
    decode({ pointer, length }) {
      const count = Math.floor(length / PAIR_BYTES)
      return decodePairs(memory, pointer + (length % PAIR_BYTES), count)
    },
  }
}

export class Arrived extends KeylessTable {
  readonly #options: NumberOptions
  readonly rows: NumberTable
  readonly events: NumberTable

  constructor(options: NumberOptions) {
    super()
    this.#options = options
    this.rows = new NumberTable(options)
    this.events = new NumberTable(options)
  }

  static of(options: NumberOptions, saved: Uint8Array): Arrived {
    const { from, rows } = savedRows(ARRIVED_MARK, saved)
    const table = new Arrived(options)
    const all = from.u8.subarray(rows.pointer, rows.pointer + rows.length)
    const split = from.i32[rows.pointer >>> 2]! * PAIR_BYTES
    table.rows.append(all.subarray(MARK_BYTES, MARK_BYTES + split))
    table.events.append(all.subarray(MARK_BYTES + split))
    return table
  }

  get size(): number {
    return this.rows.size + this.events.size
  }

  get bytes(): number {
    return this.rows.bytes + this.events.bytes
  }

  fold({ pointer, length }: Bytes): void {
    const side = this.#options.region.memory.u32[pointer >>> 2]
    assert(side === JOIN_SIDES.rows || side === JOIN_SIDES.events, `side ${side} of a join`)
    const pairs = { pointer: pointer + MARK_BYTES, length: length - MARK_BYTES }
    if (side === JOIN_SIDES.rows) this.rows.fold(pairs)
    else this.events.fold(pairs)
  }

  visitRows(visit: (rows: Bytes) => void): void {
    this.rows.visitRows(visit)
    this.events.visitRows(visit)
  }

  clone(): KeyedTable {
    const copy = new Arrived(this.#options)
    this.rows.visitRows((rows) => copy.rows.fold(rows))
    this.events.visitRows((rows) => copy.events.fold(rows))
    return copy
  }

  /** How many rows there are, then the pairs of rows, then of events. */
  save(): Uint8Array {
    const { region } = this.#options
    return saveRows(ARRIVED_MARK, region.memory, (visit) => {
      const count = region.allocate(MARK_BYTES)
      region.memory.u32[count >>> 2] = this.rows.size
      visit({ pointer: count, length: MARK_BYTES })
      region.free(count, MARK_BYTES)
      this.visitRows(visit)
    })
  }

  release(): void {
    this.rows.release()
    this.events.release()
  }
}

export function refuse(what: string): never {
  assert(false, `${what} of a join of integers`)
}
