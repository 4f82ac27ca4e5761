// Offsets of a table's block and of rows, as in table-layout.ts, and what both table files need. A property test holds
// the two to each other.
import { keyLanes } from './digest.as'

export const SLOTS: usize = 8
export const CAPACITY: usize = 12
export const ENTRIES: usize = 16
export const LIVE: usize = 20
export const CHANGES: usize = 24
export const HEAP_CAPACITY: usize = 28
export const HEAP_USED: usize = 32
export const PARTITIONS: usize = 36
export const INDEX_AT: usize = 40
export const ENTRIES_AT: usize = 44
export const CHANGES_AT: usize = 48
export const HEAP_AT: usize = 52
export const WANTED: usize = 56
export const REDUCE: usize = 60
export const OUT0: usize = 64
export const OUT1: usize = 68
export const OUT2: usize = 72

export const K0: usize = 0
export const K1: usize = 8
export const VALUE: usize = 16
export const META: usize = 24
export const ENTRY_SHIFT: usize = 5

export const OLD: usize = 0
export const LANE0: usize = 8
export const LANE1: usize = 12
export const MARK: usize = 16
export const HASH: usize = 20
export const PARTITION: usize = 24

export const ROWS_MAGIC: u32 = 0x52474753
export const ROWS_HEADER: usize = 16
export const ROW: usize = 40
export const ROW_VALUE: usize = 16
export const ROW_META: usize = 24
export const ROW_LANES: usize = 32
export const LENGTH_BITS: u64 = 25

// Reduces; a sum is 0.
export const MIN: u32 = 1
export const INTEGER_KEY: u32 = 8

export const LENGTH_MASK: u32 = (1 << 25) - 1
export const NUMBER_MASK: u32 = 0xffffff

// Two odd constants with bits all over (from the golden ratio and from xxHash64).
const FACTOR0: u64 = 0x9e3779b97f4a7c15
const FACTOR1: u64 = 0xc2b2ae3d27d4eb4f

// @ts-ignore: decorator
@inline
export function hashOf(k0: u64, k1: u64): u32 {
  return <u32>(((k0 ^ rotl<u64>(k1 * FACTOR1, 32)) * FACTOR0) >> 32)
}

// The private hash of a key of more than 16 bytes: it takes the place of `k0`.
export function longHash(bytes: usize, length: u32): u64 {
  let h = <u64>length * FACTOR1
  const last = bytes + length - 8
  for (let at = bytes; at < last; at += 8) h = rotl<u64>((h ^ load<u64>(at)) * FACTOR0, 29)
  return rotl<u64>((h ^ load<u64>(last)) * FACTOR0, 29)
}

// @ts-ignore: decorator
@inline
export function entryAt(table: usize, number: u32): usize {
  return table + load<u32>(table, ENTRIES_AT) + (<usize>number << ENTRY_SHIFT)
}

// The note of an entry: notes follow entries, and are as large.
// @ts-ignore: decorator
@inline
export function noteOf(table: usize, entry: usize): usize {
  return entry + (<usize>load<u32>(table, CAPACITY) << ENTRY_SHIFT)
}

// @ts-ignore: decorator
@inline
export function lengthOf(entry: usize): u32 {
  return load<u32>(entry, META) & LENGTH_MASK
}

// @ts-ignore: decorator
@inline
export function contributionsOf(entry: usize): i64 {
  return load<i64>(entry, META) >> LENGTH_BITS
}

export function bytesEqual(a: usize, b: usize, length: u32): bool {
  let at: usize = 0
  for (; at + 8 <= <usize>length; at += 8) {
    if (load<u64>(a + at) != load<u64>(b + at)) return false
  }
  for (; at < <usize>length; at++) if (load<u8>(a + at) != load<u8>(b + at)) return false
  return true
}

// Where the bytes of an entry's key lie: inline keys are their own bytes.
// @ts-ignore: decorator
@inline
export function keyBytes(table: usize, entry: usize): usize {
  return lengthOf(entry) <= 16
    ? entry
    : table + load<u32>(table, HEAP_AT) + <usize>load<u64>(entry, K1)
}

// The entry of a key, or 0. `bytes` matters for long keys only.
export function find(table: usize, k0: u64, k1: u64, length: u32, hash: u32, bytes: usize): usize {
  const index = table + load<u32>(table, INDEX_AT)
  const mask = load<u32>(table, SLOTS) - 1
  const entries = table + load<u32>(table, ENTRIES_AT)
  const heap = table + load<u32>(table, HEAP_AT)
  const tag = hash << 24
  let slot = hash >> clz(mask)
  while (true) {
    const word = load<u32>(index + (<usize>slot << 2))
    if (word == 0) return 0
    if ((word ^ tag) >> 24 == 0) {
      const entry = entries + (<usize>((word & NUMBER_MASK) - 1) << ENTRY_SHIFT)
      if (load<u64>(entry) == k0 && lengthOf(entry) == length) {
        if (length <= 16) {
          if (load<u64>(entry, K1) == k1) return entry
        } else if (bytesEqual(heap + <usize>load<u64>(entry, K1), bytes, length)) return entry
      }
    }
    slot = (slot + 1) & mask
  }
}

// Puts an entry's number into the first free slot of its probe sequence.
export function enter(table: usize, hash: u32, number: u32): void {
  const index = table + load<u32>(table, INDEX_AT)
  const mask = load<u32>(table, SLOTS) - 1
  let slot = hash >> clz(mask)
  while (load<u32>(index + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask
  store<u32>(index + (<usize>slot << 2), (number + 1) | (hash << 24))
}

// A new entry without contributions, or 0 when there is no room: then WANTED says how many bytes of heap it needs.
export function insert(
  table: usize,
  k0: u64,
  k1: u64,
  length: u32,
  hash: u32,
  bytes: usize,
  lanes: u64,
): usize {
  const number = load<u32>(table, ENTRIES)
  const used = load<u32>(table, HEAP_USED)
  const wanted = length > 16 ? (length + 7) & ~7 : 0
  if (
    number == load<u32>(table, CAPACITY) ||
    <u64>used + <u64>wanted > <u64>load<u32>(table, HEAP_CAPACITY)
  ) {
    store<u32>(table, wanted, WANTED)
    return 0
  }
  if (wanted != 0) {
    const target = table + load<u32>(table, HEAP_AT) + used
    store<u64>(target + wanted - 8, 0)
    memory.copy(target, bytes, length)
    store<u32>(table, used + wanted, HEAP_USED)
    k1 = used
  }
  const entry = entryAt(table, number)
  const partitions = load<u32>(table, PARTITIONS)
  store<u64>(entry, k0)
  store<u64>(entry, k1, K1)
  store<i64>(entry, 0, VALUE)
  store<u64>(entry, length, META)
  const note = noteOf(table, entry)
  store<i64>(note, 0, OLD)
  store<u64>(note, lanes, LANE0)
  store<u32>(note, 0, MARK)
  store<u32>(note, hash, HASH)
  store<u64>(note, partitions > 1 ? <u32>lanes % partitions : 0, PARTITION)
  store<u32>(table, number + 1, ENTRIES)
  enter(table, hash, number)
  return entry
}

export function lanesOf(bytes: usize, length: u32): u64 {
  return keyLanes(bytes, length)
}
