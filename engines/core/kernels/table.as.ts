// Kernels that fill and read tables: count slices, fold rows, give rows out, rebuild into another block.
import { foldExtremes } from './table-pairs.as'
import { copyBytes } from './text.as'
import {
  CAPACITY, CHANGES, CHANGES_AT, contributionsOf, ENTRIES, ENTRIES_AT, ENTRY_SHIFT, enter, entryAt, find, HASH, hashOf,
  HEAP_AT, HEAP_USED, INDEX_AT, insert, K1, keyBytes, LANE0, LENGTH_BITS, LENGTH_MASK, lengthOf, LIVE, longHash, lanesOf,
  MARK, META, noteOf, NUMBER_MASK, OLD, OUT0, PARTITION, PARTITIONS, REDUCE, ROW, ROW_LANES, ROW_META, ROWS_HEADER, ROWS_MAGIC,
  ROW_VALUE, SLOTS, VALUE, WANTED,
} from './table-block.as'

// The numbers of 16 bytes. Not a constant to the compiler: V8 would build it anew for each key.
// @ts-ignore: decorator
@inline
function byteNumbers(table: usize): v128 {
  return i8x16.add(
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16.splat(<i8>(table & 7)),
  )
}

// The bytes of a short text, zero-padded.
// @ts-ignore: decorator
@inline
function shortKey(bytes: usize, length: u32, last16: usize, numbers: v128): v128 {
  if (bytes > last16) return shortKeyByByte(bytes, length)
  return v128.and(v128.load(bytes), i8x16.lt_s(numbers, i8x16.splat(<i8>length)))
}

function shortKeyByByte(bytes: usize, length: u32): v128 {
  let k0: u64 = 0
  let k1: u64 = 0
  for (let i: u32 = 0; i < length; i++) {
    const byte: u64 = load<u8>(bytes + i)
    if (i < 8) k0 |= byte << (i << 3)
    else k1 |= byte << ((i - 8) << 3)
  }
  return i64x2.replace_lane(i64x2.splat(k0), 1, k1)
}

function longEntry(table: usize, bytes: usize, length: u32): usize {
  const k0 = longHash(bytes, length)
  const hash = hashOf(k0, length)
  const entry = find(table, k0, 0, length, hash, bytes)
  return entry ? entry : insert(table, k0, 0, length, hash, bytes, lanesOf(bytes, length))
}

// Counts slices by key: adds 1 to value and contributions of each. Returns how many it took; less than `count` when the
// table has no room for the next one's key. For combiners.
//
// Without a branch on whether a key is touched for the first time: a processor that guesses wrong waits for the entry from
// far away, one that need not guess goes on with the next words.
export function tableCountSlices(table: usize, slices: usize, count: u32): u32 {
  const index = table + load<u32>(table, INDEX_AT)
  const entries = table + load<u32>(table, ENTRIES_AT)
  const slotMask = load<u32>(table, SLOTS) - 1
  const shift = clz(slotMask)
  const last16 = (<usize>memory.size() << 16) - 16
  const numbers = byteNumbers(table)
  const one = i64x2.replace_lane(i64x2.splat(1), 1, <i64>1 << LENGTH_BITS)
  const list = table + load<u32>(table, CHANGES_AT)
  const before = load<u32>(table, CHANGES)
  let changes = before
  let i: u32 = 0
  for (; i < count; i++) {
    const bytes: usize = load<u32>(slices)
    const length = load<u32>(slices, 4)
    slices += 8
    let entry: usize = 0
    let meta: u64 = 0
    if (length <= 16) {
      const key = shortKey(bytes, length, last16, numbers)
      const k0: u64 = i64x2.extract_lane(key, 0)
      const k1: u64 = i64x2.extract_lane(key, 1)
      const hash = hashOf(k0, k1)
      const tag = hash << 24
      let slot = hash >> shift
      while (true) {
        const word = load<u32>(index + (<usize>slot << 2))
        if ((word ^ tag) >> 24 == 0) {
          // A free slot leads to the guard before the entries, which is no key's.
          entry = entries + (<usize>((word & NUMBER_MASK) - 1) << ENTRY_SHIFT)
          meta = load<u64>(entry, META)
          if (
            (load<u64>(entry) ^ k0 |
              load<u64>(entry, K1) ^ k1 |
              <u64>((<u32>meta & LENGTH_MASK) ^ length)) == 0
          ) break
        }
        if (word == 0) {
          entry = insert(table, k0, k1, length, hash, bytes, lanesOf(bytes, length))
          meta = 0
          break
        }
        slot = (slot + 1) & slotMask
      }
    } else {
      entry = longEntry(table, bytes, length)
      if (entry) meta = load<u64>(entry, META)
    }
    if (entry == 0) break
    store<u32>(list + (<usize>changes << 2), <u32>((entry - entries) >> ENTRY_SHIFT))
    changes += <u32>(meta >> LENGTH_BITS == 0)
    v128.store(entry, i64x2.add(v128.load(entry, VALUE), one), VALUE)
  }
  store<u32>(table, changes, CHANGES)
  store<u32>(table, load<u32>(table, LIVE) + changes - before, LIVE)
  return i
}

// Folds rows from number `from` on (`sign` 1), or takes them out (`sign` -1). Returns the number of the first row that
// had no room, or the count.
export function tableFold(table: usize, rows: usize, from: u32, sign: i32): u32 {
  if (load<u32>(table, REDUCE) != 0) return foldExtremes(table, rows, from)
  const index = table + load<u32>(table, INDEX_AT)
  const entries = table + load<u32>(table, ENTRIES_AT)
  const slotMask = load<u32>(table, SLOTS) - 1
  const shift = clz(slotMask)
  const count = load<u32>(rows, 4)
  const rowsEnd = rows + load<u32>(rows, 8)
  const factor: i64 = sign
  let row = rows + ROWS_HEADER + <usize>from * ROW
  const list = table + load<u32>(table, CHANGES_AT)
  const notes = <usize>load<u32>(table, CAPACITY) << ENTRY_SHIFT
  const combines = load<u32>(table, PARTITIONS) != 0
  let changes = load<u32>(table, CHANGES)
  let live = load<u32>(table, LIVE)
  let i = from
  for (; i < count; i++) {
    const meta = load<i64>(row, ROW_META)
    const contributions = (meta >> LENGTH_BITS) * factor
    if (contributions != 0) {
      const length = <u32>meta & LENGTH_MASK
      const k0 = load<u64>(row)
      const k1 = load<u64>(row, K1)
      let entry: usize = 0
      if (length <= 16) {
        const hash = hashOf(k0, k1)
        const tag = hash << 24
        let slot = hash >> shift
        while (true) {
          const word = load<u32>(index + (<usize>slot << 2))
          if ((word ^ tag) >> 24 == 0) {
            entry = entries + (<usize>((word & NUMBER_MASK) - 1) << ENTRY_SHIFT)
            if (
              (load<u64>(entry) ^ k0 |
                load<u64>(entry, K1) ^ k1 |
                <u64>(lengthOf(entry) ^ length)) == 0
            ) break
          }
          if (word == 0) {
            entry = insert(table, k0, k1, length, hash, row, load<u64>(row, ROW_LANES))
            break
          }
          slot = (slot + 1) & slotMask
        }
      } else {
        const hash = hashOf(k0, length)
        const bytes = rowsEnd - <usize>k1
        entry = find(table, k0, 0, length, hash, bytes)
        if (!entry) entry = insert(table, k0, 0, length, hash, bytes, load<u64>(row, ROW_LANES))
      }
      if (entry == 0) break
      // Remembered in the change list when it is not yet, with its value from before: mark 1 when the key was there, 2
      // when not. Without a branch, as in `tableCountSlices`.
      const note = entry + notes
      const mark = load<u32>(note, MARK)
      const value = load<i64>(entry, VALUE)
      const before = contributionsOf(entry)
      const after = before + contributions
      const first = select<bool>(before == 0, mark == 0, combines)
      store<u32>(list + (<usize>changes << 2), <u32>((entry - entries) >> ENTRY_SHIFT))
      changes += <u32>first
      store<i64>(note, select<i64>(value, load<i64>(note, OLD), first), OLD)
      const was = select<u32>(select<u32>(1, 2, before > 0), mark, first)
      store<u32>(note, select<u32>(0, was, combines), MARK)
      live += <u32>(after > 0) - <u32>(before > 0)
      store<i64>(entry, (after << LENGTH_BITS) | <i64>length, META)
      const sum = value + load<i64>(row, ROW_VALUE) * factor
      store<i64>(entry, select<i64>(sum, 0, after != 0), VALUE)
    }
    row += ROW
  }
  store<u32>(table, changes, CHANGES)
  store<u32>(table, live, LIVE)
  return i
}

// Writes the row of an entry; the bytes of a long key go to `tail`, which lies `fromEnd` before the rows' end.
// @ts-ignore: decorator
@inline
function putRow(table: usize, entry: usize, row: usize, tail: usize, fromEnd: u32): void {
  const length = lengthOf(entry)
  v128.store(row, v128.load(entry))
  if (contributionsOf(entry) > 0) {
    v128.store(row, v128.load(entry, VALUE), ROW_VALUE)
  } else {
    store<i64>(row, 0, ROW_VALUE)
    store<i64>(row, length, ROW_META)
  }
  store<u64>(row, load<u64>(noteOf(table, entry), LANE0), ROW_LANES)
  if (length > 16) {
    store<u64>(row, fromEnd, K1)
    copyBytes(tail, keyBytes(table, entry), (length + 7) & ~7)
  }
}

// Writes rows of the entries that `list[from..to)` numbers (of all entries `[from, to)` that are there when list is 0),
// as many as fit into `bytesMax`. Returns where to go on; when not one fits, WANTED says how many bytes it takes.
export function tableRows(
  table: usize,
  list: usize,
  from: u32,
  to: u32,
  out: usize,
  bytesMax: u32,
): u32 {
  let count: u32 = 0
  let room = bytesMax - <u32>ROWS_HEADER
  let next = from
  for (; next < to; next++) {
    const entry = entryAt(table, list ? load<u32>(list + (<usize>next << 2)) : next)
    if (!list && contributionsOf(entry) <= 0) continue
    const length = lengthOf(entry)
    const takes = <u32>ROW + (length > 16 ? (length + 7) & ~7 : 0)
    if (takes > room) {
      if (count == 0) store<u32>(table, takes + <u32>ROWS_HEADER, WANTED)
      break
    }
    room -= takes
    count++
  }
  const end = out + bytesMax - room
  let row = out + ROWS_HEADER
  let tail = row + <usize>count * ROW
  for (let i = from; i < next; i++) {
    const entry = entryAt(table, list ? load<u32>(list + (<usize>i << 2)) : i)
    if (!list && contributionsOf(entry) <= 0) continue
    putRow(table, entry, row, tail, <u32>(end - tail))
    const length = lengthOf(entry)
    if (length > 16) tail += (length + 7) & ~7
    row += ROW
  }
  store<u32>(out, ROWS_MAGIC)
  store<u32>(out, count, 4)
  store<u64>(out, <u64>(end - out), 8)
  return next
}

// Moves touched entries of a combiner out as rows, from place `from` on, each into its partition's buffer: `buffers` has two u32 a
// partition, place and bytes; a buffer's header says how many rows it has, and how many bytes of long keys, which fill
// it from its end. Where a quarter is touched it goes by number and not by first touch, since that is how memory lies.
// Stops at a place whose row finds no room (OUT0 is its partition, WANTED what it takes), and returns it; the change list
// is empty when all is out.
export function tableDrain(table: usize, from: u32, buffers: usize): u32 {
  const changes = load<u32>(table, CHANGES)
  const entries = load<u32>(table, ENTRIES)
  const list = table + load<u32>(table, CHANGES_AT)
  const all = <u64>changes * 4 > <u64>entries
  const end = all ? entries : changes
  for (let i = from; i < end; i++) {
    const entry = entryAt(table, all ? i : load<u32>(list + (<usize>i << 2)))
    if (contributionsOf(entry) == 0) continue
    const partition = load<u32>(noteOf(table, entry), PARTITION)
    const place = buffers + (<usize>partition << 3)
    const buffer: usize = load<u32>(place)
    const bytes = load<u32>(place, 4)
    const count = load<u32>(buffer, 4)
    const length = lengthOf(entry)
    const tail = load<u32>(buffer, 8) + (length > 16 ? (length + 7) & ~7 : 0)
    const takes = <u64>ROWS_HEADER + <u64>(count + 1) * ROW + tail
    if (takes > <u64>bytes) {
      store<u32>(table, partition, OUT0)
      store<u32>(table, <u32>takes, WANTED)
      return i
    }
    putRow(table, entry, buffer + ROWS_HEADER + <usize>count * ROW, buffer + bytes - tail, tail)
    store<u32>(buffer, count + 1, 4)
    store<u32>(buffer, tail, 8)
    store<i64>(entry, 0, VALUE)
    store<i64>(entry, length, META)
  }
  store<u32>(table, 0, CHANGES)
  store<u32>(table, 0, LIVE)
  return end
}

// Moves a table into an empty block: entries in order, without those that are neither there nor marked nor owed
// anything (unless `keep`), key bytes packed, the change list renumbered. The old block's hashes are lost.
export function tableMove(source: usize, target: usize, keep: u32): void {
  const entries = load<u32>(source, ENTRIES)
  let number: u32 = 0
  let heapUsed: u32 = 0
  const heap = target + load<u32>(target, HEAP_AT)
  for (let i: u32 = 0; i < entries; i++) {
    const from = entryAt(source, i)
    const note = noteOf(source, from)
    if (!keep && contributionsOf(from) == 0 && load<u32>(note, MARK) == 0) continue
    const to = entryAt(target, number)
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    v128.store(noteOf(target, to), v128.load(note))
    v128.store(noteOf(target, to), v128.load(note, 16), 16)
    const length = lengthOf(from)
    if (length > 16) {
      const size = (length + 7) & ~7
      copyBytes(heap + heapUsed, keyBytes(source, from), size)
      store<u64>(to, heapUsed, K1)
      heapUsed += size
    }
    enter(target, load<u32>(note, HASH), number)
    store<u32>(note, number, HASH)
    number++
  }
  const changes = load<u32>(source, CHANGES)
  const fromList = source + load<u32>(source, CHANGES_AT)
  const toList = target + load<u32>(target, CHANGES_AT)
  for (let i: usize = 0; i < <usize>changes; i++) {
    const moved = entryAt(source, load<u32>(fromList + (i << 2)))
    store<u32>(toList + (i << 2), load<u32>(noteOf(source, moved), HASH))
  }
  store<u32>(target, number, ENTRIES)
  store<u32>(target, load<u32>(source, LIVE), LIVE)
  store<u32>(target, changes, CHANGES)
  store<u32>(target, heapUsed, HEAP_USED)
}
