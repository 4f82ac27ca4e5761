/**
 * Plain tables: any canonical keys and values, any reduce. The definition that column tables are held to.
 *
 * Values live on the heap as they are, keys as their canonical bytes (`plain-keys.ts`); only rows travel through the run's
 * memory. A clone copies values that are objects, so that a reduce that changes its argument spoils no older table.
 */
import { assert } from '../assert.ts'
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import { decodeCanonical } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import type { DigestSum } from '../output/digest.ts'
import type { PlanFunction } from '../plan/plan.ts'
import { ChangeList } from './change-list.ts'
import { firstSlots } from './first-slots.ts'
import { KeyIndex } from './key-index.ts'
import { PlainCombiner } from './plain-combiner.ts'
import { PlainKeys, type WordBytes } from './plain-keys.ts'
import { decodeRows, RowCursor, RowWriter } from './plain-rows.ts'
import { compareEncoded, compareValues, copyOf, identityOf, nameOf } from './plain-values.ts'
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
}

const MARK = 0x33_54_4c_50 // 'PLT3'

/** Tables of any keys and values. */
export function plainTables(options: PlainTableOptions): TableFactory {
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

/** What was last emitted of a key that was not there. */
const ABSENT = Symbol('absent')

/** Bytes that a row holds beside its key, roughly: its place in the index and in five arrays, and its value. */
const ROW_BYTES = 96

/**
 * Rows lie in slots, in order of insertion. A removed row leaves its slot empty, and `#left` remembers the slot while the
 * removal is still to be reported: a key that comes back takes a new slot, and inherits from the old one what was last
 * emitted and its place among the touched.
 */
export class PlainTable implements KeyedTable {
  readonly #options: PlainTableOptions
  #index = new KeyIndex()
  /** Slots of removed rows, while the removal is still to be reported. */
  #left = new KeyIndex()
  #keys = new PlainKeys()
  #values: unknown[] = []
  /** Zero where a slot is empty. */
  #contributions: number[] = []
  /** Identity of the value at the last `takeChanges`. */
  #emitted: unknown[] = []
  /** Place in `#touched`, or -1. */
  #touchedAt: number[] = []
  #touched: number[] = []
  #bytes = 0

  constructor(options: PlainTableOptions) {
    this.#options = options
  }

  /** A table of rows, without marks. */
  static of(options: PlainTableOptions, from: WordBytes, rows: Bytes): PlainTable {
    const table = new PlainTable(options)
    const cursor = new RowCursor(from, rows)
    while (cursor.next()) table.#merge(cursor)
    for (const slot of table.#touched) {
      table.#touchedAt[slot] = -1
      table.#emitted[slot] = identityOf(table.#values[slot])
    }
    table.#touched = []
    return table
  }

  get size(): number {
    return this.#index.size
  }

  get bytes(): number {
    return this.#bytes
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
    const slot = this.#index.find(cursor.words, cursor.keyAt, this.#keys)
    if (slot < 0) {
      this.#insert(cursor, contributions)
      return
    }
    this.#apply(this.#options.reduce, slot, cursor)
    this.#contributions[slot] = this.#contributions[slot]! + contributions
    this.#touch(slot)
  }

  #insert(cursor: RowCursor, contributions: number): void {
    const { words, keyAt } = cursor
    const old = this.#left.size === 0 ? -1 : this.#left.find(words, keyAt, this.#keys)
    const slot = this.#keys.pushFrom(words, keyAt)
    this.#index.add(slot, this.#keys)
    this.#values.push(cursor.value())
    this.#contributions.push(contributions)
    this.#bytes += this.#keys.bytes(slot) + ROW_BYTES
    if (old < 0) {
      this.#emitted.push(ABSENT)
      this.#touchedAt.push(-1)
      this.#touch(slot)
    } else {
      this.#left.delete(old, this.#keys)
      this.#emitted.push(this.#emitted[old])
      const place = this.#touchedAt[old]!
      this.#touchedAt.push(place)
      this.#touched[place] = slot
      this.#touchedAt[old] = -1
    }
  }

  unfold(rows: Bytes): void {
    const { inverse, memory } = this.#options
    assert(inverse !== undefined, 'rows cannot be taken out of a table whose reduce has no inverse')
    const cursor = new RowCursor(memory, rows)
    while (cursor.next()) {
      const slot = this.#index.find(cursor.words, cursor.keyAt, this.#keys)
      const before = slot < 0 ? 0 : this.#contributions[slot]!
      const left = before - cursor.contributions
      assert(
        slot >= 0 && left >= 0,
        () =>
          `${cursor.contributions} contributions of '${nameOf(cursor.key())}' taken out of ${before}`,
      )
      this.#contributions[slot] = left
      this.#touch(slot)
      if (left > 0) this.#apply(inverse, slot, cursor)
      else this.#remove(slot)
    }
  }

  #apply(f: PlanFunction, slot: number, cursor: RowCursor): void {
    const values = this.#values
    const value = cursor.value()
    try {
      values[slot] = f(values[slot], value)
    } catch (cause) {
      const key = decodeCanonical(cursor.key())
      throw this.#options.errors.reduceThrew(cause, key, [values[slot], value])
    }
  }

  #remove(slot: number): void {
    this.#index.delete(slot, this.#keys)
    this.#left.add(slot, this.#keys)
    this.#values[slot] = undefined
    this.#bytes -= this.#keys.bytes(slot) + ROW_BYTES
  }

  #touch(slot: number): void {
    if (this.#touchedAt[slot]! >= 0) return
    this.#touchedAt[slot] = this.#touched.length
    this.#touched.push(slot)
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const touched = this.#touched
    const changes = new ChangeList(this.#options.region, digest, visit)
    try {
      for (const slot of touched) {
        const contributions = this.#contributions[slot]!
        const now = contributions === 0 ? ABSENT : identityOf(this.#values[slot])
        this.#touchedAt[slot] = -1
        if (Object.is(now, this.#emitted[slot])) continue
        this.#emitted[slot] = now
        changes.add(this.#keys, slot, this.#values[slot], contributions)
      }
      changes.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      changes.end()
    }
    this.#touched = []
    if (this.#left.size > 0) this.#left = new KeyIndex()
    if (this.#keys.size > 2 * this.#index.size + 64) this.#compact()
    return changes.rows
  }

  /** Closes up the empty slots, once nothing is touched. */
  #compact(): void {
    let to = 0
    const keys = new PlainKeys()
    for (let from = 0; from < this.#keys.size; from++) {
      if (this.#contributions[from] === 0) continue
      const { words, at } = this.#keys.place(from)
      keys.pushFrom(words, at)
      this.#values[to] = this.#values[from]
      this.#contributions[to] = this.#contributions[from]!
      this.#emitted[to] = this.#emitted[from]
      to++
    }
    this.#keys = keys
    const slots = [this.#values, this.#contributions, this.#emitted, this.#touchedAt]
    for (const each of slots) each.length = to
    this.#index = new KeyIndex()
    for (let slot = 0; slot < to; slot++) this.#index.add(slot, this.#keys)
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
    const changes = new ChangeList(this.#options.region, digest, visit)
    try {
      this.#eachRow((slot, value, contributions) => {
        const other = previous === undefined ? -1 : previous.#slotOf(this, slot)
        const same =
          other >= 0 && Object.is(identityOf(value), identityOf(previous!.#values[other]))
        if (!same) changes.add(this.#keys, slot, value, contributions)
      })
      if (previous !== undefined) {
        previous.#eachRow((slot) => {
          if (this.#slotOf(previous, slot) < 0) changes.add(previous.#keys, slot, undefined, 0)
        })
      }
      changes.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      changes.end()
    }
    return changes.rows
  }

  /** Where this table has the key of another's slot, or -1. */
  #slotOf(other: PlainTable, slot: number): number {
    const { words, at } = other.#keys.place(slot)
    return this.#index.find(words, at, this.#keys)
  }

  visitRows(visit: (rows: Bytes) => void): void {
    const writer = new RowWriter(this.#options.region, visit)
    try {
      this.#eachRow((slot, value, contributions) =>
        writer.put(this.#keys, slot, value, contributions),
      )
      writer.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      writer.end()
    }
  }

  #eachRow(visit: (slot: number, value: unknown, contributions: number) => void): void {
    for (let slot = 0; slot < this.#keys.size; slot++) {
      const contributions = this.#contributions[slot]!
      if (contributions > 0) visit(slot, this.#values[slot], contributions)
    }
  }

  clone(): KeyedTable {
    const copy = new PlainTable(this.#options)
    copy.#index = this.#index.copy()
    copy.#left = this.#left.copy()
    copy.#keys = this.#keys.copy()
    copy.#values = this.#copyOfValues()
    copy.#contributions = this.#contributions.slice()
    copy.#emitted = this.#emitted.slice()
    copy.#touchedAt = this.#touchedAt.slice()
    copy.#touched = this.#touched.slice()
    copy.#bytes = this.#bytes
    return copy
  }

  #copyOfValues(): unknown[] {
    try {
      return this.#values.map(copyOf)
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    }
  }

  save(): Uint8Array {
    return saveRows(MARK, this.#options.memory, (visit) => this.visitRows(visit))
  }

  top(k: number, visit: (rows: Bytes) => void): void {
    const taken = (slot: number) => this.#contributions[slot]! > 0
    const writer = new RowWriter(this.#options.region, visit)
    try {
      const best = firstSlots(this.#keys.size, k, taken, (a, b) => this.#order(a, b))
      for (const slot of best) {
        writer.put(this.#keys, slot, this.#values[slot], this.#contributions[slot]!)
      }
      writer.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      writer.end()
    }
  }

  /** Negative if the first comes before the second among the top rows. */
  #order(a: number, b: number): number {
    const byValue = compareValues(this.#values[b], this.#values[a])
    return byValue !== 0 ? byValue : compareEncoded(this.#keys.key(a), this.#keys.key(b))
  }

  release(): void {
    this.#index = new KeyIndex()
    this.#left = new KeyIndex()
    this.#keys = new PlainKeys()
    this.#values = []
    this.#contributions = []
    this.#emitted = []
    this.#touchedAt = []
    this.#touched = []
    this.#bytes = 0
  }
}
