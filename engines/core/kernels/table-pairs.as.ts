// Kernels of tables with integer keys: pairs into combiners, and rows into tables of least or greatest values.
import { integerKeyLanes } from './numbers.as'
import {
  CHANGES, CHANGES_AT, contributionsOf, ENTRIES_AT, ENTRY_SHIFT, find, hashOf, INDEX_AT, insert, INTEGER_KEY, K1,
  LENGTH_BITS, LENGTH_MASK, LIVE, MARK, META, MIN, noteOf, NUMBER_MASK, OLD, PARTITIONS, REDUCE, ROW, ROW_LANES, ROW_META,
  ROW_VALUE, ROWS_HEADER, SLOTS, VALUE,
} from './table-block.as'

// @ts-ignore: decorator
@inline
function extreme(reduce: u32, before: i64, value: i64): i64 {
  return (reduce == MIN ? value < before : value > before) ? value : before
}

// Merges pairs by key. Returns how many it took; less than `count` when the table has no room for the next one's key. For
// combiners: what is touched is what has contributions.
export function tableAddPairs(table: usize, numbers: usize, count: u32): u32 {
  const reduce = load<u32>(table, REDUCE)
  const index = table + load<u32>(table, INDEX_AT)
  const entries = table + load<u32>(table, ENTRIES_AT)
  const slotMask = load<u32>(table, SLOTS) - 1
  const shift = clz(slotMask)
  const list = table + load<u32>(table, CHANGES_AT)
  const before = load<u32>(table, CHANGES)
  let changes = before
  let i: u32 = 0
  for (; i < count; i++, numbers += 8) {
    const key: u64 = load<u32>(numbers)
    const value: i64 = load<u32>(numbers, 4)
    const hash = hashOf(key, 0)
    const tag = hash << 24
    let slot = hash >> shift
    let entry: usize = 0
    while (true) {
      const word = load<u32>(index + (<usize>slot << 2))
      if ((word ^ tag) >> 24 == 0) {
        // A free slot leads to the guard before the entries, which is no key's.
        entry = entries + (<usize>((word & NUMBER_MASK) - 1) << ENTRY_SHIFT)
        if (
          load<u64>(entry) == key &&
          (load<u32>(entry, META) & LENGTH_MASK) == INTEGER_KEY
        ) break
      }
      if (word == 0) {
        entry = insert(table, key, 0, INTEGER_KEY, hash, 0, integerKeyLanes(<u32>key))
        break
      }
      slot = (slot + 1) & slotMask
    }
    if (entry == 0) break
    const meta = load<u64>(entry, META)
    const untouched = meta >> LENGTH_BITS == 0
    store<u32>(list + (<usize>changes << 2), <u32>((entry - entries) >> ENTRY_SHIFT))
    changes += <u32>untouched
    const old = load<i64>(entry, VALUE)
    const merged = reduce == 0 ? old + value : untouched ? value : extreme(reduce, old, value)
    store<i64>(entry, merged, VALUE)
    store<u64>(entry, meta + (<u64>1 << LENGTH_BITS), META)
  }
  store<u32>(table, changes, CHANGES)
  store<u32>(table, load<u32>(table, LIVE) + changes - before, LIVE)
  return i
}

// `tableFold` of least or greatest values. Nothing is taken out of them, so contributions are never below zero.
export function foldExtremes(table: usize, rows: usize, from: u32): u32 {
  const reduce = load<u32>(table, REDUCE)
  const entries = table + load<u32>(table, ENTRIES_AT)
  const list = table + load<u32>(table, CHANGES_AT)
  const combines = load<u32>(table, PARTITIONS) != 0
  const count = load<u32>(rows, 4)
  let row = rows + ROWS_HEADER + <usize>from * ROW
  let changes = load<u32>(table, CHANGES)
  let live = load<u32>(table, LIVE)
  let i = from
  for (; i < count; i++, row += ROW) {
    const contributions = load<i64>(row, ROW_META) >> LENGTH_BITS
    if (contributions == 0) continue
    const key = load<u64>(row)
    const hash = hashOf(key, 0)
    let entry = find(table, key, 0, INTEGER_KEY, hash, row)
    if (!entry) entry = insert(table, key, 0, INTEGER_KEY, hash, row, load<u64>(row, ROW_LANES))
    if (!entry) break
    const note = noteOf(table, entry)
    const before = contributionsOf(entry)
    const old = load<i64>(entry, VALUE)
    if (combines ? before == 0 : load<u32>(note, MARK) == 0) {
      store<u32>(list + (<usize>changes << 2), <u32>((entry - entries) >> ENTRY_SHIFT))
      changes++
      store<i64>(note, old, OLD)
      if (!combines) store<u32>(note, before > 0 ? 1 : 2, MARK)
    }
    live += <u32>(before == 0)
    const value = load<i64>(row, ROW_VALUE)
    store<i64>(entry, before == 0 ? value : extreme(reduce, old, value), VALUE)
    store<i64>(entry, ((before + contributions) << LENGTH_BITS) | <i64>INTEGER_KEY, META)
  }
  store<u32>(table, changes, CHANGES)
  store<u32>(table, live, LIVE)
  return i
}
