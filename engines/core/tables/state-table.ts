/**
 * Tables of states: what an `evolve` keeps (`plan/dataflow.ts`), a row a key, and hidden beside it when the key is due.
 *
 * No row is folded into such a table. At the end of each period it is advanced: keys for which something came are stepped,
 * then those that are due and got nothing. Steps are pure, so clones share states: a clone costs a few numbers a row.
 */
import { assert } from '../assert.ts'
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import { decodeCanonical, type Encoded } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import type { DigestSum } from '../output/digest.ts'
import type { Step, Stepped } from '../plan/dataflow.ts'
import type { PlanFunction } from '../plan/plan.ts'
import type { TickEnd } from '../units.ts'
import { DueSlots } from './due-slots.ts'
import { KeyedSlots } from './keyed-slots.ts'
import type { WordBytes } from './plain-keys.ts'
import { decodeRows, RowCursor, RowWriter } from './plain-rows.ts'
import { PlainTable } from './plain-table.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import { sortedItems } from './sorted-items.ts'
import type { KeyedTable, TableFactory } from './table.ts'

export interface StateTable extends KeyedTable {
  /**
   * Ends a period: steps keys that `arrived` has, by first touch, then keys that are due at `end` and got nothing, by
   * insertion. Records go to `visit` as a bag's rows. `arrived` is a plain table whose values are arrays of items.
   * Returns how many keys were stepped. Errors: `UserFunctionError`.
   */
  advance(
    arrived: KeyedTable | undefined,
    end: TickEnd,
    visit: ((rows: Bytes) => void) | undefined,
  ): number
  /** How many records came too late in the period that was ended last, where its steps count such. */
  readonly late?: number | undefined
  clone(): StateTable
}

export interface StateTables extends TableFactory {
  table(): StateTable
  load(saved: Uint8Array): StateTable
}

export interface StateTableOptions {
  readonly memory: RunMemory
  /** Where rows are written for a visit; nothing stays in it. */
  readonly region: Region
  readonly errors: OperatorErrors
  readonly step: Step
  /** Only a table that is given reports what changed in it. */
  readonly gives: 'table' | 'records'
  readonly order?: PlanFunction | undefined
  /** The end of the input, and the step that is taken then: of what came, and of all keys that are due then or later. */
  readonly ending?: { readonly at: TickEnd; readonly step: Step } | undefined
}

const MARK = 0x31_41_54_53 // 'STA1'

const NOTHING: readonly unknown[] = []

export function stateTables(options: StateTableOptions): StateTables {
  return {
    kind: 'plain',
    combiner: () => refuse('a combiner'),
    table: () => new PlainStateTable(options),
    load: (saved) => {
      const { from, rows } = savedRows(MARK, saved)
      return PlainStateTable.of(options, from, rows)
    },
    decode: (rows) => decodeRows(options.memory, rows),
  }
}

export function isStateTable(table: KeyedTable): table is StateTable {
  return 'advance' in table
}

class PlainStateTable implements StateTable {
  readonly #options: StateTableOptions
  #slots: KeyedSlots
  #due = new DueSlots()
  #late = 0

  constructor(options: StateTableOptions) {
    this.#options = options
    this.#slots = new KeyedSlots(options)
  }

  /** A table of saved rows, without marks. */
  static of(options: StateTableOptions, from: WordBytes, rows: Bytes): PlainStateTable {
    const table = new PlainStateTable(options)
    const slots = table.#slots
    const dueAt: number[] = []
    const cursor = new RowCursor(from, rows)
    while (cursor.next()) {
      const slot = slots.insert(cursor.words, cursor.keyAt, cursor.value(), 1)
      // Where other rows have their contributions.
      dueAt.push(cursor.contributions)
      if (options.gives === 'table') slots.touch(slot)
    }
    slots.settle()
    table.#due = new DueSlots(dueAt)
    return table
  }

  get size(): number {
    return this.#slots.size
  }

  get bytes(): number {
    return this.#slots.bytes
  }

  get late(): number {
    return this.#late
  }

  advance(
    arrived: KeyedTable | undefined,
    end: TickEnd,
    visit: ((rows: Bytes) => void) | undefined,
  ): number {
    const { region, errors, gives } = this.#options
    const records = visit && new RowWriter(region, visit)
    let stepped = 0
    this.#late = 0
    try {
      if (arrived !== undefined) {
        assert(arrived instanceof PlainTable, 'what arrives for states is in plain tables')
        stepped += this.#stepArrived(arrived.slots, end, records)
      }
      stepped += this.#stepDue(end, records)
      records?.flush()
    } catch (cause) {
      throw errors.encoding(cause)
    } finally {
      records?.end()
    }
    // A table's rows may be touched: it closes up when they are reported.
    if (gives === 'records') this.#closeUp()
    return stepped
  }

  #stepArrived(from: KeyedSlots, end: TickEnd, records: RowWriter | undefined): number {
    const slots = this.#slots
    for (let at = 0; at < from.length; at++) {
      const place = from.place(at)
      const items = this.#itemsOf(from.values[at])
      const slot = slots.find(place.words, place.at)
      const state = slot < 0 ? undefined : slots.values[slot]
      const next = this.#step(from.key(at), state, items, end)
      this.#put(next, records)
      if (slot >= 0) this.#keep(slot, next)
      else if (next?.state !== undefined) {
        this.#keep(slots.insert(place.words, place.at, undefined, 1), next)
      }
    }
    return from.length
  }

  #stepDue(end: TickEnd, records: RowWriter | undefined): number {
    const slots = this.#slots
    const due = this.#due.take(this.#isLast(end) ? Number.POSITIVE_INFINITY : end)
    for (const slot of due) {
      const next = this.#step(slots.key(slot), slots.values[slot], NOTHING, end)
      this.#put(next, records)
      this.#keep(slot, next)
    }
    return due.length
  }

  #itemsOf(gathered: unknown): readonly unknown[] {
    assert(Array.isArray(gathered), 'what arrives for states is gathered in arrays')
    const { order, errors } = this.#options
    try {
      return sortedItems(gathered, order)
    } catch (cause) {
      throw errors.threw(cause, gathered)
    }
  }

  #step(
    encoded: Encoded,
    state: unknown,
    items: readonly unknown[],
    end: TickEnd,
  ): Stepped | undefined {
    const { errors, ending } = this.#options
    const step = ending !== undefined && this.#isLast(end) ? ending.step : this.#options.step
    const key = decodeCanonical(encoded)
    let next: Stepped | undefined
    try {
      next = step(key, state, items, end)
    } catch (cause) {
      throw errors.reduceThrew(cause, key, [state, items])
    }
    this.#late += next?.late ?? 0
    const dueAt = next?.dueAt
    assert(dueAt === undefined || dueAt > end, () => `a key that is due at ${dueAt} by ${end}`)
    assert(
      dueAt === undefined || next?.state !== undefined,
      () => `a key without a state that is due at ${dueAt}`,
    )
    return next
  }

  #isLast(end: TickEnd): boolean {
    return this.#options.ending?.at === end
  }

  #put(next: Stepped | undefined, records: RowWriter | undefined): void {
    const out = next?.out
    if (out === undefined || out.length === 0) return
    assert(this.#options.gives === 'records', 'a step of a table puts out no records')
    if (records === undefined) return
    for (let at = 0; at < out.length; at++) records.putRecord(out[at])
  }

  #keep(slot: number, next: Stepped | undefined): void {
    const slots = this.#slots
    const reports = this.#options.gives === 'table'
    if (reports) slots.touch(slot)
    if (next?.state === undefined) {
      slots.remove(slot, reports)
      this.#due.set(slot, undefined)
    } else {
      slots.values[slot] = next.state
      this.#due.set(slot, next.dueAt)
    }
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const rows = this.#slots.takeChanges(digest, visit)
    this.#closeUp()
    return rows
  }

  #closeUp(): void {
    const { dueAt } = this.#due
    if (this.#slots.closeUp([dueAt])) this.#due = new DueSlots(dueAt)
  }

  changesFrom(
    previous: KeyedTable | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number {
    assert(
      previous === undefined || previous instanceof PlainStateTable,
      'a table of states is compared with a table of states',
    )
    const slots = previous instanceof PlainStateTable ? previous.#slots : undefined
    return this.#slots.changesFrom(slots, digest, visit)
  }

  visitRows(visit: (rows: Bytes) => void): void {
    this.#slots.visitRows(visit)
  }

  clone(): StateTable {
    const copy = new PlainStateTable(this.#options)
    copy.#slots = this.#slots.copy()
    copy.#due = new DueSlots(this.#due.dueAt.slice())
    return copy
  }

  save(): Uint8Array {
    const { dueAt } = this.#due
    return saveRows(MARK, this.#options.memory, (visit) => this.#slots.visitRows(visit, dueAt))
  }

  top(k: number, visit: (rows: Bytes) => void): void {
    this.#slots.top(k, visit)
  }

  fold(): never {
    refuse('fold')
  }

  unfold(): never {
    refuse('unfold')
  }

  release(): void {
    this.#slots = new KeyedSlots(this.#options)
    this.#due = new DueSlots()
  }
}

function refuse(what: string): never {
  assert(false, `${what} of a table of states: it is advanced, by what arrived`)
}
