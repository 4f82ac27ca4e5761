/** The plain definitions of the kernels on tables in which extremes spread along events that go both ways. */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import type { UnionKernels } from './kernels.ts'
import {
  type PlainSpreadEntries,
  plainSpreadEntries,
  type SpreadList,
} from './plain-spread-entries.ts'
import { UNION_FLAGS } from './spread-layout.ts'

type Flag = keyof typeof UNION_FLAGS

export function plainUnionKernels(memory: RunMemory): UnionKernels {
  const entries = plainSpreadEntries(memory)
  return {
    unionRows: (table, numbers, count) => new Sets(memory, entries, table).takeRows(numbers, count),
    unionEvents: (table, numbers, count) =>
      new Sets(memory, entries, table).takeEvents(numbers, count),
    unionSettle: (table) => new Sets(memory, entries, table).settle(),
    unionForget: (table) => new Sets(memory, entries, table).forget(),
  }
}

class Sets {
  readonly #memory: RunMemory
  readonly #entries: PlainSpreadEntries
  readonly #table: Pointer

  constructor(memory: RunMemory, entries: PlainSpreadEntries, table: Pointer) {
    this.#memory = memory
    this.#entries = entries
    this.#table = table
  }

  takeRows(numbers: Pointer, count: number): number {
    const { get, hasRoom, numberOf } = this.#entries
    const { u32 } = this.#memory
    for (let i = 0; i < count; i++) {
      const at = (numbers >>> 2) + 2 * i
      if (!hasRoom(this.#table, 1, u32[at]!)) return i
      const number = numberOf(this.#table, u32[at]!)
      this.#improve(this.#rootOf(number), (u32[at + 1]! ^ get(this.#table, 'flip')) >>> 0)
    }
    return count
  }

  takeEvents(numbers: Pointer, count: number): number {
    const { get, set, write, hasRoom, numberOf } = this.#entries
    const { u32 } = this.#memory
    for (let i = 0; i < count; i++) {
      const at = (numbers >>> 2) + 2 * i
      if (!hasRoom(this.#table, 2, Math.max(u32[at]!, u32[at + 1]!))) return i
      const number = numberOf(this.#table, u32[at]!)
      const event = numberOf(this.#table, u32[at + 1]!)
      if (number === event) this.#hold(number)
      // It comes the other way, too.
      if (number > event && this.#is(event, 'isOwn')) continue
      const used = get(this.#table, 'heapUsed')
      write(this.#table, 'heapAt', used, number)
      write(this.#table, 'heapAt', used + 1, event)
      set(this.#table, 'heapUsed', used + 2)
      this.#unite(number, event)
    }
    return count
  }

  settle(): void {
    const { get, set } = this.#entries
    const table = this.#table
    const merged = get(table, 'merged')
    const size = get(table, 'size')
    const touched = merged + get(table, 'improved')
    if (touched === 0) return
    // How many entries may be gone to one by one: if there are more, all are.
    let left = Math.floor(size / 4)
    if (touched > left) {
      left = 0
      this.#order(merged)
    }
    const parts = this.#listed('mergedAt', merged)
    for (const number of parts) {
      if (!this.#is(number, 'hasValue')) continue
      this.#improve(this.#rootOf(number), this.#read('valuesAt', number))
    }
    const improved = this.#listed('improvedAt', get(table, 'improved'))
    for (const number of improved) {
      if (this.#rootOf(number) === number) left = this.#noteAll(number, left)
    }
    for (const number of parts) {
      const root = this.#rootOf(number)
      this.#hold(number)
      this.#hold(root)
      if (this.#is(root, 'hasValue') && this.#hasOther(number, root)) {
        left = this.#noteAll(number, left)
      }
      const next = this.#read('circlesAt', number)
      this.#write('circlesAt', number, this.#read('circlesAt', root))
      this.#write('circlesAt', root, next)
      this.#mark(number, 'isPart', true)
    }
    if (left === 0) for (let number = 0; number < size; number++) this.#note(number)
    for (const number of improved) this.#mark(number, 'isImproved', false)
    set(table, 'steps', get(table, 'steps') + merged)
    set(table, 'merged', 0)
    set(table, 'improved', 0)
  }

  forget(): void {
    this.settle()
    const { get, set } = this.#entries
    for (const [list, count] of [
      ['changesAt', 'changed'],
      ['reachedAt', 'reached'],
    ] as const) {
      for (const number of this.#listed(list, get(this.#table, count))) {
        this.#mark(number, 'isChanged', false)
      }
      set(this.#table, count, 0)
    }
  }

  #rootOf(number: number): number {
    let root = number
    while (this.#read('parentsAt', root) !== root) root = this.#read('parentsAt', root)
    return root
  }

  #unite(number: number, event: number): void {
    const [a, b] = [this.#rootOf(number), this.#rootOf(event)]
    if (a === b) return
    const falls = Math.max(a, b)
    this.#write('parentsAt', falls, Math.min(a, b))
    this.#entries.push(this.#table, 'mergedAt', 'merged', falls)
  }

  #improve(root: number, value: number): void {
    const before = this.#read('valuesAt', root)
    if (value > before || (value === before && this.#is(root, 'hasValue'))) return
    this.#write('valuesAt', root, value)
    this.#mark(root, 'hasValue', true)
    if (this.#is(root, 'isImproved')) return
    this.#mark(root, 'isImproved', true)
    this.#entries.push(this.#table, 'improvedAt', 'improved', root)
  }

  /** Whether a set may have had another value than the one that it became part of. */
  #hasOther(number: number, root: number): boolean {
    const isSame = this.#read('valuesAt', number) === this.#read('valuesAt', root)
    return !isSame || this.#is(number, 'isImproved') || !this.#is(number, 'hasValue')
  }

  /** Entries that are roots no more, in their order. */
  #order(merged: number): void {
    const from = this.#entries.get(this.#table, 'mergedAt') >>> 2
    this.#memory.u32.subarray(from, from + merged).sort()
  }

  /** Gives all that were in a set when it was settled last its value now, `left` at most. Returns how many more there may be. */
  #noteAll(first: number, left: number): number {
    let number = first
    while (left > 0) {
      left -= 1
      this.#note(number)
      number = this.#read('circlesAt', number)
      if (number === first) break
    }
    return left
  }

  #note(number: number): void {
    const root = this.#rootOf(number)
    const value = this.#read('valuesAt', root)
    if (!this.#is(root, 'hasValue')) return
    if (this.#is(number, 'hasRow') && this.#read('rowsAt', number) === value) return
    this.#write('rowsAt', number, value)
    this.#mark(number, 'hasRow', true)
    this.#hold(number)
    if (this.#is(number, 'isChanged')) return
    this.#mark(number, 'isChanged', true)
    const { push } = this.#entries
    if (this.#is(number, 'isOwn')) push(this.#table, 'changesAt', 'changed', number)
    else push(this.#table, 'reachedAt', 'reached', number)
  }

  #hold(number: number): void {
    if (!this.#is(number, 'isOwn') || this.#is(number, 'isHeld')) return
    this.#mark(number, 'isHeld', true)
    const partition = this.#read('partsAt', number)
    this.#write('ownersAt', partition, this.#read('ownersAt', partition) + 1)
  }

  #is(number: number, flag: Flag): boolean {
    return (this.#memory.u8[this.#flagsOf(number)]! & UNION_FLAGS[flag]) !== 0
  }

  #mark(number: number, flag: Flag, on: boolean): void {
    const { u8 } = this.#memory
    const at = this.#flagsOf(number)
    u8[at] = on ? u8[at]! | UNION_FLAGS[flag] : u8[at]! & ~UNION_FLAGS[flag]
  }

  #flagsOf(number: number): number {
    return this.#entries.get(this.#table, 'flagsAt') + number
  }

  #read(list: SpreadList, at: number): number {
    return this.#entries.read(this.#table, list, at)
  }

  #write(list: SpreadList, at: number, value: number): void {
    this.#entries.write(this.#table, list, at, value)
  }

  #listed(list: SpreadList, count: number): readonly number[] {
    return Array.from({ length: count }, (_, i) => this.#read(list, i))
  }
}
