/**
 * Rows by key, in slots in order of insertion, with what each was when it was last reported: what plain tables and tables of
 * states are made of (`plain-table.ts`, `state-table.ts`).
 *
 * A removed row leaves its slot empty, and `#left` remembers the slot while the removal is still to be reported: a key that
 * comes back takes a new slot, and inherits from the old one what was last reported and its place among the touched.
 */
import type { Bytes, Region } from '../columns/memory.ts'
import { decodeCanonical, type Encoded } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import type { DigestSum } from '../output/digest.ts'
import { ChangeList } from './change-list.ts'
import { firstSlots } from './first-slots.ts'
import { KeyIndex } from './key-index.ts'
import { PlainKeys } from './plain-keys.ts'
import { RowWriter } from './plain-rows.ts'
import { compareEncoded, compareValues, identityOf } from './plain-values.ts'

export interface SlotsOptions {
  /** Where rows are written for a visit; nothing stays in it. */
  readonly region: Region
  readonly errors: OperatorErrors
  /** Its rows are those of a table, in which `undefined` says that a key has left: no row may have it as a value. */
  readonly ofTable?: boolean
}

/** What was last reported of a key that was not there. */
const ABSENT = Symbol('absent')

/** Bytes that a row holds beside its key, roughly: its place in the index and in five arrays, and its value. */
const ROW_BYTES = 96

const NO_COLUMNS: readonly number[][] = []

/** Slots, and bytes of keys, up to which it is used again. */
const SMALL = { slots: 64, keyBytes: 4_096 } as const

export class KeyedSlots {
  readonly #options: SlotsOptions
  #index = new KeyIndex()
  /** Slots of removed rows, while the removal is still to be reported. */
  #left = new KeyIndex()
  #keys = new PlainKeys()
  /** By slot, as all columns; the owner changes them in place, and touches the slot. What was cleared left columns longer than slots. */
  values: unknown[] = []
  /** By slot: zero where it is empty. */
  contributions: number[] = []
  /** Identity of the value at the last `takeChanges`. */
  #reported: unknown[] = []
  /** Place in `#touched`, or -1. */
  #touchedAt: number[] = []
  #touched: number[] = []
  #bytes = 0

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  /** Rows that are here. */
  get size(): number {
    return this.#index.size
  }

  /** Slots, empty ones too: their numbers are below it. */
  get length(): number {
    return this.#keys.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether what it takes when it is empty is little. */
  get isSmall(): boolean {
    return this.#keys.size <= SMALL.slots && this.#keys.room <= SMALL.keyBytes
  }

  /** Forgets all, and keeps the memory. */
  clear(): void {
    this.#index.clear()
    if (this.#left.size > 0) this.#left = new KeyIndex()
    // Numbers stay behind the last slot, where nobody looks; values would stay alive.
    for (let slot = 0; slot < this.#keys.size; slot++) {
      this.values[slot] = undefined
      this.#reported[slot] = undefined
    }
    this.#keys.clear()
    this.#touched.length = 0
    this.#bytes = 0
  }

  /** Slot of the key that lies at `at` in `words` (`plain-keys.ts`), or -1. */
  find(words: Int32Array, at: number): number {
    return this.#index.find(words, at, this.#keys)
  }

  /** Where the key of a slot lies, for `find` of others; valid until the next key is added. */
  place(slot: number): { readonly words: Int32Array; readonly at: number } {
    return this.#keys.place(slot)
  }

  /** The canonical form of a slot's key; valid until the next key is added. */
  key(slot: number): Encoded {
    return this.#keys.key(slot)
  }

  /** Adds a row whose key is not here, without touching it. */
  insert(words: Int32Array, at: number, value: unknown, contributions: number): number {
    const old = this.#left.size === 0 ? -1 : this.#left.find(words, at, this.#keys)
    const slot = this.#keys.pushFrom(words, at)
    this.#index.add(slot, this.#keys)
    this.values[slot] = value
    this.contributions[slot] = contributions
    this.#bytes += this.#keys.bytes(slot) + ROW_BYTES
    if (old < 0) {
      this.#reported[slot] = ABSENT
      this.#touchedAt[slot] = -1
    } else {
      this.#left.delete(old, this.#keys)
      this.#reported[slot] = this.#reported[old]
      const place = this.#touchedAt[old]!
      this.#touchedAt[slot] = place
      this.#touched[place] = slot
      this.#touchedAt[old] = -1
    }
    return slot
  }

  /** The row may differ from what was reported. */
  touch(slot: number): void {
    if (this.#touchedAt[slot]! >= 0) return
    this.#touchedAt[slot] = this.#touched.length
    this.#touched.push(slot)
  }

  /** Empties a slot. Where removals are reported, touch it, and say so: the key may come back before they are. */
  remove(slot: number, isReported: boolean): void {
    this.#index.delete(slot, this.#keys)
    if (isReported) this.#left.add(slot, this.#keys)
    this.values[slot] = undefined
    this.contributions[slot] = 0
    this.#bytes -= this.#keys.bytes(slot) + ROW_BYTES
  }

  /** `KeyedTable.takeChanges`. */
  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const touched = this.#touched
    const changes = new ChangeList(this.#options.region, digest, visit)
    try {
      for (const slot of touched) {
        const contributions = this.contributions[slot]!
        const now = contributions === 0 ? ABSENT : identityOf(this.values[slot])
        this.#touchedAt[slot] = -1
        if (now === undefined) this.#refuseNothing(slot)
        if (Object.is(now, this.#reported[slot])) continue
        this.#reported[slot] = now
        changes.add(this.#keys, slot, this.values[slot], contributions)
      }
      changes.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      changes.end()
    }
    this.#touched = []
    if (this.#left.size > 0) this.#left = new KeyIndex()
    return changes.rows
  }

  /** Takes what was touched as reported: of a table that was loaded. */
  settle(): void {
    for (const slot of this.#touched) {
      this.#touchedAt[slot] = -1
      this.#reported[slot] = identityOf(this.values[slot])
    }
    this.#touched = []
  }

  /**
   * Closes up the empty slots where they are many; nothing may be touched. Columns of the owner, by slot, move along. Returns
   * whether slots have other numbers now.
   */
  closeUp(columns = NO_COLUMNS): boolean {
    if (this.#keys.size <= 2 * this.#index.size + 64) return false
    let to = 0
    const keys = new PlainKeys()
    for (let from = 0; from < this.#keys.size; from++) {
      if (this.contributions[from] === 0) continue
      const { words, at } = this.#keys.place(from)
      keys.pushFrom(words, at)
      this.values[to] = this.values[from]
      this.contributions[to] = this.contributions[from]!
      this.#reported[to] = this.#reported[from]
      for (const column of columns) column[to] = column[from]!
      to++
    }
    this.#keys = keys
    const own = [this.values, this.contributions, this.#reported, this.#touchedAt]
    for (const each of own) each.length = to
    for (const column of columns) column.length = to
    this.#index = new KeyIndex()
    for (let slot = 0; slot < to; slot++) this.#index.add(slot, this.#keys)
    return true
  }

  /** `KeyedTable.changesFrom`. */
  changesFrom(
    previous: KeyedSlots | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number {
    const changes = new ChangeList(this.#options.region, digest, visit)
    try {
      this.#eachRow((slot, value, contributions) => {
        if (value === undefined) this.#refuseNothing(slot)
        const other = previous === undefined ? -1 : previous.#slotOf(this, slot)
        const same = other >= 0 && Object.is(identityOf(value), identityOf(previous!.values[other]))
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

  /** Of a row without a value. Errors: `UserFunctionError`. */
  #refuseNothing(slot: number): void {
    const { ofTable, errors } = this.#options
    if (ofTable) throw errors.nothing(decodeCanonical(this.#keys.key(slot)))
  }

  /** Where the key of another's slot is here, or -1. */
  #slotOf(other: KeyedSlots, slot: number): number {
    const { words, at } = other.#keys.place(slot)
    return this.#index.find(words, at, this.#keys)
  }

  /** `KeyedTable.visitRows`; `numbers`, by slot, stand where a row has its contributions. */
  visitRows(visit: (rows: Bytes) => void, numbers: readonly number[] = this.contributions): void {
    this.#write(visit, (writer) =>
      this.#eachRow((slot, value) => writer.put(this.#keys, slot, value, numbers[slot]!)),
    )
  }

  #eachRow(visit: (slot: number, value: unknown, contributions: number) => void): void {
    for (let slot = 0; slot < this.#keys.size; slot++) {
      const contributions = this.contributions[slot]!
      if (contributions > 0) visit(slot, this.values[slot], contributions)
    }
  }

  /** `KeyedTable.top`. */
  top(k: number, visit: (rows: Bytes) => void): void {
    const taken = (slot: number) => this.contributions[slot]! > 0
    this.#write(visit, (writer) => {
      const best = firstSlots(this.#keys.size, k, taken, (a, b) => this.#order(a, b))
      for (const slot of best) {
        writer.put(this.#keys, slot, this.values[slot], this.contributions[slot]!)
      }
    })
  }

  #write(visit: (rows: Bytes) => void, put: (writer: RowWriter) => void): void {
    const writer = new RowWriter(this.#options.region, visit)
    try {
      put(writer)
      writer.flush()
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      writer.end()
    }
  }

  /** Negative if the first comes before the second among the top rows. */
  #order(a: number, b: number): number {
    const byValue = compareValues(this.values[b], this.values[a])
    return byValue !== 0 ? byValue : compareEncoded(this.#keys.key(a), this.#keys.key(b))
  }

  /** Slots with the same rows and marks. Values are shared unless they are copied. */
  copy(copyOf?: (value: unknown) => unknown): KeyedSlots {
    const copy = new KeyedSlots(this.#options)
    copy.#index = this.#index.copy()
    copy.#left = this.#left.copy()
    copy.#keys = this.#keys.copy()
    copy.values = this.#copyOfValues(copyOf)
    copy.contributions = this.contributions.slice()
    copy.#reported = this.#reported.slice()
    copy.#touchedAt = this.#touchedAt.slice()
    copy.#touched = this.#touched.slice()
    copy.#bytes = this.#bytes
    return copy
  }

  #copyOfValues(copyOf: ((value: unknown) => unknown) | undefined): unknown[] {
    if (copyOf === undefined) return this.values.slice()
    try {
      return this.values.map(copyOf)
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    }
  }
}
