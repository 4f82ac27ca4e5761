/** The plain definitions of the kernels on the join of a table of integers with all events. */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import {
  HAD_ROW,
  HAS_ROW,
  IS_TOUCHED,
  JOIN,
  JOIN_ENTRY,
  JOIN_ENTRY_WORDS,
  slotOfInteger,
} from './integer-layout.ts'
import type { JoinKernels } from './kernels.ts'

type Field = keyof typeof JOIN
type EntryField = keyof typeof JOIN_ENTRY

export function plainJoinKernels({ u32 }: RunMemory): JoinKernels {
  const get = (table: Pointer, field: Field): number => u32[(table >>> 2) + JOIN[field]]!
  const set = (table: Pointer, field: Field, value: number): void => {
    u32[(table >>> 2) + JOIN[field]] = value
  }
  const wordOf = (table: Pointer, number: number, field: EntryField): number =>
    (get(table, 'entries') >>> 2) + number * JOIN_ENTRY_WORDS + JOIN_ENTRY[field]
  const read = (table: Pointer, number: number, field: EntryField): number =>
    u32[wordOf(table, number, field)]!
  const write = (table: Pointer, number: number, field: EntryField, value: number): void => {
    u32[wordOf(table, number, field)] = value
  }
  const heapWord = (table: Pointer, place: number): number => (get(table, 'heap') >>> 2) + place
  const touchedWord = (table: Pointer, place: number): number =>
    (get(table, 'touchedAt') >>> 2) + place

  /** The place of a key in the index, a word, or the free one where it belongs. */
  function placeOf(table: Pointer, key: number): number {
    const slots = get(table, 'slots')
    let slot = slotOfInteger(key, get(table, 'shift'))
    for (;;) {
      const place = (get(table, 'index') >>> 2) + 2 * slot
      if (u32[place + 1] === 0 || u32[place] === key) return place
      slot = (slot + 1) % slots
    }
  }

  /** The number of a key's entry, a new one's if it has none; undefined when there is no room for it. */
  function entryOf(table: Pointer, key: number): number | undefined {
    const place = placeOf(table, key)
    if (u32[place + 1] !== 0) return u32[place + 1]! - 1
    const size = get(table, 'size')
    if (size === get(table, 'capacity')) return undefined
    u32[place] = key
    u32[place + 1] = size + 1
    set(table, 'size', size + 1)
    const start = wordOf(table, size, 'key')
    u32.fill(0, start, start + JOIN_ENTRY_WORDS)
    u32[start] = key
    return size
  }

  function touch(table: Pointer, number: number): void {
    const flags = read(table, number, 'flags')
    if (flags & IS_TOUCHED) return
    write(table, number, 'old', read(table, number, 'row'))
    write(table, number, 'flags', flags | IS_TOUCHED | (flags & HAS_ROW ? HAD_ROW : 0))
    u32[touchedWord(table, get(table, 'touched'))] = number
    set(table, 'touched', get(table, 'touched') + 1)
  }

  /** The events whose pairs an entry gives: all if its row changed, else those that came. */
  function firstChunk(table: Pointer, number: number): number {
    const flags = read(table, number, 'flags')
    if (!(flags & HAS_ROW)) return 0
    const same = flags & HAD_ROW && read(table, number, 'row') === read(table, number, 'old')
    if (!same) return read(table, number, 'first')
    return read(table, number, 'come') > 0 ? read(table, number, 'last') : 0
  }

  return {
    joinRows(table, numbers, count) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        const number = entryOf(table, u32[at]!)
        if (number === undefined) return i
        touch(table, number)
        write(table, number, 'row', u32[at + 1]!)
        write(table, number, 'flags', read(table, number, 'flags') | HAS_ROW)
      }
      return count
    },

    joinEvents(table, numbers, count, found) {
      for (let i = 0; i < count; i++) {
        const number = entryOf(table, u32[(numbers >>> 2) + 2 * i]!)
        if (number === undefined) return i
        touch(table, number)
        write(table, number, 'come', read(table, number, 'come') + 1)
        u32[(found >>> 2) + i] = number
      }
      return count
    },

    joinAppend(table) {
      for (let i = 0; i < get(table, 'touched'); i++) {
        const number = u32[touchedWord(table, i)]!
        const come = read(table, number, 'come')
        if (come === 0) continue
        const chunk = get(table, 'heapUsed')
        u32[heapWord(table, chunk)] = 0
        u32[heapWord(table, chunk + 1)] = come
        const last = read(table, number, 'last')
        if (last === 0) write(table, number, 'first', chunk)
        else u32[heapWord(table, last)] = chunk
        write(table, number, 'last', chunk)
        write(table, number, 'fill', chunk + 2)
        set(table, 'heapUsed', chunk + 2 + come)
      }
    },

    joinPut(table, numbers, count, found) {
      for (let i = 0; i < count; i++) {
        const number = u32[(found >>> 2) + i]!
        const fill = read(table, number, 'fill')
        u32[heapWord(table, fill)] = u32[(numbers >>> 2) + 2 * i + 1]!
        write(table, number, 'fill', fill + 1)
      }
    },

    joinOut(table, out, most) {
      let written = 0
      for (;;) {
        const cursor = get(table, 'cursor')
        if (cursor === get(table, 'touched')) break
        const number = u32[touchedWord(table, cursor)]!
        const chunk = get(table, 'chunk') || firstChunk(table, number)
        const position = chunk === 0 ? 0 : get(table, 'position')
        if (chunk === 0) {
          write(table, number, 'flags', read(table, number, 'flags') & HAS_ROW)
          write(table, number, 'come', 0)
          set(table, 'cursor', cursor + 1)
          continue
        }
        set(table, 'chunk', chunk)
        if (written === most) return written
        u32[(out >>> 2) + 2 * written] = u32[heapWord(table, chunk + 2 + position)]!
        u32[(out >>> 2) + 2 * written + 1] = read(table, number, 'row')
        written += 1
        set(table, 'position', position + 1)
        if (position + 1 < u32[heapWord(table, chunk + 1)]!) continue
        const next = u32[heapWord(table, chunk)]!
        set(table, 'position', 0)
        set(table, 'chunk', next)
        if (next !== 0) continue
        write(table, number, 'flags', read(table, number, 'flags') & HAS_ROW)
        write(table, number, 'come', 0)
        set(table, 'cursor', cursor + 1)
      }
      if (written === most) return written
      set(table, 'cursor', 0)
      set(table, 'touched', 0)
      return written
    },

    joinIndex(table) {
      for (let number = 0; number < get(table, 'size'); number++) {
        const key = read(table, number, 'key')
        const place = placeOf(table, key)
        u32[place] = key
        u32[place + 1] = number + 1
      }
    },
  }
}
