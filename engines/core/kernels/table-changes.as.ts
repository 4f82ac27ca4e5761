// Kernels that compare: what changed in a table, what differs between two, the order of partitions, the greatest rows.
import { goneLane, integerLane } from './digest.as'
import {
  CHANGES, CHANGES_AT, contributionsOf, ENTRIES, entryAt, find, HASH, K1, keyBytes, LANE0, LANE1, lengthOf, MARK,
  noteOf, OLD, OUT0, OUT1, VALUE,
} from './table-block.as'

// Empties the change list, and keeps in its place, in order, the numbers of the entries that really changed. Adds them
// up in OUT0 and OUT1. Returns how many there are.
export function tableTakeChanges(table: usize): u32 {
  const changes = load<u32>(table, CHANGES)
  const list = table + load<u32>(table, CHANGES_AT)
  let kept = list
  let sum0: u32 = 0
  let sum1: u32 = 0
  for (let i: usize = 0; i < <usize>changes; i++) {
    const number = load<u32>(list + (i << 2))
    const entry = entryAt(table, number)
    const note = noteOf(table, entry)
    const value = load<i64>(entry, VALUE)
    const there = contributionsOf(entry) > 0
    const was = (load<u32>(note, MARK) & 1) != 0
    store<u32>(note, 0, MARK)
    if (there) {
      if (was && value == load<i64>(note, OLD)) continue
      sum0 += integerLane(load<u32>(note, LANE0), value)
      sum1 += integerLane(load<u32>(note, LANE1), value)
    } else {
      if (!was) continue
      sum0 += goneLane(load<u32>(note, LANE0))
      sum1 += goneLane(load<u32>(note, LANE1))
    }
    store<u32>(kept, number)
    kept += 4
  }
  store<u32>(table, 0, CHANGES)
  store<u32>(table, sum0, OUT0)
  store<u32>(table, sum1, OUT1)
  return <u32>((kept - list) >> 2)
}

// The entry of another table with the same key that is there, or 0.
function twin(table: usize, other: usize, entry: usize): usize {
  const length = lengthOf(entry)
  const found = find(
    other,
    load<u64>(entry),
    load<u64>(entry, K1),
    length,
    load<u32>(noteOf(table, entry), HASH),
    keyBytes(table, entry),
  )
  return found && contributionsOf(found) > 0 ? found : 0
}

// Lists the entries of `table` that are not in `other` (0: an empty one) with the same value, and adds them up in OUT0
// and OUT1 of `table`; with `gone`, those that are not in `other` at all, as rows that left.
export function tableDiff(table: usize, other: usize, gone: u32, list: usize): u32 {
  const entries = load<u32>(table, ENTRIES)
  let kept = list
  let sum0: u32 = 0
  let sum1: u32 = 0
  for (let i: u32 = 0; i < entries; i++) {
    const entry = entryAt(table, i)
    if (contributionsOf(entry) <= 0) continue
    const same = other ? twin(table, other, entry) : 0
    const value = load<i64>(entry, VALUE)
    const note = noteOf(table, entry)
    if (gone) {
      if (same) continue
      sum0 += goneLane(load<u32>(note, LANE0))
      sum1 += goneLane(load<u32>(note, LANE1))
    } else {
      if (same && load<i64>(same, VALUE) == value) continue
      sum0 += integerLane(load<u32>(note, LANE0), value)
      sum1 += integerLane(load<u32>(note, LANE1), value)
    }
    store<u32>(kept, i)
    kept += 4
  }
  store<u32>(table, sum0, OUT0)
  store<u32>(table, sum1, OUT1)
  return <u32>((kept - list) >> 2)
}

// Whether row a comes before row b: by greater value, then by lesser key bytes.
function before(table: usize, a: u32, b: u32): bool {
  const x = entryAt(table, a)
  const y = entryAt(table, b)
  const xValue = load<i64>(x, VALUE)
  const yValue = load<i64>(y, VALUE)
  if (xValue != yValue) return xValue > yValue
  const xLength = lengthOf(x)
  const yLength = lengthOf(y)
  const xBytes = keyBytes(table, x)
  const yBytes = keyBytes(table, y)
  const shared = min<u32>(xLength, yLength)
  for (let i: u32 = 0; i < shared; i++) {
    const xByte = load<u8>(xBytes + i)
    const yByte = load<u8>(yBytes + i)
    if (xByte != yByte) return xByte < yByte
  }
  return xLength < yLength
}

// Sinks the number at `place` of a heap whose root is the last in order.
function sink(table: usize, heap: usize, size: u32, root: u32): void {
  let place = root
  const number = load<u32>(heap + (<usize>place << 2))
  while (true) {
    let child: u32 = 2 * place + 1
    if (child >= size) break
    let other = load<u32>(heap + (<usize>child << 2))
    if (child + 1 < size) {
      const right = load<u32>(heap + (<usize>(child + 1) << 2))
      if (before(table, other, right)) {
        other = right
        child++
      }
    }
    if (!before(table, number, other)) break
    store<u32>(heap + (<usize>place << 2), other)
    place = child
  }
  store<u32>(heap + (<usize>place << 2), number)
}

// The numbers of the k first rows in the order of `before`, in `list`. Returns how many there are.
export function tableTop(table: usize, k: u32, list: usize): u32 {
  const entries = load<u32>(table, ENTRIES)
  let size: u32 = 0
  if (k == 0) return 0
  for (let i: u32 = 0; i < entries; i++) {
    if (contributionsOf(entryAt(table, i)) <= 0) continue
    if (size < k) {
      store<u32>(list + (<usize>size << 2), i)
      size++
      if (size == k) for (let j = <i32>(k >> 1) - 1; j >= 0; j--) sink(table, list, size, j)
    } else if (before(table, i, load<u32>(list))) {
      store<u32>(list, i)
      sink(table, list, size, 0)
    }
  }
  if (size < k) for (let j = <i32>(size >> 1) - 1; j >= 0; j--) sink(table, list, size, j)
  // A heap with the last row at its root sorts itself from the end.
  for (let end = <i32>size - 1; end > 0; end--) {
    const last = load<u32>(list)
    store<u32>(list, load<u32>(list + (<usize>end << 2)))
    store<u32>(list + (<usize>end << 2), last)
    sink(table, list, end, 0)
  }
  return size
}
