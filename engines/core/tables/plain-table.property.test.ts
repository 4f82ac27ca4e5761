/**
 * Laws: a plain table is a Map by canonical keys, with contributions, and a memory of what it emitted; a combiner, a
 * partition and the wire do not change what arrives; a saved table is the table; a window's inverse undoes.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { StorageError } from '../errors.ts'
import { OperatorErrors } from '../operators/user-function.ts'
import { DigestSum, digestOfRows, keyLanes, partitionOf } from '../output/digest.ts'
import { bagTables } from './bag-table.ts'
import { plainTables } from './plain-table.ts'
import type { KeyedTable, TableFactory } from './table.ts'

const memory = RunMemory.reserve(64 * PAGE_BYTES)
const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 62 * PAGE_BYTES })
const errors = new OperatorErrors({ kind: 'runningReduce', id: 2 }, { tick: 500_000_000, clock: 0 })
const add = (a: number, b: number) => a + b
const subtract = (a: number, b: number) => a - b

type Pair = readonly [key: unknown, value: unknown]

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'cc', 'é', '\udc80', '\u0100\u0001a', '') },
  // Around the words and the length of short texts.
  fc.constantFrom('abc', 'abc\0', 'abcd', 'abcde', 'abcé', 'x'.repeat(32), 'x'.repeat(33)),
  fc.constantFrom(0, -0, 1, -1, 2 ** 40, 0.5, Number.NaN, true, null, undefined, 1n, ['a', 1], {
    x: 1,
  }),
)
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(2 ** 31, -(2 ** 40), 2 ** 48),
)
const pairs = fc.array(fc.tuple(key, value), { maxLength: 20 })

const name = (plain: unknown): string => {
  const { tag, body } = encodeCanonical(plain)
  return `${tag}:${Buffer.from(body).toString('hex')}`
}

/** Folds pairs into tables by the way that engines take: combined, cut into partitions, over the wire. */
function send(
  factory: TableFactory,
  records: readonly Pair[],
  partitions: number,
  visit: (partition: number, rows: { pointer: number; length: number }) => void,
): void {
  const combiner = factory.combiner(partitions)
  const half = records.length >> 1
  combiner.add({ kind: 'values', values: records.slice(0, half) })
  combiner.add({ kind: 'values', values: records.slice(half) })
  combiner.drain(visit)
  expect(combiner.size).toBe(0)
}

function rowsOf(factory: TableFactory, table: KeyedTable): Pair[] {
  const rows: Pair[] = []
  table.visitRows((bytes) => rows.push(...factory.decode(bytes)))
  return rows
}

/** The rows that a call visits, as a Map by key name; checks that the digest says the same. */
function changed(
  factory: TableFactory,
  take: (sum: DigestSum, visit: (rows: { pointer: number; length: number }) => void) => number,
): Map<string, unknown> {
  const rows: Pair[] = []
  const sum = new DigestSum()
  const count = take(sum, (bytes) => rows.push(...factory.decode(bytes)))
  expect(count).toBe(rows.length)
  expect(sum.take()).toEqual(digestOfRows(rows))
  const map = new Map(rows.map(([k, v]) => [name(k), v]))
  expect(map.size).toBe(rows.length)
  return map
}

function difference(now: Map<string, number>, before: Map<string, number>): Map<string, unknown> {
  const changes = new Map<string, unknown>()
  for (const [k, v] of now) if (before.get(k) !== v) changes.set(k, v)
  for (const k of before.keys()) if (!now.has(k)) changes.set(k, undefined)
  return changes
}

test('a combiner and partitions change nothing but the order', () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 1, max: 5 }), (records, partitions) => {
      const factory = plainTables({ memory, region, errors, reduce: add })
      const model = new Map<string, number>()
      for (const [k, v] of records) model.set(name(k), (model.get(name(k)) ?? 0) + Number(v))
      const table = factory.table()
      let last = 0
      send(factory, records, partitions, (partition, rows) => {
        expect(partition).toBeGreaterThanOrEqual(last)
        last = partition
        for (const [k] of factory.decode(rows)) {
          expect(partitionOf(keyLanes(encodeCanonical(k)).lane0, partitions)).toBe(partition)
        }
        table.fold(rows)
      })
      const rows = rowsOf(factory, table)
      expect(new Map(rows.map(([k, v]) => [name(k), v]))).toEqual(model)
      expect(table.size).toBe(model.size)
      expect(table.bytes > 0).toBe(model.size > 0)
    }),
  )
  expect(region.used).toBe(0)
})

/** Steps of a table's life. Windows: each `slide` takes out the oldest batch that is in. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fold' as const), records: pairs }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('unfold' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  fc.record({ kind: fc.constantFrom('clone' as const, 'saveAfterTake' as const) }),
)

test('a table with an inverse is a Map with contributions, and reports what differs from its last report', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const factory = plainTables({ memory, region, errors, reduce: add, inverse: subtract })
      let table = factory.table()
      let batches: (readonly Pair[])[] = []
      let emitted = new Map<string, number>()
      const model = (): Map<string, number> => {
        const sums = new Map<string, number>()
        for (const [k, v] of batches.flat()) sums.set(name(k), (sums.get(name(k)) ?? 0) + Number(v))
        return sums
      }
      const take = (): void => {
        const rows = changed(factory, (sum, visit) => table.takeChanges(sum, visit))
        expect(rows).toEqual(difference(model(), emitted))
        emitted = model()
      }
      for (const each of steps) {
        switch (each.kind) {
          case 'fold':
            send(factory, each.records, 1, (_p, rows) => table.fold(rows))
            batches.push(each.records)
            break
          case 'unfold':
            send(factory, batches[0] ?? [], 1, (_p, rows) => table.unfold(rows))
            batches = batches.slice(1)
            break
          case 'take':
            take()
            break
          case 'clone': {
            const original = table
            table = table.clone()
            send(factory, [['a', 1]], 1, (_p, rows) => original.fold(rows))
            original.release()
            break
          }
          case 'saveAfterTake': {
            take()
            const saved = table.save()
            const loaded = factory.load(saved)
            expect(loaded.save()).toEqual(saved)
            table = loaded
          }
        }
        const rows = rowsOf(factory, table).map(([k, v]) => [name(k), v] as const)
        expect(new Map(rows)).toEqual(model())
      }
      take()
    }),
    { numRuns: 200 },
  )
  expect(region.used).toBe(0)
})

test('changesFrom tells two tables apart', () => {
  fc.assert(
    fc.property(pairs, pairs, (one, two) => {
      const factory = plainTables({ memory, region, errors, reduce: Math.max })
      const [now, before] = [one, two].map((records) => {
        const table = factory.table()
        send(factory, records, 1, (_p, rows) => table.fold(rows))
        const rows = rowsOf(factory, table).map(([k, v]) => [name(k), v as number] as const)
        return { table, rows: new Map(rows) }
      }) as [
        { table: KeyedTable; rows: Map<string, number> },
        { table: KeyedTable; rows: Map<string, number> },
      ]
      const changes = changed(factory, (sum, visit) =>
        now.table.changesFrom(before.table, sum, visit),
      )
      expect(changes).toEqual(difference(now.rows, before.rows))
      const all = changed(factory, (sum, visit) => now.table.changesFrom(undefined, sum, visit))
      expect(all).toEqual(now.rows)
    }),
  )
})

test('top sorts by value, ties by key bytes', () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 1, max: 6 }), (records, k) => {
      const factory = plainTables({ memory, region, errors, reduce: add })
      const table = factory.table()
      send(factory, records, 1, (_p, rows) => table.fold(rows))
      const expected = rowsOf(factory, table).sort(([keyA, a], [keyB, b]) => {
        const [left, right] = [encodeCanonical(keyA), encodeCanonical(keyB)]
        return (
          Number(b) - Number(a) || left.tag - right.tag || Buffer.compare(left.body, right.body)
        )
      })
      const top: Pair[] = []
      table.top(k, (rows) => top.push(...factory.decode(rows)))
      expect(top).toEqual(expected.slice(0, k))
    }),
  )
})

test('order of insertion, values of any kind, reduces that change their arguments', () => {
  const append = (a: unknown[], b: unknown[]): unknown[] => {
    a.push(...b)
    return a
  }
  const factory = plainTables({ memory, region, errors, reduce: append })
  const table = factory.table()
  const fold = (records: Pair[]) => send(factory, records, 1, (_p, rows) => table.fold(rows))
  fold([
    ['z', [1]],
    ['a', ['x', { y: null }]],
    ['m', []],
  ])
  expect(table.takeChanges(undefined)).toBe(3)
  const copy = table.clone()
  fold([
    ['z', [2n]],
    ['m', []],
  ])
  expect(rowsOf(factory, table)).toEqual([
    ['z', [1, 2n]],
    ['a', ['x', { y: null }]],
    ['m', []],
  ])
  expect([...changed(factory, (sum, visit) => table.takeChanges(sum, visit)).values()]).toEqual([
    [1, 2n],
  ])
  expect(rowsOf(factory, copy)[0]).toEqual(['z', [1]])
})

test('many rows are split into visits, a huge row is visited alone', () => {
  const factory = plainTables({ memory, region, errors, reduce: add })
  const table = factory.table()
  const huge = 'x'.repeat(100_000)
  const records = Array.from({ length: 5000 }, (_, i): Pair => [`key ${i}`, i])
  records.splice(2500, 0, [huge, huge])
  send(factory, records, 3, (_p, rows) => table.fold(rows))
  const lengths: number[] = []
  table.visitRows(({ length }) => lengths.push(length))
  expect(lengths.filter((length) => length > 65_536)).toEqual([200_024])
  expect(lengths.length).toBeGreaterThan(3)
  expect(rowsOf(factory, table)).toHaveLength(5001)
  expect(region.used).toBe(0)
})

test('a removed key that comes back goes to the end; empty slots are closed up', () => {
  const factory = plainTables({ memory, region, errors, reduce: add, inverse: subtract })
  const table = factory.table()
  for (let round = 0; round < 300; round++) {
    send(
      factory,
      [
        [`k${round % 3}`, 1],
        ['stays', 0],
      ],
      1,
      (_p, rows) => table.fold(rows),
    )
    if (round > 1) {
      send(factory, [[`k${(round - 2) % 3}`, 1]], 1, (_p, rows) => table.unfold(rows))
    }
    table.takeChanges(undefined)
  }
  expect(rowsOf(factory, table).map(([k]) => k)).toEqual(['stays', 'k1', 'k2'])
})

test('refusals', () => {
  const factory = plainTables({ memory, region, errors, reduce: add })
  expect(() => factory.combiner(1).add({ kind: 'values', values: ['no pair'] })).toThrow(
    `runningReduce (node 2) in the tick that ends at 500ms: the record 'no pair'. keyed operators take records that are [key, value] pairs`,
  )
  const table = factory.table()
  send(factory, [['a', 1]], 1, (_p, rows) => {
    table.fold(rows)
    expect(() => table.unfold(rows)).toThrow(/no inverse/)
  })
  const saved = table.save()
  expect(() => bagTables({ memory, region, errors }).load(saved)).toThrow(StorageError)
  expect(() => factory.load(saved.subarray(0, 5))).toThrow(/5 bytes/)
  expect(() => factory.load(saved.subarray(0, -1))).toThrow(/bytes of rows where/)
  saved[saved.length - 1]! ^= 1
  expect(() => factory.load(saved)).toThrow(/checksum/)
})

test('a bag keeps records in order, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(fc.array(key, { maxLength: 8 }), { maxLength: 5 }), (batches) => {
      const factory = bagTables({ memory, region, errors })
      let bag = factory.table()
      for (const values of batches) {
        const combiner = factory.gatherer(2, (batch) =>
          batch.kind === 'values' ? batch.values : [],
        )
        combiner.add({ kind: 'values', values })
        expect(combiner.size).toBe(values.length)
        combiner.drain((partition, rows) => {
          expect(partition).toBe(2)
          bag.fold(rows)
        })
        bag = factory.load(bag.clone().save())
      }
      const expected = batches.flat().map((record): Pair => [Object.is(record, -0) ? 0 : record, 1])
      expect(rowsOf(factory, bag)).toEqual(expected)
      expect(bag.size).toBe(expected.length)
    }),
  )
  expect(() => bagTables({ memory, region, errors }).table().takeChanges(undefined)).toThrow(
    /no keys/,
  )
  expect(region.used).toBe(0)
})
