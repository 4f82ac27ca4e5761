// Kernels of the join of a table of integers with all events. Layout: integer-layout.ts.
const SLOTS: usize = 0
const SHIFT: usize = 4
const SIZE: usize = 8
const CAPACITY: usize = 12
const INDEX: usize = 16
const ENTRIES: usize = 20
const TOUCHED_AT: usize = 24
const TOUCHED: usize = 28
const HEAP: usize = 32
const HEAP_USED: usize = 36
const CURSOR: usize = 40
const CHUNK: usize = 44
const POSITION: usize = 48
// Written and never read.
const ASKED: usize = 60

const KEY: usize = 0
const ROW: usize = 4
const OLD: usize = 8
const FLAGS: usize = 12
const FIRST: usize = 16
const LAST: usize = 20
const COME: usize = 24
const FILL: usize = 28
const ENTRY_SHIFT: usize = 5
// Of entries that are looked at one after the other.
const NEAR_BYTES: usize = 6 << ENTRY_SHIFT

const HAS_ROW: u32 = 1
const IS_TOUCHED: u32 = 2
const HAD_ROW: u32 = 4

const FACTOR: u32 = 0x9e3779b1

// How many entries are asked for before the first of them is looked at, as in extremes.as.ts.
const AHEAD: u32 = 32

// @ts-ignore: decorator
@inline
function entryAt(table: usize, number: u32): usize {
  return <usize>load<u32>(table, ENTRIES) + (<usize>number << ENTRY_SHIFT)
}

// The entry of a key, a new one if it has none; 0 where there is no room for it.
// @ts-ignore: decorator
@inline
function entryOf(table: usize, key: u32): usize {
  const index: usize = load<u32>(table, INDEX)
  const mask = load<u32>(table, SLOTS) - 1
  let slot = (key * FACTOR) >> load<u32>(table, SHIFT)
  while (true) {
    const place = index + (<usize>slot << 3)
    const number = load<u32>(place, 4)
    if (number == 0) return inserted(table, key, place)
    if (load<u32>(place) == key) return entryAt(table, number - 1)
    slot = (slot + 1) & mask
  }
}

function inserted(table: usize, key: u32, place: usize): usize {
  const size = load<u32>(table, SIZE)
  if (size == load<u32>(table, CAPACITY)) return 0
  store<u32>(table, size + 1, SIZE)
  store<u32>(place, key)
  store<u32>(place, size + 1, 4)
  const entry = entryAt(table, size)
  v128.store(entry, i32x4.splat(0))
  v128.store(entry, i32x4.splat(0), 16)
  store<u32>(entry, key, KEY)
  return entry
}

// Asks for the entries of pairs, all at once: first for their places in the index.
// @ts-ignore: decorator
@inline
function askForKeys(table: usize, numbers: usize, count: u32): void {
  const index: usize = load<u32>(table, INDEX)
  const entries: usize = load<u32>(table, ENTRIES)
  const shift = load<u32>(table, SHIFT)
  const end = numbers + (<usize>min<u32>(count, AHEAD) << 3)
  let all: u32 = 0
  for (let at = numbers; at < end; at += 8) {
    all ^= load<u32>(index + (<usize>((load<u32>(at) * FACTOR) >> shift) << 3), 4)
  }
  for (let at = numbers; at < end; at += 8) {
    const number = load<u32>(index + (<usize>((load<u32>(at) * FACTOR) >> shift) << 3), 4)
    // Of none: the first entry, which is there in any case.
    all ^= load<u32>(entries + (<usize>(number - <u32>(number != 0)) << ENTRY_SHIFT), FLAGS)
  }
  store<u32>(table, all, ASKED)
}

// Asks for the first chunks of entries that a list numbers, all at once.
// @ts-ignore: decorator
@inline
function askForChunks(table: usize, list: usize, count: u32, field: usize): void {
  const heap: usize = load<u32>(table, HEAP)
  const entries: usize = load<u32>(table, ENTRIES)
  const end = list + (<usize>min<u32>(count, AHEAD) << 2)
  let all: u32 = 0
  for (let at = list; at < end; at += 4) {
    all ^= load<u32>(entries + (<usize>load<u32>(at) << ENTRY_SHIFT) + field)
  }
  for (let at = list; at < end; at += 4) {
    const word = load<u32>(entries + (<usize>load<u32>(at) << ENTRY_SHIFT) + field)
    all ^= load<u32>(heap + (<usize>word << 2))
  }
  store<u32>(table, all, ASKED)
}

// Notes, once a period, that an entry got something, and what its row was.
// @ts-ignore: decorator
@inline
function touch(table: usize, entry: usize): void {
  const flags = load<u32>(entry, FLAGS)
  if (flags & IS_TOUCHED) return
  store<u32>(entry, load<u32>(entry, ROW), OLD)
  store<u32>(entry, flags | IS_TOUCHED | (flags & HAS_ROW ? HAD_ROW : 0), FLAGS)
  const touched = load<u32>(table, TOUCHED)
  const number = <u32>((entry - <usize>load<u32>(table, ENTRIES)) >> ENTRY_SHIFT)
  store<u32>(<usize>load<u32>(table, TOUCHED_AT) + (<usize>touched << 2), number)
  store<u32>(table, touched + 1, TOUCHED)
}

// Takes rows (key, row). Returns how many: less than `count` when there is no room for the next one's key. Tables give rows in the
// order in which keys came, more or less, so the next entry of several is likely the one: only else the index is asked.
export function joinRows(table: usize, numbers: usize, count: u32): u32 {
  const entries: usize = load<u32>(table, ENTRIES)
  let likely = entries
  for (let i: u32 = 0; i < count; i++, numbers += 8) {
    const key = load<u32>(numbers)
    const end = min<usize>(
      entries + (<usize>load<u32>(table, SIZE) << ENTRY_SHIFT),
      likely + NEAR_BYTES,
    )
    let entry = likely
    while (entry < end && load<u32>(entry, KEY) != key) entry += 1 << ENTRY_SHIFT
    if (entry >= end) entry = entryOf(table, key)
    if (!entry) return i
    likely = entry + (1 << ENTRY_SHIFT)
    touch(table, entry)
    store<u32>(entry, load<u32>(numbers, 4), ROW)
    store<u32>(entry, load<u32>(entry, FLAGS) | HAS_ROW, FLAGS)
  }
  return count
}

// Counts events (key, event), and writes the number of each one's entry to `found`. Returns how many, as `joinRows`.
export function joinEvents(table: usize, numbers: usize, count: u32, found: usize): u32 {
  const entries: usize = load<u32>(table, ENTRIES)
  for (let i: u32 = 0; i < count; i++, numbers += 8) {
    if (i % AHEAD == 0) askForKeys(table, numbers, count - i)
    const entry = entryOf(table, load<u32>(numbers))
    if (!entry) return i
    touch(table, entry)
    store<u32>(entry, load<u32>(entry, COME) + 1, COME)
    store<u32>(found + (<usize>i << 2), <u32>((entry - entries) >> ENTRY_SHIFT))
  }
  return count
}

// Appends a chunk to each entry for which events were counted: next u32, count u32, events. The heap has room for all.
export function joinAppend(table: usize): void {
  const heap: usize = load<u32>(table, HEAP)
  const list: usize = load<u32>(table, TOUCHED_AT)
  const touched = load<u32>(table, TOUCHED)
  let used = load<u32>(table, HEAP_USED)
  for (let i: u32 = 0; i < touched; i++) {
    const entry = entryAt(table, load<u32>(list + (<usize>i << 2)))
    const come = load<u32>(entry, COME)
    if (come == 0) continue
    const chunk = heap + (<usize>used << 2)
    store<u32>(chunk, 0)
    store<u32>(chunk, come, 4)
    const last = load<u32>(entry, LAST)
    if (last == 0) store<u32>(entry, used, FIRST)
    else store<u32>(heap + (<usize>last << 2), used)
    store<u32>(entry, used, LAST)
    store<u32>(entry, used + 2, FILL)
    used += 2 + come
  }
  store<u32>(table, used, HEAP_USED)
}

// Puts events that were counted into their chunks.
export function joinPut(table: usize, numbers: usize, count: u32, found: usize): void {
  const heap: usize = load<u32>(table, HEAP)
  for (let i: u32 = 0; i < count; i++, numbers += 8) {
    if (i % AHEAD == 0) askForChunks(table, found + (<usize>i << 2), count - i, FILL)
    const entry = entryAt(table, load<u32>(found + (<usize>i << 2)))
    const fill = load<u32>(entry, FILL)
    store<u32>(heap + (<usize>fill << 2), load<u32>(numbers, 4))
    store<u32>(entry, fill + 1, FILL)
  }
}

// The chunk that an entry's pairs begin with: of all its events if its row changed, else of those that came; 0: no pairs.
// @ts-ignore: decorator
@inline
function firstChunk(entry: usize): u32 {
  const flags = load<u32>(entry, FLAGS)
  if (!(flags & HAS_ROW)) return 0
  if (!(flags & HAD_ROW) || load<u32>(entry, ROW) != load<u32>(entry, OLD)) {
    return load<u32>(entry, FIRST)
  }
  return load<u32>(entry, COME) ? load<u32>(entry, LAST) : 0
}

// Ends a period: writes pairs (event, row) of the entries that got something, in order of first touch, `most` at most, and
// goes on there when it is called again. Returns how many: less than `most` when all are out, and nothing is touched any more.
export function joinOut(table: usize, out: usize, most: u32): u32 {
  const heap: usize = load<u32>(table, HEAP)
  const list: usize = load<u32>(table, TOUCHED_AT)
  const touched = load<u32>(table, TOUCHED)
  let cursor = load<u32>(table, CURSOR)
  let chunk = load<u32>(table, CHUNK)
  let position = load<u32>(table, POSITION)
  let room = most
  for (; cursor < touched; cursor++) {
    if (cursor % AHEAD == 0) {
      askForChunks(table, list + (<usize>cursor << 2), touched - cursor, FIRST)
    }
    const entry = entryAt(table, load<u32>(list + (<usize>cursor << 2)))
    if (chunk == 0) chunk = firstChunk(entry)
    const row = <u64>load<u32>(entry, ROW) << 32
    while (chunk != 0) {
      const at = heap + (<usize>chunk << 2)
      const count = load<u32>(at, 4)
      const end = min<u32>(count, position + room)
      room -= end - position
      for (; position < end; position++, out += 8) {
        store<u64>(out, row | <u64>load<u32>(at + (<usize>position << 2), 8))
      }
      if (position < count) break
      chunk = load<u32>(at)
      position = 0
    }
    if (chunk != 0) break
    store<u32>(entry, load<u32>(entry, FLAGS) & HAS_ROW, FLAGS)
    store<u32>(entry, 0, COME)
  }
  const isDone = cursor == touched && room > 0
  store<u32>(table, isDone ? 0 : cursor, CURSOR)
  if (isDone) store<u32>(table, 0, TOUCHED)
  store<u32>(table, chunk, CHUNK)
  store<u32>(table, position, POSITION)
  return most - room
}

// Enters all entries into an empty index.
export function joinIndex(table: usize): void {
  const index: usize = load<u32>(table, INDEX)
  const mask = load<u32>(table, SLOTS) - 1
  const shift = load<u32>(table, SHIFT)
  const size = load<u32>(table, SIZE)
  for (let number: u32 = 0; number < size; number++) {
    const key = load<u32>(entryAt(table, number), KEY)
    let slot = (key * FACTOR) >> shift
    while (load<u32>(index + (<usize>slot << 3), 4) != 0) slot = (slot + 1) & mask
    store<u32>(index + (<usize>slot << 3), key)
    store<u32>(index + (<usize>slot << 3), number + 1, 4)
  }
}
