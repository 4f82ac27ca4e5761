/** The plain definitions of the kernels on tables of least or greatest integers. */
import type { RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import {
  EXTREMES,
  EXTREMES_HEADER_BYTES,
  LEAST,
  NO_KEY,
  slotOfKey,
  stepOfKey,
} from './integer-layout.ts'
import type { ExtremesKernels } from './kernels.ts'

type Field = keyof typeof EXTREMES

export function plainExtremesKernels({ u8, u32 }: RunMemory): ExtremesKernels {
  const get = (table: Pointer, field: Field): number => u32[(table >>> 2) + EXTREMES[field]]!
  const set = (table: Pointer, field: Field, value: number): void => {
    u32[(table >>> 2) + EXTREMES[field]] = value
  }
  /** Words. */
  const placeAt = (table: Pointer, slot: number): number =>
    ((table + EXTREMES_HEADER_BYTES) >>> 2) + 2 * slot
  /** A byte. */
  const markAt = (table: Pointer, slot: number): number => table + get(table, 'marksAt') + slot
  const listAt = (table: Pointer, list: 'orderAt' | 'changesAt', number: number): number =>
    ((table + get(table, list)) >>> 2) + number

  function slotOf(table: Pointer, key: number): number {
    const slots = get(table, 'slots')
    if (key === NO_KEY) return slots
    let slot = slotOfKey(key, get(table, 'bits'))
    while (u32[placeAt(table, slot)] !== key && u32[placeAt(table, slot)] !== NO_KEY) {
      slot = (slot + stepOfKey(key)) % slots
    }
    return slot
  }

  function push(table: Pointer, list: 'orderAt' | 'changesAt', slot: number): void {
    const count: Field = list === 'orderAt' ? 'size' : 'changes'
    u32[listAt(table, list, get(table, count))] = slot
    set(table, count, get(table, count) + 1)
  }

  function has(table: Pointer, slot: number): boolean {
    if (slot === get(table, 'slots')) return get(table, 'hasLast') === 1
    return u32[placeAt(table, slot)] !== NO_KEY
  }

  /** Returns whether there was room. */
  function keep(table: Pointer, key: number, value: number): boolean {
    const slot = slotOf(table, key)
    const place = placeAt(table, slot)
    if (has(table, slot)) {
      const before = u32[place + 1]!
      const isBetter = get(table, 'reduce') === LEAST ? value < before : value > before
      if (!isBetter) return true
    } else {
      if (get(table, 'size') === get(table, 'capacity')) return false
      if (key === NO_KEY) set(table, 'hasLast', 1)
      u32[place] = key
      push(table, 'orderAt', slot)
    }
    u32[place + 1] = value
    if (u8[markAt(table, slot)] === 1) return true
    u8[markAt(table, slot)] = 1
    push(table, 'changesAt', slot)
    return true
  }

  function put(table: Pointer, slot: number, out: Pointer): void {
    u32[out >>> 2] = u32[placeAt(table, slot)]!
    u32[(out >>> 2) + 1] = u32[placeAt(table, slot) + 1]!
  }

  return {
    extremesBegin(table) {
      const slots = get(table, 'slots')
      u32.fill(NO_KEY, placeAt(table, 0), placeAt(table, slots + 1))
      u8.fill(0, markAt(table, 0), markAt(table, slots + 1))
    },

    extremesFold(table, numbers, count) {
      for (let i = 0; i < count; i++) {
        const at = (numbers >>> 2) + 2 * i
        if (!keep(table, u32[at]!, u32[at + 1]!)) return i
      }
      return count
    },

    extremesOrder(table) {
      const changes = get(table, 'changes')
      if (changes * 4 <= get(table, 'size')) return
      set(table, 'changes', 0)
      for (let i = 0; i < get(table, 'size'); i++) {
        const slot = u32[listAt(table, 'orderAt', i)]!
        if (u8[markAt(table, slot)] === 1) push(table, 'changesAt', slot)
      }
    },

    extremesTake(table, from, out, most) {
      const changes = get(table, 'changes')
      const count = Math.min(most, changes - from)
      for (let i = 0; i < count; i++) {
        const slot = u32[listAt(table, 'changesAt', from + i)]!
        put(table, slot, out + 8 * i)
        u8[markAt(table, slot)] = 0
      }
      if (from + count === changes) set(table, 'changes', 0)
      return count
    },

    extremesRows(table, from, out, most) {
      const count = Math.min(most, get(table, 'size') - from)
      for (let i = 0; i < count; i++) {
        put(table, u32[listAt(table, 'orderAt', from + i)]!, out + 8 * i)
      }
      return count
    },

    extremesMove(source, target) {
      const moved = (from: number): number => slotOf(target, u32[placeAt(source, from)]!)
      for (let i = 0; i < get(source, 'size'); i++) {
        const from = u32[listAt(source, 'orderAt', i)]!
        const slot = moved(from)
        put(source, from, placeAt(target, slot) * 4)
        push(target, 'orderAt', slot)
      }
      for (let i = 0; i < get(source, 'changes'); i++) {
        const slot = moved(u32[listAt(source, 'changesAt', i)]!)
        push(target, 'changesAt', slot)
        u8[markAt(target, slot)] = 1
      }
      set(target, 'hasLast', get(source, 'hasLast'))
    },
  }
}
