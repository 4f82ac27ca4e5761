// Kernels of tables in which the least or greatest integers spread along events. Layout: spread-layout.ts.
import { slotOfKey, stepOfKey } from './integer-keys.as'
import { integerLane0 } from './numbers.as'

export const SLOTS: usize = 0
export const BITS: usize = 4
export const SIZE: usize = 8
export const CAPACITY: usize = 12
export const FLIP: usize = 16
const PARTITIONS: usize = 20
export const INDEX_AT: usize = 24
const KEYS_AT: usize = 28
export const ROWS_AT: usize = 32
export const FLAGS_AT: usize = 36
export const PARTS_AT: usize = 40
const HEADS_AT: usize = 44
const TAILS_AT: usize = 48
const WORK_AT: usize = 52
export const HEAP_AT: usize = 56
export const HEAP_USED: usize = 60
export const OWNERS_AT: usize = 64
const QUEUE_AT: usize = 68
const QUEUED: usize = 72
const NEXT: usize = 76
const WAVE_AT: usize = 80
const WAVED: usize = 84
export const CHANGES_AT: usize = 88
export const CHANGED: usize = 92
export const REACHED_AT: usize = 96
export const REACHED: usize = 100
const ARRIVED: usize = 104
export const STEPS: usize = 108
const WAVE_FIRST: usize = 112
// Written and never read.
export const ASKED: usize = 124
export const PARENTS_AT: usize = 116
export const CIRCLES_AT: usize = 120
export const VALUES_AT: usize = 128

export const WORST: u32 = 0xffffffff
const OTHERS: u32 = 0xffffffff

export const HAS_ROW: u32 = 1
export const IS_OWN: u32 = 2
export const IS_CHANGED: u32 = 4
const IS_PENDING: u32 = 8
const IN_WAVE: u32 = 16
const OF_ALL: u32 = 32
const IS_HELD: u32 = 64
const REACHED_OWN: u32 = HAS_ROW | IS_CHANGED | IS_PENDING | IN_WAVE | OF_ALL | IS_HELD

// How many places are asked for before the first of them is looked at, as in extremes.as.ts.
export const AHEAD: u32 = 32
const FEW_EVENTS: u32 = 8

// Up to so many are sorted in place.
const FEW: u32 = 32
const DIGIT_BITS: u32 = 11
const DIGITS: u32 = 1 << 11
const DIGIT_MASK: u32 = DIGITS - 1
const PASSES: u32 = 3

// @ts-ignore: decorator
@inline
export function list(table: usize, field: usize): usize {
  return <usize>load<u32>(table + field)
}

// @ts-ignore: decorator
@inline
export function wordAt(list: usize, number: u32): usize {
  return list + (<usize>number << 2)
}

// The number of a key's entry, a new one's if it has none: there is room.
// @ts-ignore: decorator
@inline
export function numberOf(table: usize, index: usize, bits: u32, mask: u32, key: u32): u32 {
  let slot = slotOfKey(key, bits, mask)
  const step = stepOfKey(key)
  while (true) {
    const place = index + (<usize>slot << 3)
    const number = load<u32>(place, 4)
    if (number == 0) return inserted(table, key, place)
    if (load<u32>(place) == key) return number - 1
    slot = (slot + step) & mask
  }
}

function inserted(table: usize, key: u32, place: usize): u32 {
  const number = load<u32>(table, SIZE)
  store<u32>(table, number + 1, SIZE)
  store<u32>(place, key)
  store<u32>(place, number + 1, 4)
  store<u32>(wordAt(list(table, KEYS_AT), number), key)
  begin(table, number, key)
  return number
}

// An entry without row and events.
// @ts-ignore: decorator
@inline
function begin(table: usize, number: u32, key: u32): void {
  const lane = integerLane0(key)
  const partitions = load<u32>(table, PARTITIONS)
  // Most numbers of partitions are powers of two.
  const partition = (partitions & (partitions - 1)) == 0 ? lane & (partitions - 1) : lane % partitions
  const isOwn = load<u32>(wordAt(list(table, OWNERS_AT), partition)) != OTHERS
  store<u32>(wordAt(list(table, ROWS_AT), number), WORST)
  store<u32>(wordAt(list(table, PARTS_AT), number), partition)
  store<u8>(list(table, FLAGS_AT) + number, <u8>(isOwn ? IS_OWN : 0))
  const parents = list(table, PARENTS_AT)
  if (parents == 0) {
    store<u32>(wordAt(list(table, HEADS_AT), number), 0)
    store<u32>(wordAt(list(table, TAILS_AT), number), 0)
    store<u32>(wordAt(list(table, WORK_AT), number), 0)
  } else {
    store<u32>(wordAt(parents, number), number)
    store<u32>(wordAt(list(table, CIRCLES_AT), number), number)
    store<u32>(wordAt(list(table, VALUES_AT), number), WORST)
  }
}

// Begins the entries that a table without an index has room for: each is its key's.
export function spreadBegin(table: usize): void {
  const capacity = load<u32>(table, CAPACITY)
  for (let key = load<u32>(table, SIZE); key < capacity; key++) begin(table, key, key)
  store<u32>(table, capacity, SIZE)
}

// Counts a key of its own that has its first row, or its first events.
function hold(table: usize, number: u32): void {
  const partition = load<u32>(wordAt(list(table, PARTS_AT), number))
  const owner = wordAt(list(table, OWNERS_AT), partition)
  store<u32>(owner, load<u32>(owner) + 1)
}

// Asks for the rows of the first numbers of pairs, all at once: first for their places in the index.
// @ts-ignore: decorator
@inline
function askForRows(table: usize, numbers: usize, count: u32, bits: u32, mask: u32): void {
  const index = list(table, INDEX_AT)
  const rows = list(table, ROWS_AT)
  const end = numbers + (<usize>min<u32>(count, AHEAD) << 3)
  let all: u32 = 0
  for (let at = numbers; at < end; at += 8) {
    all ^= load<u32>(index + (<usize>slotOfKey(load<u32>(at), bits, mask) << 3), 4)
  }
  for (let at = numbers; at < end; at += 8) {
    const number = load<u32>(index + (<usize>slotOfKey(load<u32>(at), bits, mask) << 3), 4)
    // Of none: the first row, which is there in any case.
    all ^= load<u32>(wordAt(rows, number - <u32>(number != 0)))
  }
  store<u32>(table, all, ASKED)
}

// Asks for the places of both numbers of pairs.
// @ts-ignore: decorator
@inline
export function askForPlaces(table: usize, numbers: usize, count: u32, bits: u32, mask: u32): void {
  const index = list(table, INDEX_AT)
  const end = numbers + (<usize>min<u32>(count, AHEAD) << 3)
  let all: u32 = 0
  for (let at = numbers; at < end; at += 4) {
    all ^= load<u32>(index + (<usize>slotOfKey(load<u32>(at), bits, mask) << 3))
  }
  store<u32>(table, all, ASKED)
}

// Keeps the best value of each key, and notes what is to spread.
export function spreadRows(table: usize, numbers: usize, count: u32): u32 {
  const index = list(table, INDEX_AT)
  const bits = load<u32>(table, BITS)
  const slots = load<u32>(table, SLOTS)
  const mask = slots - 1
  const capacity = load<u32>(table, CAPACITY)
  const flip = load<u32>(table, FLIP)
  const rows = list(table, ROWS_AT)
  const flags = list(table, FLAGS_AT)
  const queue = list(table, QUEUE_AT)
  const changes = list(table, CHANGES_AT)
  let queued = load<u32>(table, QUEUED)
  let changed = load<u32>(table, CHANGED)
  let i: u32 = 0
  for (; i < count; i++, numbers += 8) {
    const key = load<u32>(numbers)
    let number = key
    if (slots == 0) {
      if (key >= capacity) break
    } else {
      if (i % AHEAD == 0) askForRows(table, numbers, count - i, bits, mask)
      if (load<u32>(table, SIZE) == capacity) break
      number = numberOf(table, index, bits, mask, key)
    }
    const value = load<u32>(numbers, 4) ^ flip
    const row = wordAt(rows, number)
    const has = <u32>load<u8>(flags + number)
    if (value >= load<u32>(row) && (value != WORST || (has & HAS_ROW) != 0)) continue
    store<u32>(row, value)
    if ((has & IS_HELD) == 0) hold(table, number)
    if ((has & IS_CHANGED) == 0) {
      store<u32>(wordAt(changes, changed), number)
      changed++
    }
    if ((has & IS_PENDING) == 0) {
      store<u32>(wordAt(queue, queued), number)
      queued++
    }
    store<u8>(flags + number, <u8>(has | HAS_ROW | IS_CHANGED | IS_PENDING | OF_ALL | IS_HELD))
  }
  store<u32>(table, queued, QUEUED)
  store<u32>(table, changed, CHANGED)
  return i
}

// Counts an event of an entry.
// @ts-ignore: decorator
@inline
function counted(work: usize, wave: usize, arrived: u32, number: u32): u32 {
  const come = wordAt(work, number)
  const before = load<u32>(come)
  store<u32>(come, before + 1)
  if (before != 0) return arrived
  store<u32>(wordAt(wave, arrived), number)
  return arrived + 1
}

// Counts events, and puts numbers of entries in the place of both keys.
export function spreadEvents(table: usize, numbers: usize, count: u32): u32 {
  const slots = load<u32>(table, SLOTS)
  const capacity = load<u32>(table, CAPACITY)
  const work = list(table, WORK_AT)
  const wave = list(table, WAVE_AT)
  let arrived = load<u32>(table, ARRIVED)
  let i: u32 = 0
  if (slots == 0) {
    for (; i < count; i++, numbers += 8) {
      const number = load<u32>(numbers)
      if (max<u32>(number, load<u32>(numbers, 4)) >= capacity) break
      arrived = counted(work, wave, arrived, number)
    }
    store<u32>(table, arrived, ARRIVED)
    return i
  }
  const index = list(table, INDEX_AT)
  const bits = load<u32>(table, BITS)
  const mask = slots - 1
  for (; i < count; i++, numbers += 8) {
    if (i % AHEAD == 0) askForPlaces(table, numbers, count - i, bits, mask)
    if (load<u32>(table, SIZE) + 2 > capacity) break
    const number = numberOf(table, index, bits, mask, load<u32>(numbers))
    const event = numberOf(table, index, bits, mask, load<u32>(numbers, 4))
    arrived = counted(work, wave, arrived, number)
    store<u32>(numbers, number)
    store<u32>(numbers, event, 4)
  }
  store<u32>(table, arrived, ARRIVED)
  return i
}

// Puts the entries that got events into their order, where a quarter of all has: that is how memory lies.
// @ts-ignore: decorator
@inline
function ordered(table: usize, arrived: u32): void {
  const size = load<u32>(table, SIZE)
  if (<u64>arrived * 4 <= <u64>size) return
  const work = list(table, WORK_AT)
  const wave = list(table, WAVE_AT)
  let at: u32 = 0
  for (let number: u32 = 0; at < arrived; number++) {
    store<u32>(wordAt(wave, at), number)
    at += <u32>(load<u32>(wordAt(work, number)) != 0)
  }
}

// Appends a chunk to each entry that got events. The heap has room for all.
export function spreadAppend(table: usize): void {
  const heap = list(table, HEAP_AT)
  const wave = list(table, WAVE_AT)
  const queue = list(table, QUEUE_AT)
  const flags = list(table, FLAGS_AT)
  const arrived = load<u32>(table, ARRIVED)
  ordered(table, arrived)
  let used = load<u32>(table, HEAP_USED)
  let queued = load<u32>(table, QUEUED)
  for (let i: u32 = 0; i < arrived; i++) {
    const number = load<u32>(wordAt(wave, i))
    const work = wordAt(list(table, WORK_AT), number)
    const tail = wordAt(list(table, TAILS_AT), number)
    const come = load<u32>(work)
    const last = load<u32>(tail)
    let has = <u32>load<u8>(flags + number)
    if ((has & IS_HELD) == 0) {
      hold(table, number)
      has |= IS_HELD
      store<u8>(flags + number, <u8>has)
    }
    store<u32>(wordAt(heap, used), 0)
    store<u32>(wordAt(heap, used + 1), come)
    if (last == 0) store<u32>(wordAt(list(table, HEADS_AT), number), used)
    else store<u32>(wordAt(heap, last), used)
    store<u32>(tail, used)
    store<u32>(work, used + 2)
    used += 2 + come
    if ((has & (HAS_ROW | IS_PENDING)) == HAS_ROW) {
      store<u8>(flags + number, <u8>(has | IS_PENDING))
      store<u32>(wordAt(queue, queued), number)
      queued++
    }
  }
  store<u32>(table, used, HEAP_USED)
  store<u32>(table, queued, QUEUED)
}

// Puts events that were counted into their chunks.
export function spreadPut(table: usize, numbers: usize, count: u32): void {
  const heap = list(table, HEAP_AT)
  const work = list(table, WORK_AT)
  const end = numbers + (<usize>count << 3)
  for (; numbers < end; numbers += 8) {
    const next = wordAt(work, load<u32>(numbers))
    const fill = load<u32>(next)
    store<u32>(wordAt(heap, fill), load<u32>(numbers, 4))
    store<u32>(next, fill + 1)
  }
}

// All events that came are in their chunks.
function settle(table: usize): void {
  const work = list(table, WORK_AT)
  const wave = list(table, WAVE_AT)
  const arrived = load<u32>(table, ARRIVED)
  for (let i: u32 = 0; i < arrived; i++) store<u32>(wordAt(work, load<u32>(wordAt(wave, i))), 0)
  store<u32>(table, 0, ARRIVED)
}

// Sorts what is to spread by value, equal ones in their order.
export function spreadSort(table: usize, scratch: usize): void {
  settle(table)
  const rows = list(table, ROWS_AT)
  const queue = list(table, QUEUE_AT)
  const queued = load<u32>(table, QUEUED)
  if (queued <= FEW) {
    for (let i: u32 = 1; i < queued; i++) {
      const number = load<u32>(wordAt(queue, i))
      const row = load<u32>(wordAt(rows, number))
      let to = i
      while (to > 0) {
        const before = load<u32>(wordAt(queue, to - 1))
        if (load<u32>(wordAt(rows, before)) <= row) break
        store<u32>(wordAt(queue, to), before)
        to--
      }
      store<u32>(wordAt(queue, to), number)
    }
    return
  }
  const countBytes: usize = <usize>PASSES << (DIGIT_BITS + 2)
  memory.fill(scratch, 0, countBytes)
  let from = scratch + countBytes
  let to = from + (<usize>queued << 3)
  for (let i: u32 = 0; i < queued; i++) {
    const number = load<u32>(wordAt(queue, i))
    const row = load<u32>(wordAt(rows, number))
    store<u32>(from + (<usize>i << 3), row)
    store<u32>(from + (<usize>i << 3), number, 4)
    for (let pass: u32 = 0; pass < PASSES; pass++) {
      const digit = (row >> (pass * DIGIT_BITS)) & DIGIT_MASK
      const counted = wordAt(scratch, (pass << DIGIT_BITS) + digit)
      store<u32>(counted, load<u32>(counted) + 1)
    }
  }
  for (let pass: u32 = 0; pass < PASSES; pass++) {
    const shift = pass * DIGIT_BITS
    const counts = wordAt(scratch, pass << DIGIT_BITS)
    // Where all have one digit nothing moves.
    if (load<u32>(wordAt(counts, (load<u32>(from) >> shift) & DIGIT_MASK)) == queued) continue
    let next: u32 = 0
    for (let digit: u32 = 0; digit < DIGITS; digit++) {
      const counted = wordAt(counts, digit)
      const own = load<u32>(counted)
      store<u32>(counted, next)
      next += own
    }
    for (let i: u32 = 0; i < queued; i++) {
      const pair = load<u64>(from + (<usize>i << 3))
      const counted = wordAt(counts, (<u32>pair >> shift) & DIGIT_MASK)
      const place = load<u32>(counted)
      store<u64>(to + (<usize>place << 3), pair)
      store<u32>(counted, place + 1)
    }
    const other = from
    from = to
    to = other
  }
  for (let i: u32 = 0; i < queued; i++) {
    store<u32>(wordAt(queue, i), load<u32>(from + (<usize>i << 3), 4))
  }
}

// Asks for the events of entries that were reached, and for the rows of the first of them, all at once.
// @ts-ignore: decorator
@inline
function askForEvents(table: usize, heads: usize, wave: usize, mask: u32, first: u32, count: u32): void {
  const heap = list(table, HEAP_AT)
  const rows = list(table, ROWS_AT)
  const end = first + min<u32>(count, AHEAD)
  let all: u32 = 0
  for (let i = first; i < end; i++) {
    all ^= load<u32>(wordAt(heads, load<u32>(wordAt(wave, i & mask))))
  }
  for (let i = first; i < end; i++) {
    const chunk = load<u32>(wordAt(heads, load<u32>(wordAt(wave, i & mask))))
    all ^= load<u32>(wordAt(heap, chunk + 1))
  }
  for (let i = first; i < end; i++) {
    const chunk = load<u32>(wordAt(heads, load<u32>(wordAt(wave, i & mask))))
    if (chunk == 0) continue
    const events = wordAt(heap, chunk + 2)
    const few = min<u32>(load<u32>(wordAt(heap, chunk + 1)), FEW_EVENTS)
    for (let event: u32 = 0; event < few; event++) {
      all ^= load<u32>(wordAt(rows, load<u32>(wordAt(events, event))))
    }
  }
  store<u32>(table, all, ASKED)
}

// Spreads values along `most` events or a few more, to whom was reached before the queue goes on: where that is sorted the best
// value goes as far as it can before the next one begins. Returns whether all is done.
export function spreadRun(table: usize, most: i32): u32 {
  const heap = list(table, HEAP_AT)
  const rows = list(table, ROWS_AT)
  const flags = list(table, FLAGS_AT)
  const heads = list(table, HEADS_AT)
  const tails = list(table, TAILS_AT)
  const queue = list(table, QUEUE_AT)
  const wave = list(table, WAVE_AT)
  const changes = list(table, CHANGES_AT)
  const reaches = list(table, REACHED_AT)
  const queued = load<u32>(table, QUEUED)
  let next = load<u32>(table, NEXT)
  const ring = load<u32>(table, CAPACITY) - 1
  let first = load<u32>(table, WAVE_FIRST)
  let waved = load<u32>(table, WAVED)
  let asked: u32 = 0
  let changed = load<u32>(table, CHANGED)
  let reached = load<u32>(table, REACHED)
  let steps = load<u32>(table, STEPS)
  let left = most
  let isDone: u32 = 0
  while (left > 0) {
    let number: u32 = 0
    if (waved > 0) {
      if (asked == 0) {
        asked = min<u32>(waved, AHEAD)
        askForEvents(table, heads, wave, ring, first, asked)
      }
      asked--
      number = load<u32>(wordAt(wave, first & ring))
      first++
      waved--
    } else if (next < queued) {
      number = load<u32>(wordAt(queue, next))
      next++
    } else {
      isDone = 1
      break
    }
    left--
    const had = <u32>load<u8>(flags + number)
    store<u8>(flags + number, <u8>(had & ~(IS_PENDING | IN_WAVE | OF_ALL)))
    // It was reached on the way, and has spread since.
    if ((had & IS_PENDING) == 0) continue
    steps++
    const value = load<u32>(wordAt(rows, number))
    let chunk = load<u32>(wordAt((had & OF_ALL) != 0 ? heads : tails, number))
    while (chunk != 0) {
      let at = wordAt(heap, chunk)
      chunk = load<u32>(at)
      const count = load<u32>(at, 4)
      left -= <i32>count
      at += 8
      const end = at + (<usize>count << 2)
      for (; at < end; at += 4) {
        const event = load<u32>(at)
        const row = wordAt(rows, event)
        if (value >= load<u32>(row)) {
          if (value != WORST || (<u32>load<u8>(flags + event) & HAS_ROW) != 0) continue
        }
        store<u32>(row, value)
        const has = <u32>load<u8>(flags + event)
        if ((has & IS_OWN) == 0) {
          if ((has & IS_CHANGED) == 0) {
            store<u32>(wordAt(reaches, reached), event)
            reached++
          }
          store<u8>(flags + event, <u8>(has | HAS_ROW | IS_CHANGED))
          continue
        }
        if ((has & IS_HELD) == 0) hold(table, event)
        if ((has & IS_CHANGED) == 0) {
          store<u32>(wordAt(changes, changed), event)
          changed++
        }
        if ((has & IN_WAVE) == 0) {
          store<u32>(wordAt(wave, (first + waved) & ring), event)
          waved++
        }
        store<u8>(flags + event, <u8>(has | REACHED_OWN))
      }
    }
  }
  store<u32>(table, isDone ? 0 : queued, QUEUED)
  store<u32>(table, isDone ? 0 : next, NEXT)
  store<u32>(table, waved, WAVED)
  store<u32>(table, first, WAVE_FIRST)
  store<u32>(table, changed, CHANGED)
  store<u32>(table, reached, REACHED)
  store<u32>(table, steps, STEPS)
  return isDone
}

// Writes pairs (key, value) of what changed, or of what was reached of others, and forgets that it did.
export function spreadTake(table: usize, others: u32, from: u32, out: usize, most: u32): u32 {
  const entries = list(table, others ? REACHED_AT : CHANGES_AT)
  const all = load<u32>(table + (others ? REACHED : CHANGED))
  const count = min<u32>(most, all - from)
  const keys = list(table, KEYS_AT)
  const isDense = load<u32>(table, SLOTS) == 0
  const rows = list(table, ROWS_AT)
  const flags = list(table, FLAGS_AT)
  const flip = load<u32>(table, FLIP)
  for (let i = from; i < from + count; i++, out += 8) {
    const number = load<u32>(wordAt(entries, i))
    store<u32>(out, isDense ? number : load<u32>(wordAt(keys, number)))
    store<u32>(out, load<u32>(wordAt(rows, number)) ^ flip, 4)
    store<u8>(flags + number, load<u8>(flags + number) & <u8>(~IS_CHANGED))
  }
  if (from + count == all) store<u32>(table + (others ? REACHED : CHANGED), 0)
  return count
}

// Takes what is there as it is: nothing changed, nothing is to spread.
export function spreadForget(table: usize): void {
  settle(table)
  const flags = list(table, FLAGS_AT)
  const size = load<u32>(table, SIZE)
  for (let number: u32 = 0; number < size; number++) {
    store<u8>(flags + number, load<u8>(flags + number) & <u8>(HAS_ROW | IS_OWN | IS_HELD))
  }
  store<u32>(table, 0, QUEUED)
  store<u32>(table, 0, NEXT)
  store<u32>(table, 0, WAVED)
  store<u32>(table, 0, CHANGED)
  store<u32>(table, 0, REACHED)
}

// Enters all entries into an empty index.
export function spreadIndex(table: usize): void {
  const index = list(table, INDEX_AT)
  const bits = load<u32>(table, BITS)
  const mask = load<u32>(table, SLOTS) - 1
  const size = load<u32>(table, SIZE)
  const keys = list(table, KEYS_AT)
  for (let number: u32 = 0; number < size; number++) {
    const key = load<u32>(wordAt(keys, number))
    const step = stepOfKey(key)
    let slot = slotOfKey(key, bits, mask)
    while (load<u32>(index + (<usize>slot << 3), 4) != 0) slot = (slot + step) & mask
    store<u32>(index + (<usize>slot << 3), key)
    store<u32>(index + (<usize>slot << 3), number + 1, 4)
  }
}
