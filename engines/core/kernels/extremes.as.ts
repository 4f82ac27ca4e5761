// Kernels of tables that keep the least or greatest of 32-bit integers by key. Layout: integer-layout.ts.
import { slotOfKey, stepOfKey } from './integer-keys.as'

const SLOTS: usize = 0
const SIZE: usize = 4
const CHANGES: usize = 8
const REDUCE: usize = 12
const BITS: usize = 16
const CAPACITY: usize = 20
const MARKS_AT: usize = 24
const ORDER_AT: usize = 28
const CHANGES_AT: usize = 32
const HAS_LAST: usize = 36
// Written and never read.
const TOUCHED: usize = 60
const PLACES: usize = 64

// Pairs whose places are asked for before the first of them is looked at. Tables are larger than the nearest caches, and whether
// a value is better cannot be foretold: without this each wrong guess would wait for memory before the next place is asked for.
const AHEAD: u32 = 32

const LEAST: u32 = 1
const NO_KEY: u32 = 0xffffffff

// The slot of a key, or the free one where it belongs. The key that looks like a free slot has one of its own, the last.
// @ts-ignore: decorator
@inline
function slotOf(places: usize, key: u32, slots: u32, bits: u32): u32 {
  if (key == NO_KEY) return slots
  const mask = slots - 1
  const step = stepOfKey(key)
  let slot = slotOfKey(key, bits, mask)
  while (true) {
    const found = load<u32>(places + (<usize>slot << 3))
    if (found == key || found == NO_KEY) return slot
    slot = (slot + step) & mask
  }
}

// Asks for the places of pairs, all at once.
// @ts-ignore: decorator
@inline
function askFor(table: usize, numbers: usize, count: u32, bits: u32): void {
  const mask = load<u32>(table, SLOTS) - 1
  const end = numbers + (<usize>min<u32>(count, AHEAD) << 3)
  let all: u32 = 0
  for (let at = numbers; at < end; at += 8) {
    all ^= load<u32>(table + PLACES + (<usize>slotOfKey(load<u32>(at), bits, mask) << 3))
  }
  store<u32>(table, all, TOUCHED)
}

// All places are free, and none is marked.
export function extremesBegin(table: usize): void {
  const slots = <usize>load<u32>(table, SLOTS)
  memory.fill(table + PLACES, 0xff, (slots + 1) << 3)
  memory.fill(table + load<u32>(table, MARKS_AT), 0, slots + 1)
}

// Keeps the least (or greatest) second number of each first one. Returns how many pairs it took: less than `count` when the
// table has no room for the next one's key.
export function extremesFold(table: usize, numbers: usize, count: u32): u32 {
  const slots = load<u32>(table, SLOTS)
  const bits = load<u32>(table, BITS)
  const isLeast = load<u32>(table, REDUCE) == LEAST
  const capacity = load<u32>(table, CAPACITY)
  const places = table + PLACES
  const marks = table + load<u32>(table, MARKS_AT)
  const order = table + load<u32>(table, ORDER_AT)
  const list = table + load<u32>(table, CHANGES_AT)
  let size = load<u32>(table, SIZE)
  let changes = load<u32>(table, CHANGES)
  let i: u32 = 0
  for (; i < count; i++, numbers += 8) {
    if (i % AHEAD == 0) askFor(table, numbers, count - i, bits)
    const key = load<u32>(numbers)
    const value = load<u32>(numbers, 4)
    const slot = slotOf(places, key, slots, bits)
    const place = places + (<usize>slot << 3)
    if (key == NO_KEY ? load<u32>(table, HAS_LAST) != 0 : load<u32>(place) == key) {
      const before = load<u32>(place, 4)
      if (isLeast ? value >= before : value <= before) continue
    } else {
      if (size == capacity) break
      if (key == NO_KEY) store<u32>(table, 1, HAS_LAST)
      store<u32>(place, key)
      store<u32>(order + (<usize>size << 2), slot)
      size++
    }
    store<u32>(place, value, 4)
    if (load<u8>(marks + slot)) continue
    store<u8>(marks + slot, 1)
    store<u32>(list + (<usize>changes << 2), slot)
    changes++
  }
  store<u32>(table, size, SIZE)
  store<u32>(table, changes, CHANGES)
  return i
}

// Puts the changes into the order of insertion, where a quarter of all has changed: that is how memory lies, here and where the
// rows go.
export function extremesOrder(table: usize): void {
  const size = load<u32>(table, SIZE)
  const changes = load<u32>(table, CHANGES)
  if (<u64>changes * 4 <= <u64>size) return
  const marks = table + load<u32>(table, MARKS_AT)
  let at = table + load<u32>(table, ORDER_AT)
  const end = at + (<usize>size << 2)
  let list = table + load<u32>(table, CHANGES_AT)
  const last = list + (<usize>changes << 2)
  for (; at < end && list < last; at += 4) {
    const slot = load<u32>(at)
    store<u32>(list, slot)
    list += <usize>load<u8>(marks + slot) << 2
  }
}

// Writes pairs of the slots that a list numbers, from place `from` on, `most` at most. Returns how many.
// @ts-ignore: decorator
@inline
function written(table: usize, list: usize, from: u32, all: u32, out: usize, most: u32): u32 {
  const places = table + PLACES
  const count = min<u32>(most, all - from)
  for (let i: u32 = 0; i < count; i++, out += 8) {
    const slot = load<u32>(list + (<usize>(from + i) << 2))
    store<u64>(out, load<u64>(places + (<usize>slot << 3)))
  }
  return count
}

// Writes the rows that changed, from number `from` on, and forgets that they did.
export function extremesTake(table: usize, from: u32, out: usize, most: u32): u32 {
  const marks = table + load<u32>(table, MARKS_AT)
  const list = table + load<u32>(table, CHANGES_AT)
  const changes = load<u32>(table, CHANGES)
  const count = written(table, list, from, changes, out, most)
  for (let i = from; i < from + count; i++) {
    store<u8>(marks + load<u32>(list + (<usize>i << 2)), 0)
  }
  if (from + count == changes) store<u32>(table, 0, CHANGES)
  return count
}

// Writes rows, from number `from` on, in order of insertion. Returns how many.
export function extremesRows(table: usize, from: u32, out: usize, most: u32): u32 {
  const order = table + load<u32>(table, ORDER_AT)
  return written(table, order, from, load<u32>(table, SIZE), out, most)
}

// Moves a table into an empty, larger one. The old one is of no use then.
export function extremesMove(source: usize, target: usize): void {
  const slots = load<u32>(target, SLOTS)
  const bits = load<u32>(target, BITS)
  const size = load<u32>(source, SIZE)
  const changes = load<u32>(source, CHANGES)
  const order = source + load<u32>(source, ORDER_AT)
  const list = source + load<u32>(source, CHANGES_AT)
  const toMarks = target + load<u32>(target, MARKS_AT)
  const toOrder = target + load<u32>(target, ORDER_AT)
  const toList = target + load<u32>(target, CHANGES_AT)
  for (let i: u32 = 0; i < size; i++) {
    const place = source + PLACES + (<usize>load<u32>(order + (<usize>i << 2)) << 3)
    const slot = slotOf(target + PLACES, load<u32>(place), slots, bits)
    store<u64>(target + PLACES + (<usize>slot << 3), load<u64>(place))
    store<u32>(toOrder + (<usize>i << 2), slot)
  }
  for (let i: u32 = 0; i < changes; i++) {
    const place = source + PLACES + (<usize>load<u32>(list + (<usize>i << 2)) << 3)
    const slot = slotOf(target + PLACES, load<u32>(place), slots, bits)
    store<u32>(toList + (<usize>i << 2), slot)
    store<u8>(toMarks + slot, 1)
  }
  store<u32>(target, size, SIZE)
  store<u32>(target, changes, CHANGES)
  store<u32>(target, load<u32>(source, HAS_LAST), HAS_LAST)
}
