// Kernels of tables in which the least or greatest integers spread along events that all go both ways: sets of keys are united.
// Layout: spread-layout.ts.
import {
  AHEAD,
  ASKED,
  BITS,
  CAPACITY,
  CHANGED,
  CHANGES_AT,
  CIRCLES_AT,
  FLAGS_AT,
  FLIP,
  HAS_ROW,
  HEAP_AT,
  HEAP_USED,
  INDEX_AT,
  IS_CHANGED,
  IS_OWN,
  OWNERS_AT,
  PARENTS_AT,
  PARTS_AT,
  REACHED,
  REACHED_AT,
  ROWS_AT,
  SIZE,
  SLOTS,
  STEPS,
  VALUES_AT,
  WORST,
  askForPlaces,
  list,
  numberOf,
  wordAt,
} from './spread.as'

const MERGED_AT: usize = 132
const MERGED: usize = 136
const IMPROVED_AT: usize = 140
const IMPROVED: usize = 144

const IS_IMPROVED: u32 = 8
const HAS_VALUE: u32 = 16
const IS_PART: u32 = 32
const OWN_BIT: u32 = 1
const CHANGED_BIT: u32 = 2
const IMPROVED_BIT: u32 = 3
const VALUE_BIT: u32 = 4
const PART_BIT: u32 = 5
const HELD_BIT: u32 = 6

// Pairs that are looked at before the first of their sets are united.
const PAIRS_AT_ONCE: usize = 256

// The root of an entry's set. Ways to it are halved as they are gone.
// @ts-ignore: decorator
@inline
function rootOf(parents: usize, number: u32): u32 {
  let at = number
  while (true) {
    const parent = load<u32>(wordAt(parents, at))
    if (parent == at) return at
    const above = load<u32>(wordAt(parents, parent))
    if (above == parent) return parent
    store<u32>(wordAt(parents, at), above)
    at = above
  }
}

// Counts an own key that has its first row, or its first events. Without a branch: whether it is cannot be foretold.
// @ts-ignore: decorator
@inline
function hold(table: usize, flags: usize, number: u32): void {
  const has = <u32>load<u8>(flags + number)
  const owner = wordAt(list(table, OWNERS_AT), load<u32>(wordAt(list(table, PARTS_AT), number)))
  const isHeld = (has & IS_OWN) << (HELD_BIT - OWN_BIT)
  store<u32>(owner, load<u32>(owner) + <u32>((isHeld & ~has) != 0))
  store<u8>(flags + number, <u8>(has | isHeld))
}

// Writes the parents' parents of pairs, where both are not the same. All are looked up at once, and none without need: whether two
// entries are of one set already cannot be foretold.
// @ts-ignore: decorator
@inline
function apart(parents: usize, at: usize, end: usize, out: usize): usize {
  for (; at < end; at += 8) {
    const a = load<u32>(wordAt(parents, load<u32>(wordAt(parents, load<u32>(at)))))
    const b = load<u32>(wordAt(parents, load<u32>(wordAt(parents, load<u32>(at, 4)))))
    store<u32>(out, a)
    store<u32>(out, b, 4)
    out += <usize>(a != b) << 3
  }
  return out
}

// Unites the sets of both entries of each pair: no parent has a greater number than its child, and the greater root falls. Rem's
// algorithm with splicing (Patwary, Blair, Manne: "Experiments on Union-Find Algorithms", 2010): who is passed on the way up gets a
// lesser parent, and most ways end before a root. Behind the pairs there is room for `PAIRS_AT_ONCE` more.
function unite(table: usize, at: usize, end: usize): void {
  const parents = list(table, PARENTS_AT)
  const entries = list(table, MERGED_AT)
  const scratch = end
  let merged = load<u32>(table, MERGED)
  while (at < end) {
    const piece = min<usize>(end, at + (PAIRS_AT_ONCE << 3))
    const last = apart(parents, at, piece, scratch)
    at = piece
    for (let pair = scratch; pair < last; pair += 8) {
      let a = load<u32>(pair)
      let b = load<u32>(pair, 4)
      let above = load<u32>(wordAt(parents, a))
      let other = load<u32>(wordAt(parents, b))
      while (above != other) {
        // The side whose parent is greater goes up.
        const isOther = other > above
        const number = select<u32>(b, a, isOther)
        b = select<u32>(a, b, isOther)
        const parent = select<u32>(other, above, isOther)
        other = select<u32>(above, other, isOther)
        store<u32>(wordAt(parents, number), other)
        a = parent
        above = load<u32>(wordAt(parents, parent))
        if (number != parent) continue
        store<u32>(wordAt(entries, merged), number)
        merged++
        break
      }
    }
  }
  store<u32>(table, merged, MERGED)
}

// Keeps events: between two own keys those with the lesser number first, since they come the other way, too.
// @ts-ignore: decorator
@inline
function kept(flags: usize, to: usize, number: u32, event: u32): usize {
  store<u32>(to, number)
  store<u32>(to, event, 4)
  const isOthers = (<u32>load<u8>(flags + event) & IS_OWN) == 0
  return to + (<usize>(<u32>(number <= event) | <u32>isOthers) << 3)
}

export function unionEvents(table: usize, numbers: usize, count: u32): u32 {
  const slots = load<u32>(table, SLOTS)
  const capacity = load<u32>(table, CAPACITY)
  const flags = list(table, FLAGS_AT)
  const heap = list(table, HEAP_AT)
  const first = wordAt(heap, load<u32>(table, HEAP_USED))
  let to = first
  let i: u32 = 0
  if (slots == 0) {
    for (; i < count; i++, numbers += 8) {
      const number = load<u32>(numbers)
      const event = load<u32>(numbers, 4)
      if (max<u32>(number, event) >= capacity) break
      if (number == event) hold(table, flags, number)
      to = kept(flags, to, number, event)
    }
  } else {
    const index = list(table, INDEX_AT)
    const bits = load<u32>(table, BITS)
    const mask = slots - 1
    for (; i < count; i++, numbers += 8) {
      if (i % AHEAD == 0) askForPlaces(table, numbers, count - i, bits, mask)
      if (load<u32>(table, SIZE) + 2 > capacity) break
      const number = numberOf(table, index, bits, mask, load<u32>(numbers))
      const event = numberOf(table, index, bits, mask, load<u32>(numbers, 4))
      if (number == event) hold(table, flags, number)
      to = kept(flags, to, number, event)
    }
  }
  store<u32>(table, <u32>((to - heap) >> 2), HEAP_USED)
  unite(table, first, to)
  return i
}

// Gives a set a value, if it is a better one than its own. Without a branch: whether it is cannot be foretold.
// @ts-ignore: decorator
@inline
function improve(table: usize, flags: usize, values: usize, root: u32, value: u32): void {
  const own = wordAt(values, root)
  const has = <u32>load<u8>(flags + root)
  const before = load<u32>(own)
  // The worst one is better than none.
  const isBetter = <u32>(value < before) | (<u32>(value == before) & ~(has >> VALUE_BIT))
  store<u32>(own, min<u32>(value, before))
  store<u8>(flags + root, <u8>(has | (isBetter * (HAS_VALUE | IS_IMPROVED))))
  const isNew = isBetter & ~(has >> IMPROVED_BIT)
  const improved = load<u32>(table, IMPROVED)
  // What is not for the list goes where nobody reads: the list may be full.
  const aside = table + ASKED
  const place = wordAt(list(table, IMPROVED_AT), improved)
  store<u32>(aside + ((place - aside) & (0 - <usize>isNew)), root)
  store<u32>(table, improved + isNew, IMPROVED)
}

export function unionRows(table: usize, numbers: usize, count: u32): u32 {
  const slots = load<u32>(table, SLOTS)
  const capacity = load<u32>(table, CAPACITY)
  const flip = load<u32>(table, FLIP)
  const flags = list(table, FLAGS_AT)
  const parents = list(table, PARENTS_AT)
  const values = list(table, VALUES_AT)
  const index = list(table, INDEX_AT)
  const bits = load<u32>(table, BITS)
  const mask = slots - 1
  let i: u32 = 0
  for (; i < count; i++, numbers += 8) {
    const key = load<u32>(numbers)
    let number = key
    if (slots == 0) {
      if (key >= capacity) break
    } else {
      if (load<u32>(table, SIZE) == capacity) break
      number = numberOf(table, index, bits, mask, key)
    }
    // What has not been settled in a set has a value of its own until then.
    const isPart = (<u32>load<u8>(flags + number) & IS_PART) != 0
    if (isPart) number = rootOf(parents, number)
    improve(table, flags, values, number, load<u32>(numbers, 4) ^ flip)
  }
  return i
}

// Gives an entry the value of its set, if it has another one.
// @ts-ignore: decorator
@inline
function note(table: usize, flags: usize, parents: usize, values: usize, number: u32): void {
  const root = rootOf(parents, number)
  const value = load<u32>(wordAt(values, root))
  const row = wordAt(list(table, ROWS_AT), number)
  const has = <u32>load<u8>(flags + number)
  if (value == load<u32>(row)) {
    if (value != WORST || (has & HAS_ROW) != 0) return
    if ((<u32>load<u8>(flags + root) & HAS_VALUE) == 0) return
  }
  store<u32>(row, value)
  hold(table, flags, number)
  store<u8>(flags + number, load<u8>(flags + number) | <u8>(HAS_ROW | IS_CHANGED))
  if ((has & IS_CHANGED) != 0) return
  const isOwn = <u32>((has & IS_OWN) != 0)
  const changed = load<u32>(table, CHANGED)
  const reached = load<u32>(table, REACHED)
  // Into both lists, of which one goes on.
  store<u32>(wordAt(list(table, CHANGES_AT), changed), number)
  store<u32>(wordAt(list(table, REACHED_AT), reached), number)
  store<u32>(table, changed + isOwn, CHANGED)
  store<u32>(table, reached + 1 - isOwn, REACHED)
}

// The same of all that were in a set when the table was settled last, `left` at most. Returns how many more there may be.
function noteAll(table: usize, first: u32, left: u32): u32 {
  const flags = list(table, FLAGS_AT)
  const parents = list(table, PARENTS_AT)
  const values = list(table, VALUES_AT)
  const circles = list(table, CIRCLES_AT)
  let number = first
  while (left > 0) {
    left--
    note(table, flags, parents, values, number)
    number = load<u32>(wordAt(circles, number))
    if (number == first) break
  }
  return left
}

// Settles what few have changed of: who gets another value is found by sets that were improved, or became part of others. Returns
// whether these were few: else all are to be looked at.
function settleFew(table: usize, few: u32): bool {
  const merged = load<u32>(table, MERGED)
  const flags = list(table, FLAGS_AT)
  const parents = list(table, PARENTS_AT)
  const values = list(table, VALUES_AT)
  const circles = list(table, CIRCLES_AT)
  const entries = list(table, MERGED_AT)
  const improvements = list(table, IMPROVED_AT)
  for (let i: u32 = 0; i < merged; i++) {
    const number = load<u32>(wordAt(entries, i))
    if ((<u32>load<u8>(flags + number) & HAS_VALUE) == 0) continue
    improve(table, flags, values, rootOf(parents, number), load<u32>(wordAt(values, number)))
  }
  const improved = load<u32>(table, IMPROVED)
  let left = few
  for (let i: u32 = 0; i < improved && left > 0; i++) {
    const number = load<u32>(wordAt(improvements, i))
    if (load<u32>(wordAt(parents, number)) == number) left = noteAll(table, number, left)
  }
  for (let i: u32 = 0; i < merged; i++) {
    const number = load<u32>(wordAt(entries, i))
    const root = rootOf(parents, number)
    hold(table, flags, number)
    hold(table, flags, root)
    const has = <u32>load<u8>(flags + number)
    if (left > 0 && (<u32>load<u8>(flags + root) & HAS_VALUE) != 0) {
      const isSame = load<u32>(wordAt(values, number)) == load<u32>(wordAt(values, root))
      if (!isSame || (has & (IS_IMPROVED | HAS_VALUE)) != HAS_VALUE) left = noteAll(table, number, left)
    }
    const next = load<u32>(wordAt(circles, number))
    store<u32>(wordAt(circles, number), load<u32>(wordAt(circles, root)))
    store<u32>(wordAt(circles, root), next)
    store<u8>(flags + number, load<u8>(flags + number) | <u8>IS_PART)
  }
  for (let i: u32 = 0; i < improved; i++) {
    const flag = flags + load<u32>(wordAt(improvements, i))
    store<u8>(flag, load<u8>(flag) & <u8>(~IS_IMPROVED))
  }
  return left > 0
}

// Settles all entries one after the other, which is how memory lies. Of each no more is asked than whether it is another one's,
// and that without a branch, since nothing of it can be foretold.
function settleAll(table: usize): void {
  const size = load<u32>(table, SIZE)
  const flags = list(table, FLAGS_AT)
  const parents = list(table, PARENTS_AT)
  const values = list(table, VALUES_AT)
  const circles = list(table, CIRCLES_AT)
  // No parent comes behind its child: it is below its root already.
  for (let number: u32 = 0; number < size; number++) {
    const root = load<u32>(wordAt(parents, load<u32>(wordAt(parents, number))))
    store<u32>(wordAt(parents, number), root)
    const value = load<u32>(wordAt(values, number))
    const best = wordAt(values, root)
    const has = <u32>load<u8>(flags + number)
    // What has been part of a set before has no value of its own any more.
    const isPart = <u32>((has & IS_PART) != 0)
    store<u32>(best, min<u32>(load<u32>(best), value | ~(isPart - 1)))
    const gives = (has & HAS_VALUE & (isPart - 1)) | (<u32>(root != number) << IMPROVED_BIT)
    store<u8>(flags + root, <u8>(<u32>load<u8>(flags + root) | gives))
  }
  const rows = list(table, ROWS_AT)
  const parts = list(table, PARTS_AT)
  const owners = list(table, OWNERS_AT)
  const changes = list(table, CHANGES_AT)
  const reaches = list(table, REACHED_AT)
  let changed = load<u32>(table, CHANGED)
  let reached = load<u32>(table, REACHED)
  for (let number: u32 = 0; number < size; number++) {
    const root = load<u32>(wordAt(parents, number))
    const has = <u32>load<u8>(flags + number)
    const isChild = <u32>(root != number)
    const circle = select<u32>(root, number, (isChild & ~(has >> PART_BIT)) != 0)
    const next = load<u32>(wordAt(circles, number))
    store<u32>(wordAt(circles, number), load<u32>(wordAt(circles, circle)))
    store<u32>(wordAt(circles, circle), next)
    const value = load<u32>(wordAt(values, root))
    const hasValue = (<u32>load<u8>(flags + root) >> VALUE_BIT) & 1
    const row = wordAt(rows, number)
    const isOther = hasValue & (<u32>(value != load<u32>(row)) | ~has)
    // Where there is no value it is what the row is, too.
    store<u32>(row, value)
    const isOwn = (has >> OWN_BIT) & 1
    const isHeld = isOwn & (isChild | (has >> IMPROVED_BIT) | hasValue)
    const owner = wordAt(owners, load<u32>(wordAt(parts, number)))
    store<u32>(owner, load<u32>(owner) + (isHeld & ~(has >> HELD_BIT)))
    const isNew = isOther & ~(has >> CHANGED_BIT)
    // Into both lists, of which one goes on.
    store<u32>(wordAt(changes, changed), number)
    store<u32>(wordAt(reaches, reached), number)
    changed += isNew & isOwn
    reached += isNew & ~isOwn
    const gets = (isOther * (HAS_ROW | IS_CHANGED)) | (isChild << PART_BIT) | (isHeld << HELD_BIT)
    store<u8>(flags + number, <u8>((has & ~IS_IMPROVED) | gets))
  }
  store<u32>(table, changed, CHANGED)
  store<u32>(table, reached, REACHED)
}

export function unionSettle(table: usize): void {
  const merged = load<u32>(table, MERGED)
  const touched = merged + load<u32>(table, IMPROVED)
  if (touched == 0) return
  const few = load<u32>(table, SIZE) >> 2
  if (touched > few || !settleFew(table, few)) settleAll(table)
  store<u32>(table, load<u32>(table, STEPS) + merged, STEPS)
  store<u32>(table, 0, MERGED)
  store<u32>(table, 0, IMPROVED)
}

// @ts-ignore: decorator
@inline
function forget(table: usize, flags: usize, entries: usize, field: usize): void {
  const count = load<u32>(table + field)
  for (let i: u32 = 0; i < count; i++) {
    const flag = flags + load<u32>(wordAt(entries, i))
    store<u8>(flag, load<u8>(flag) & <u8>(~IS_CHANGED))
  }
  store<u32>(table + field, 0)
}

export function unionForget(table: usize): void {
  unionSettle(table)
  const flags = list(table, FLAGS_AT)
  forget(table, flags, list(table, CHANGES_AT), CHANGED)
  forget(table, flags, list(table, REACHED_AT), REACHED)
}
