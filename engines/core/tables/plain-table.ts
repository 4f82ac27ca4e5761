/**
 * Plain tables: any canonical keys and values, any reduce. The definition that column tables are held to.
 *
 * Values live on the heap as they are, keys as their canonical bytes (`keyed-slots.ts`); only rows travel through the run's
 * memory. A clone copies values that are objects, so that a reduce that changes its argument spoils no older table.
 *
 * In a loop a table lives for a round, and has few rows: what small tables are made of is used again by the next ones.
 */
import { assert } from '../assert.ts'
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import { decodeCanonical } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import type { DigestSum } from '../output/digest.ts'
import type { PlanFunction } from '../plan/plan.ts'
import { KeyedSlots } from './keyed-slots.ts'
import { PlainCombiner } from './plain-combiner.ts'
import type { WordBytes } from './plain-keys.ts'
import { decodeRows, RowCursor } from './plain-rows.ts'
import { copyOf, nameOf } from './plain-values.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { KeyedTable, TableFactory } from './table.ts'

export interface PlainTableOptions {
  readonly memory: RunMemory
  /** Where rows are written for a visit; nothing stays in it. */
  readonly region: Region
  readonly reduce: PlanFunction
  /** Needed for `unfold`. */
  readonly inverse?: PlanFunction
  readonly errors: OperatorErrors
  /** Whether `undefined` says that a key has left (`KeyedSlots`): not where rows are records. */
  readonly ofTable?: boolean
}

interface PlainTableContext extends PlainTableOptions {
  /** Empty, of small tables that were released: at most `SPARE_MAX`. */
  readonly spare: KeyedSlots[]
}

const MARK = 0x33_54_4c_50 // 'PLT3'

/** More than the partitions that a worker has as a rule. */
const SPARE_MAX = 16

/** Tables of any keys and values. */
export function plainTables(given: PlainTableOptions): TableFactory {
  const options: PlainTableContext = { ...given, spare: [] }
  const decode: TableFactory['decode'] = (rows) => decodeRows(options.memory, rows)
  const { region, reduce, errors } = options
  return {
    kind: 'plain',
    combiner: (partitions) => new PlainCombiner({ region, reduce, errors, partitions, decode }),
    table: () => new PlainTable(options),
    load: (saved) => {
      const { from, rows } = savedRows(MARK, saved)
      return PlainTable.of(options, from, rows)
    },
    decode,
  }
}

export class PlainTable implements KeyedTable {
  readonly #options: PlainTableContext
  /** None once it is released. */
  #held: KeyedSlots | undefined

  constructor(
    options: PlainTableContext,
    held: KeyedSlots = options.spare.pop() ?? new KeyedSlots(options),
  ) {
    this.#options = options
    this.#held = held
  }

  /** A table of rows, without marks. */
  static of(options: PlainTableContext, from: WordBytes, rows: Bytes): PlainTable {
    const table = new PlainTable(options)
    const cursor = new RowCursor(from, rows)
    while (cursor.next()) table.#merge(cursor)
    table.slots.settle()
    return table
  }

  /** The rows themselves, for who reads them without a visit. */
  get slots(): KeyedSlots {
    assert(this.#held !== undefined, 'a released table is used')
    return this.#held
  }

  get size(): number {
    return this.slots.size
  }

  get bytes(): number {
    return this.slots.bytes
  }

  fold(rows: Bytes): void {
    const cursor = new RowCursor(this.#options.memory, rows)
    while (cursor.next()) this.#merge(cursor)
  }

  #merge(cursor: RowCursor): void {
    const { contributions } = cursor
    assert(
      contributions > 0,
      'a row without contributions cannot be folded: it says that a key left',
    )
    const slots = this.slots
    let slot = slots.find(cursor.words, cursor.keyAt)
    if (slot < 0) slot = slots.insert(cursor.words, cursor.keyAt, cursor.value(), contributions)
    else {
      this.#apply(this.#options.reduce, slot, cursor)
      slots.contributions[slot] = slots.contributions[slot]! + contributions
    }
    slots.touch(slot)
  }

  unfold(rows: Bytes): void {
    const { inverse, memory } = this.#options
    assert(inverse !== undefined, 'rows cannot be taken out of a table whose reduce has no inverse')
    const slots = this.slots
    const cursor = new RowCursor(memory, rows)
    while (cursor.next()) {
      const slot = slots.find(cursor.words, cursor.keyAt)
      const before = slot < 0 ? 0 : slots.contributions[slot]!
      const left = before - cursor.contributions
      assert(
        slot >= 0 && left >= 0,
        () =>
          `${cursor.contributions} contributions of '${nameOf(cursor.key())}' taken out of ${before}`,
      )
      slots.contributions[slot] = left
      slots.touch(slot)
      if (left > 0) this.#apply(inverse, slot, cursor)
      else slots.remove(slot, true)
    }
  }

  #apply(f: PlanFunction, slot: number, cursor: RowCursor): void {
    const { values } = this.slots
    const value = cursor.value()
    try {
      values[slot] = f(values[slot], value)
    } catch (cause) {
      const key = decodeCanonical(cursor.key())
      throw this.#options.errors.reduceThrew(cause, key, [values[slot], value])
    }
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const rows = this.slots.takeChanges(digest, visit)
    this.slots.closeUp()
    return rows
  }

  changesFrom(
    previous: KeyedTable | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number {
    assert(
      previous === undefined || previous instanceof PlainTable,
      'a plain table is compared with a plain table',
    )
    return this.slots.changesFrom(previous?.slots, digest, visit)
  }

  visitRows(visit: (rows: Bytes) => void): void {
    this.slots.visitRows(visit)
  }

  clone(): KeyedTable {
    return new PlainTable(this.#options, this.slots.copy(copyOf))
  }

  save(): Uint8Array {
    return saveRows(MARK, this.#options.memory, (visit) => this.visitRows(visit))
  }

  top(k: number, visit: (rows: Bytes) => void): void {
    this.slots.top(k, visit)
  }

  release(): void {
    const { spare } = this.#options
    const held = this.#held
    this.#held = undefined
    if (held?.isSmall && spare.length < SPARE_MAX) {
      held.clear()
      spare.push(held)
    }
  }
}
