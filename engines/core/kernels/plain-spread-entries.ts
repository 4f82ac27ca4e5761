/** The plain definition of entries in tables in which extremes spread: where they are, and how they begin. */
import type { RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import type { Pointer } from '../units.ts'
import { slotOfKey, stepOfKey } from './integer-layout.ts'
import { OTHERS, SPREAD, SPREAD_FLAGS, WORST } from './spread-layout.ts'

type Field = keyof typeof SPREAD
/** Lists of words by the number of an entry, or by a place of their own. */
export type SpreadList = Exclude<Extract<Field, `${string}At`>, 'flagsAt' | 'indexAt'>

export type PlainSpreadEntries = ReturnType<typeof plainSpreadEntries>

export function plainSpreadEntries({ u8, u32 }: RunMemory) {
  const get = (table: Pointer, field: Field): number => u32[(table >>> 2) + SPREAD[field]]!
  const set = (table: Pointer, field: Field, value: number): void => {
    u32[(table >>> 2) + SPREAD[field]] = value
  }
  const read = (table: Pointer, list: SpreadList, at: number): number =>
    u32[(get(table, list) >>> 2) + at]!
  const write = (table: Pointer, list: SpreadList, at: number, value: number): void => {
    u32[(get(table, list) >>> 2) + at] = value
  }
  const push = (
    table: Pointer,
    list: SpreadList,
    count: 'queued' | 'changed' | 'reached' | 'arrived' | 'merged' | 'improved',
    number: number,
  ): void => {
    write(table, list, get(table, count), number)
    set(table, count, get(table, count) + 1)
  }

  /** The place of a key in the index, a word, or the free one where it belongs. */
  function placeOf(table: Pointer, key: number): number {
    const slots = get(table, 'slots')
    let slot = slotOfKey(key, get(table, 'bits'))
    for (;;) {
      const place = (get(table, 'indexAt') >>> 2) + 2 * slot
      if (u32[place + 1] === 0 || u32[place] === key) return place
      slot = (slot + stepOfKey(key)) % slots
    }
  }

  /** Without an index each key below the capacity has an entry, of its own number. */
  const isDense = (table: Pointer): boolean => get(table, 'slots') === 0

  /** Whether there is room for so many keys that may be new, the greatest of which is given. */
  function hasRoom(table: Pointer, keys: number, greatest: number): boolean {
    const capacity = get(table, 'capacity')
    return isDense(table) ? greatest < capacity : get(table, 'size') + keys <= capacity
  }

  function numberOf(table: Pointer, key: number): number {
    if (isDense(table)) return key
    const place = placeOf(table, key)
    if (u32[place + 1] !== 0) return u32[place + 1]! - 1
    const number = get(table, 'size')
    u32[place] = key
    u32[place + 1] = number + 1
    write(table, 'keysAt', number, key)
    return begun(table, key)
  }

  /** The number of a new entry. */
  function begun(table: Pointer, key: number): number {
    const number = get(table, 'size')
    set(table, 'size', number + 1)
    const partition = partitionOf(keyLanes(encodeCanonical(key)).lane0, get(table, 'partitions'))
    write(table, 'rowsAt', number, WORST)
    write(table, 'partsAt', number, partition)
    const isOwn = read(table, 'ownersAt', partition) !== OTHERS
    u8[get(table, 'flagsAt') + number] = isOwn ? SPREAD_FLAGS.isOwn : 0
    if (get(table, 'parentsAt') === 0) {
      for (const list of ['headsAt', 'tailsAt', 'workAt'] as const) write(table, list, number, 0)
    } else {
      for (const list of ['parentsAt', 'circlesAt'] as const) write(table, list, number, number)
      write(table, 'valuesAt', number, WORST)
    }
    return number
  }

  return { get, set, read, write, push, isDense, hasRoom, numberOf, begun, placeOf }
}
