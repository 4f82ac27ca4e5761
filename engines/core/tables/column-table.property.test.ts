/**
 * Column tables against a Map, on kernels in WebAssembly, plain ones, and both in turns.
 *
 * Laws: after any history of counts, folds, unfolds and changes taken, a table holds what the Map holds, in order of
 * insertion; its digest is `DigestSum`'s over the rows that differ; the two implementations give the same bytes of rows.
 * A clone goes its own way. What is saved is loaded. A drain covers each key once, in the partition of its first lane, and
 * leaves nothing.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeText } from '../columns/value-codec.ts'
import { StorageError } from '../errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { DigestSum, partitionOf, textKeyLanes } from '../output/digest.ts'
import { decodeColumnRows } from './column-rows.ts'
import { columnTables } from './column-table.ts'
import type { Combiner, KeyedTable, TableFactory } from './table.ts'

const memory = RunMemory.reserve(4096 * PAGE_BYTES)
const simd = loadKernels(memory, 'columns')
const plain = loadKernels(memory, 'plain')

/** Both at once: each call goes to the other implementation than the one before, so that they must agree on every byte. */
function inTurns(): Kernels {
  let turn = 0
  const functions = Object.entries(simd).filter(([, value]) => typeof value === 'function')
  const mixed = functions.map(([name]) => [
    name,
    (...numbers: number[]) => {
      const kernels = turn++ % 2 ? simd : plain
      return (kernels[name as keyof Kernels] as (...all: number[]) => unknown)(...numbers)
    },
  ])
  return { ...plain, ...Object.fromEntries(mixed) }
}

const THIRD = 1330 * PAGE_BYTES
const factories: TableFactory[] = [simd, plain, inTurns()].map((kernels, i) => {
  const region = new Region(memory, { name: `${i}`, base: PAGE_BYTES + i * THIRD, size: THIRD })
  return columnTables(kernels, region)
})
const scratch = new Region(memory, {
  name: 'texts',
  base: 4000 * PAGE_BYTES,
  size: 62 * PAGE_BYTES,
})

/** Keys that are often the same, often nearly: equal prefixes, zeros at the end, around 16 bytes, long. */
const key = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'a\0', 'a\0\0', 'ab', 'sixteen bytes ok', 'seventeen bytes!!'),
  fc.nat(12).map((n) => `a key with a common prefix ${n}`),
  fc.nat(12).map((n) => `${n} a key with a common suffix`),
  fc.nat(400).map((n) => `k${n}`),
  fc.string({ maxLength: 40 }).filter((text) => text.isWellFormed()),
)
const keys = fc.array(key, { maxLength: 60 })

/** Slices of texts, valid until the next call. */
function textBatch(texts: readonly string[]) {
  scratch.reset()
  const slices = scratch.allocate(texts.length * 8)
  texts.forEach((text, i) => {
    const bytes = encodeText(text)
    const pointer = scratch.allocate(bytes.length)
    memory.u8.set(bytes, pointer)
    memory.u32[slices / 4 + 2 * i] = pointer
    memory.u32[slices / 4 + 2 * i + 1] = bytes.length
  })
  return { kind: 'text' as const, slices, count: texts.length }
}

/** Visits the counts of texts as rows. */
function rowsOf(factory: TableFactory, texts: readonly string[], visit: (rows: Bytes) => void) {
  const combiner = factory.combiner(1)
  combiner.add(textBatch(texts))
  combiner.drain((_, rows) => visit(rows))
  combiner.release()
}

function contents(factory: TableFactory, table: KeyedTable): (readonly [unknown, unknown])[] {
  const rows: (readonly [unknown, unknown])[] = []
  table.visitRows((bytes) => rows.push(...factory.decode(bytes)))
  expect(rows.length).toBe(table.size)
  return rows
}

const sorted = (rows: Iterable<readonly [unknown, unknown]>) =>
  [...rows].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))

const step = fc.oneof(
  fc.record({ do: fc.constant('fold' as const), keys }),
  fc.record({ do: fc.constant('unfold' as const), skip: fc.nat(5) }),
  fc.record({ do: fc.constant('changes' as const) }),
  fc.record({ do: fc.constant('clone' as const) }),
  fc.record({ do: fc.constant('save' as const) }),
)

/** One table and its model. Batches that were folded can be unfolded again, as a window does. */
class Pair {
  readonly factory: TableFactory
  table: KeyedTable
  model = new Map<string, number>()
  taken = new Map<string, number>()
  folded: (readonly string[])[] = []
  log: unknown[] = []

  constructor(factory: TableFactory) {
    this.factory = factory
    this.table = factory.table()
  }

  fold(texts: readonly string[]): void {
    rowsOf(this.factory, texts, (rows) => this.table.fold(rows))
    for (const text of texts) this.model.set(text, (this.model.get(text) ?? 0) + 1)
    this.folded.push(texts)
  }

  unfold(skip: number): void {
    const texts = this.folded.splice(skip % Math.max(1, this.folded.length), 1)[0] ?? []
    rowsOf(this.factory, texts, (rows) => this.table.unfold(rows))
    for (const text of texts) {
      const count = this.model.get(text)! - 1
      if (count === 0) this.model.delete(text)
      else this.model.set(text, count)
    }
  }

  changes(): void {
    const expected: [string, number | undefined][] = []
    for (const [text, count] of this.model) {
      if (this.taken.get(text) !== count) expected.push([text, count])
    }
    for (const text of this.taken.keys()) {
      if (!this.model.has(text)) expected.push([text, undefined])
    }
    const sum = new DigestSum()
    for (const [text, count] of expected) sum.addRow(text, count)
    const found: (readonly [unknown, unknown])[] = []
    const digest = new DigestSum()
    const rows = this.table.takeChanges(digest, (bytes) =>
      found.push(...this.factory.decode(bytes)),
    )
    expect(sorted(found)).toEqual(sorted(expected))
    expect([rows, digest.take()]).toEqual([expected.length, sum.take()])
    expect(this.table.takeChanges(undefined)).toBe(0)
    this.taken = new Map(this.model)
    this.log.push(found)
  }

  check(): void {
    const rows = contents(this.factory, this.table)
    expect(sorted(rows)).toEqual(sorted(this.model))
    this.log.push(rows)
  }
}

test("any history is a map's", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const logs = factories.map((factory) => {
        const pair = new Pair(factory)
        for (const s of steps) {
          if (s.do === 'fold') pair.fold(s.keys)
          if (s.do === 'unfold') pair.unfold(s.skip)
          if (s.do === 'changes') pair.changes()
          if (s.do === 'clone') {
            // The original goes another way, and the copy does not notice.
            const copy = pair.table.clone()
            rowsOf(factory, ['only in the original', 'a'], (rows) => pair.table.fold(rows))
            pair.table.release()
            pair.table = copy
          }
          if (s.do === 'save') {
            const saved = pair.table.save()
            pair.log.push(Buffer.from(saved).toString('base64'))
            const loaded = factory.load(saved)
            expect(contents(factory, loaded)).toEqual(contents(factory, pair.table))
            expect(loaded.takeChanges(undefined)).toBe(0)
            loaded.release()
          }
          pair.check()
        }
        pair.changes()
        pair.table.release()
        return pair.log
      })
      expect(logs[1]).toEqual(logs[0])
      expect(logs[2]).toEqual(logs[0])
    }),
    { numRuns: 120 },
  )
})

test('a row that changed and changed back is no change; debts are made up for', () => {
  for (const factory of factories) {
    const pair = new Pair(factory)
    pair.fold(['x', 'y'])
    pair.changes()
    pair.fold(['x', 'z'])
    pair.unfold(1)
    pair.changes()
    // Taken out before it came.
    rowsOf(factory, ['late', 'late'], (rows) => pair.table.unfold(rows))
    expect(pair.table.size).toBe(2)
    rowsOf(factory, ['late', 'late', 'late'], (rows) => pair.table.fold(rows))
    expect(contents(factory, pair.table)).toEqual([
      ['x', 1],
      ['y', 1],
      ['late', 1],
    ])
    pair.table.release()
  }
})

test('what differs from another table', () => {
  fc.assert(
    fc.property(keys, keys, fc.boolean(), (before, after, shared) => {
      for (const factory of factories) {
        const previous = factory.table()
        rowsOf(factory, before, (rows) => previous.fold(rows))
        const table = shared ? previous.clone() : factory.table()
        rowsOf(factory, after, (rows) => table.fold(rows))
        const was = new Map(contents(factory, previous))
        const is = new Map(contents(factory, table))
        for (const other of [previous, undefined]) {
          const expected: [unknown, unknown][] = []
          for (const [k, v] of is) if (!other || was.get(k) !== v) expected.push([k, v])
          if (other) for (const k of was.keys()) if (!is.has(k)) expected.push([k, undefined])
          const sum = new DigestSum()
          for (const [k, v] of expected) sum.addRow(k, v)
          const found: (readonly [unknown, unknown])[] = []
          const digest = new DigestSum()
          const visit = (rows: Bytes) => found.push(...factory.decode(rows))
          expect(table.changesFrom(other, digest, visit)).toBe(expected.length)
          expect(found).toEqual(expected)
          expect(digest.take()).toEqual(sum.take())
        }
        previous.release()
        table.release()
      }
    }),
    { numRuns: 60 },
  )
})

test('top: greatest values first, ties by key bytes', () => {
  fc.assert(
    fc.property(keys, fc.nat(20), (texts, k) => {
      for (const factory of factories) {
        const table = factory.table()
        rowsOf(factory, texts, (rows) => table.fold(rows))
        const expected = (contents(factory, table) as [string, number][])
          .sort((a, b) => b[1] - a[1] || Buffer.compare(encodeText(a[0]), encodeText(b[0])))
          .slice(0, k)
        const found: (readonly [unknown, unknown])[] = []
        table.top(k, (rows) => found.push(...factory.decode(rows)))
        expect(found).toEqual(expected)
        table.release()
      }
    }),
    { numRuns: 100 },
  )
})

describe('a combiner', () => {
  function drained(factory: TableFactory, combiner: Combiner, partitions: number) {
    const counts = new Map<string, number>()
    let last = 0
    const size = combiner.size
    combiner.drain((partition, rows) => {
      expect(partition).toBeGreaterThanOrEqual(last)
      expect(rows.length).toBeLessThanOrEqual(65_536)
      last = partition
      for (const [text, count] of factory.decode(rows) as [string, number][]) {
        const bytes = encodeText(text)
        expect(partition).toBe(partitionOf(textKeyLanes(bytes, 0, bytes.length).lane0, partitions))
        expect(counts.has(text)).toBe(false)
        counts.set(text, count)
      }
    })
    expect(counts.size).toBe(size)
    expect(combiner.size).toBe(0)
    return counts
  }

  test('drains all and only what it was given, by partition', () => {
    fc.assert(
      fc.property(
        fc.array(keys, { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (ticks, partitions) => {
          for (const factory of factories) {
            const combiner = factory.combiner(partitions)
            for (const texts of ticks) {
              const expected = new Map<string, number>()
              for (const text of texts) expected.set(text, (expected.get(text) ?? 0) + 1)
              combiner.add(textBatch(texts))
              // Rows count as well as texts do.
              rowsOf(factory, texts, (rows) => combiner.add({ kind: 'rows', rows }))
              for (const [text, count] of expected) expected.set(text, count * 2)
              expect(sorted(drained(factory, combiner, partitions))).toEqual(sorted(expected))
            }
            combiner.release()
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('is bounded: it says when it is full, and then drops keys', () => {
    const factory = factories[0]!
    const combiner = factory.combiner(3)
    let drains = 0
    let total = 0
    for (let from = 0; from < 200_000; from += 1000) {
      combiner.add(textBatch(Array.from({ length: 1000 }, (_, i) => `${from + i}`)))
      if (!combiner.full) continue
      drains++
      combiner.drain((_, rows) => {
        total += memory.u32[rows.pointer / 4 + 1]!
      })
    }
    total += combiner.size
    expect(total).toBe(200_000)
    expect(drains).toBe(3)
    combiner.release()
  })

  test('takes more than its bound if nobody drains it', () => {
    const factory = factories[0]!
    const combiner = factory.combiner(1)
    for (let from = 0; from < 140_000; from += 1000) {
      combiner.add(
        textBatch(Array.from({ length: 1000 }, (_, i) => `a long key of number ${from + i}`)),
      )
    }
    expect([combiner.size, combiner.full]).toEqual([140_000, true])
    let rowsDrained = 0
    combiner.drain((_, rows) => {
      rowsDrained += memory.u32[rows.pointer / 4 + 1]!
    })
    expect(rowsDrained).toBe(140_000)
    combiner.add(textBatch(['again']))
    expect([...drained(factory, combiner, 1)]).toEqual([['again', 1]])
    combiner.release()
  })
})

test('keys that come and go do not make a table grow; a key longer than a visit passes', () => {
  for (const factory of factories) {
    const table = factory.table()
    for (let round = 0; round < 60; round++) {
      const texts = Array.from({ length: 20 }, (_, i) => `round ${round}, number ${i}`)
      rowsOf(factory, texts, (rows) => table.fold(rows))
      rowsOf(factory, texts, (rows) => table.unfold(rows))
      table.takeChanges(undefined)
    }
    expect(table.size).toBe(0)
    expect(table.bytes).toBeLessThan(16_384)
    const rows = [...'ab'].map((letter) => letter.repeat(80_000))
    const long = factory.combiner(2)
    for (const text of rows) long.add(textBatch([text]))
    long.drain((_, bytes) => table.fold(bytes))
    expect(table.size).toBe(2)
    long.release()
    table.release()
  }
})

test('values of more than 32 bits, and rows as they are', () => {
  const [factory] = factories
  const table = factory!.table()
  rowsOf(factory!, ['big'], (rows) => {
    const value = 2n ** 40n + 5n
    memory.view.setBigInt64(rows.pointer + 16 + 16, value, true)
    for (const each of [1, -1]) {
      memory.view.setBigInt64(rows.pointer + 16 + 16, value * BigInt(each) * 3n, true)
      table.fold(rows)
      const number = contents(factory!, table)[0]![1] as number
      const sum = new DigestSum()
      sum.addRow('big', number)
      const digest = new DigestSum()
      if (table.takeChanges(digest) > 0) expect(digest.take()).toEqual(sum.take())
    }
    table.visitRows((all) => {
      expect(decodeColumnRows(memory, all)).toEqual([{ key: 'big', value: 0, contributions: 2n }])
    })
  })
  table.release()
})

test('bytes that are not a saved table are refused', () => {
  for (const factory of factories) {
    const table = factory.table()
    rowsOf(factory, ['a', 'a key of more than 16 bytes'], (rows) => table.fold(rows))
    const saved = table.save()
    table.release()
    const loaded = factory.load(saved)
    expect(contents(factory, loaded).length).toBe(2)
    loaded.release()
    for (let at = 0; at < saved.length; at += 3) {
      const torn = saved.slice()
      torn[at]! ^= 1
      expect(() => factory.load(torn)).toThrow(StorageError)
      expect(() => factory.load(saved.subarray(0, at))).toThrow(StorageError)
    }
  }
})
