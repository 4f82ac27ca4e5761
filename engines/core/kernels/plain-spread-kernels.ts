/** The plain definitions of the kernels on tables in which extremes spread. */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import type { SpreadKernels } from './kernels.ts'
import { plainSpreadEntries } from './plain-spread-entries.ts'
import { SPREAD_FLAGS } from './spread-layout.ts'

type Flag = keyof typeof SPREAD_FLAGS

export function plainSpreadKernels(memory: RunMemory): SpreadKernels {
  const { u8, u32 } = memory
  const { get, set, read, write, push, isDense, hasRoom, numberOf, begun, placeOf } =
    plainSpreadEntries(memory)
  const flagsOf = (table: Pointer, number: number): number => get(table, 'flagsAt') + number
  const is = (table: Pointer, number: number, flag: Flag): boolean =>
    (u8[flagsOf(table, number)]! & SPREAD_FLAGS[flag]) !== 0
  const mark = (table: Pointer, number: number, flag: Flag, on: boolean): void => {
    const at = flagsOf(table, number)
    u8[at] = on ? u8[at]! | SPREAD_FLAGS[flag] : u8[at]! & ~SPREAD_FLAGS[flag]
  }

  /** Counts a key of its own that has its first row, or its first events. */
  function hold(table: Pointer, number: number): void {
    if (is(table, number, 'isHeld')) return
    mark(table, number, 'isHeld', true)
    const partition = read(table, 'partsAt', number)
    write(table, 'ownersAt', partition, read(table, 'ownersAt', partition) + 1)
  }

  /** Returns whether the value is a better one. */
  function keep(table: Pointer, number: number, value: number): boolean {
    const before = read(table, 'rowsAt', number)
    if (value > before || (value === before && is(table, number, 'hasRow'))) return false
    const isOwn = is(table, number, 'isOwn')
    if (isOwn) hold(table, number)
    write(table, 'rowsAt', number, value)
    mark(table, number, 'hasRow', true)
    if (is(table, number, 'isChanged')) return true
    mark(table, number, 'isChanged', true)
    if (isOwn) push(table, 'changesAt', 'changed', number)
    else push(table, 'reachedAt', 'reached', number)
    return true
  }

  function enqueue(table: Pointer, number: number): void {
    if (is(table, number, 'isPending')) return
    mark(table, number, 'isPending', true)
    push(table, 'queueAt', 'queued', number)
  }

  function reach(table: Pointer, number: number, value: number): void {
    if (!keep(table, number, value) || !is(table, number, 'isOwn')) return
    mark(table, number, 'isPending', true)
    mark(table, number, 'ofAll', true)
    if (is(table, number, 'inWave')) return
    mark(table, number, 'inWave', true)
    const place = get(table, 'waveFirst') + get(table, 'waved')
    write(table, 'waveAt', place % get(table, 'capacity'), number)
    set(table, 'waved', get(table, 'waved') + 1)
  }

  /** Where a quarter of all entries got events, they are taken in their order. */
  function orderArrived(table: Pointer): void {
    const arrived = get(table, 'arrived')
    if (arrived * 4 <= get(table, 'size')) return
    const from = get(table, 'waveAt') >>> 2
    u32.subarray(from, from + arrived).sort()
  }

  function settle(table: Pointer): void {
    for (let i = 0; i < get(table, 'arrived'); i++) {
      write(table, 'workAt', read(table, 'waveAt', i), 0)
    }
    set(table, 'arrived', 0)
  }

  /** The next entry whose turn it is; undefined when there is none. */
  function taken(table: Pointer): number | undefined {
    const waved = get(table, 'waved')
    if (waved > 0) {
      const first = get(table, 'waveFirst')
      set(table, 'waved', waved - 1)
      set(table, 'waveFirst', first + 1)
      return read(table, 'waveAt', first % get(table, 'capacity'))
    }
    const next = get(table, 'next')
    if (next === get(table, 'queued')) return undefined
    set(table, 'next', next + 1)
    return read(table, 'queueAt', next)
  }

  /** Returns how many events it went along. */
  function spreadFrom(table: Pointer, number: number): number {
    const first = is(table, number, 'ofAll') ? 'headsAt' : 'tailsAt'
    const isPending = is(table, number, 'isPending')
    for (const flag of ['isPending', 'inWave', 'ofAll'] as const) mark(table, number, flag, false)
    if (!isPending) return 0
    set(table, 'steps', get(table, 'steps') + 1)
    const value = read(table, 'rowsAt', number)
    let events = 0
    for (
      let chunk = read(table, first, number);
      chunk !== 0;
      chunk = read(table, 'heapAt', chunk)
    ) {
      const count = read(table, 'heapAt', chunk + 1)
      for (let i = 0; i < count; i++) reach(table, read(table, 'heapAt', chunk + 2 + i), value)
      events += count
    }
    return events
  }

  return {
    spreadBegin(table) {
      for (let key = get(table, 'size'); key < get(table, 'capacity'); key++) begun(table, key)
    },

    spreadRows(table, numbers, count) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        if (!hasRoom(table, 1, u32[at]!)) return i
        const number = numberOf(table, u32[at]!)
        if (!keep(table, number, (u32[at + 1]! ^ get(table, 'flip')) >>> 0)) continue
        enqueue(table, number)
        mark(table, number, 'ofAll', true)
      }
      return count
    },

    spreadEvents(table, numbers, count) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        if (!hasRoom(table, 2, Math.max(u32[at]!, u32[at + 1]!))) return i
        const number = numberOf(table, u32[at]!)
        const event = numberOf(table, u32[at + 1]!)
        const come = read(table, 'workAt', number)
        if (come === 0) push(table, 'waveAt', 'arrived', number)
        write(table, 'workAt', number, come + 1)
        u32[at] = number
        u32[at + 1] = event
      }
      return count
    },

    spreadAppend(table) {
      orderArrived(table)
      for (let i = 0; i < get(table, 'arrived'); i++) {
        const number = read(table, 'waveAt', i)
        const come = read(table, 'workAt', number)
        const last = read(table, 'tailsAt', number)
        const chunk = get(table, 'heapUsed')
        write(table, 'heapAt', chunk, 0)
        write(table, 'heapAt', chunk + 1, come)
        hold(table, number)
        if (last === 0) write(table, 'headsAt', number, chunk)
        else write(table, 'heapAt', last, chunk)
        write(table, 'tailsAt', number, chunk)
        write(table, 'workAt', number, chunk + 2)
        set(table, 'heapUsed', chunk + 2 + come)
        if (is(table, number, 'hasRow')) enqueue(table, number)
      }
    },

    spreadPut(table, numbers, count) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        const number = u32[at]!
        const fill = read(table, 'workAt', number)
        write(table, 'heapAt', fill, u32[at + 1]!)
        write(table, 'workAt', number, fill + 1)
      }
    },

    spreadSort(table) {
      settle(table)
      const numbers = Array.from({ length: get(table, 'queued') }, (_, i) =>
        read(table, 'queueAt', i),
      )
      numbers.sort((a, b) => read(table, 'rowsAt', a) - read(table, 'rowsAt', b))
      numbers.forEach((number, i) => {
        write(table, 'queueAt', i, number)
      })
    },

    spreadRun(table, most) {
      for (let left = most; left > 0; ) {
        const number = taken(table)
        if (number === undefined) {
          set(table, 'queued', 0)
          set(table, 'next', 0)
          return 1
        }
        left -= 1 + spreadFrom(table, number)
      }
      return 0
    },

    spreadTake(table, others, from, out, most) {
      const count = others ? 'reached' : 'changed'
      const all = get(table, count)
      const end = Math.min(from + most, all)
      for (let i = from; i < end; i++) {
        const number = read(table, others ? 'reachedAt' : 'changesAt', i)
        const at = (out >>> 2) + 2 * (i - from)
        u32[at] = isDense(table) ? number : read(table, 'keysAt', number)
        u32[at + 1] = read(table, 'rowsAt', number) ^ get(table, 'flip')
        mark(table, number, 'isChanged', false)
      }
      if (end === all) set(table, count, 0)
      return end - from
    },

    spreadForget(table) {
      settle(table)
      for (let number = 0; number < get(table, 'size'); number++) {
        for (const flag of ['isChanged', 'isPending', 'inWave', 'ofAll'] as const) {
          mark(table, number, flag, false)
        }
      }
      for (const count of ['queued', 'next', 'waved', 'changed', 'reached'] as const) {
        set(table, count, 0)
      }
    },

    spreadIndex(table) {
      for (let number = 0; number < get(table, 'size'); number++) {
        const key = read(table, 'keysAt', number)
        const place = placeOf(table, key)
        u32[place] = key
        u32[place + 1] = number + 1
      }
    },
  }
}
