/**
 * An exchange of numbers, from the combiner to the table.
 *
 * Laws: a combiner gives what it was given, each pair in the partition of its key, in order, in visits of at most 64 KiB, and
 * is empty then; a table keeps it in order; what it saves, loads and clones is the same; a region gets all of it back.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { StorageError } from '../errors.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import { type NumberPair, numberTables } from './number-table.ts'
import type { Combiner, KeyedTable } from './table.ts'

const memory = RunMemory.reserve(64 * PAGE_BYTES)
const INPUT = PAGE_BYTES
const INPUT_PAIRS = 8_192

const newRegion = () =>
  new Region(memory, { name: 'test', base: 3 * PAGE_BYTES, size: 61 * PAGE_BYTES })
const kernels = loadKernels(memory, 'columns')
const tablesOf = (region: Region) => numberTables({ kernels, region })

function add(combiner: Combiner, pairs: readonly NumberPair[]): void {
  for (let from = 0; from < pairs.length; from += INPUT_PAIRS) {
    const piece = pairs.slice(from, from + INPUT_PAIRS)
    piece.forEach(([first, second], i) => {
      memory.u32[INPUT / 4 + 2 * i] = first
      memory.u32[INPUT / 4 + 2 * i + 1] = second
    })
    combiner.add({ kind: 'numbers', at: INPUT, count: piece.length })
  }
}

/** Few keys or many; a few pairs, or more than chunks hold. */
const input = fc
  .tuple(fc.constantFrom(1, 3, 100_000), fc.constantFrom(0, 1, 100, 3_000, 20_000), fc.nat())
  .map(([keys, count, seed]) =>
    Array.from({ length: count }, (_, i): NumberPair => [(i * 7_919 + seed) % keys, i]),
  )

/** Many pairs are compared as one text: one by one it takes seconds. */
const shown = (pairs: unknown): string => JSON.stringify(pairs)

test('pairs go where their keys belong, and stay in order', () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 3 }), fc.integer({ min: 1, max: 8 }), (rounds, n) => {
      const region = newRegion()
      const tables = tablesOf(region)
      const combiner = tables.combiner(n)
      for (const pairs of rounds) {
        add(combiner, pairs)
        expect(combiner.size).toBe(pairs.length)
        const found: unknown[][] = Array.from({ length: n }, () => [])
        let last = 0
        combiner.drain((partition, rows) => {
          expect(partition).toBeGreaterThanOrEqual(last)
          expect(rows.length).toBeLessThanOrEqual(65_536)
          last = partition
          found[partition]!.push(...tables.decode(rows))
        })
        expect(combiner.size).toBe(0)
        const wanted = found.map((_, own) =>
          pairs.filter(([first]) => partitionOf(keyLanes(encodeCanonical(first)).lane0, n) === own),
        )
        expect(shown(found)).toBe(shown(wanted))
      }
      combiner.release()
      expect(region.used).toBe(0)
    }),
    { numRuns: 20 },
  )
})

test('a combiner says when it is full, before it needs more than a chunk a partition', () => {
  const region = newRegion()
  const combiner = tablesOf(region).combiner(2)
  const pairs = Array.from({ length: 4_096 }, (_, i): NumberPair => [i, i])
  while (!combiner.full) add(combiner, pairs)
  expect(combiner.size).toBeGreaterThan(8_192)
  expect(combiner.size).toBeLessThanOrEqual(16_384)
  combiner.release()
  expect(region.used).toBe(0)
})

test('a table keeps pairs in order, saved, loaded and cloned', () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 4 }), (pieces) => {
      const region = newRegion()
      const tables = tablesOf(region)
      const all = pieces.flat()
      const table = tables.table()
      const combiner = tables.combiner(1)
      for (const pairs of pieces) {
        add(combiner, pairs)
        combiner.drain((_, rows) => table.fold(rows))
      }
      combiner.release()
      const rowsOf = (each: KeyedTable) => {
        const rows: unknown[] = []
        each.visitRows((visited) => {
          expect(visited.length).toBeLessThanOrEqual(65_536)
          rows.push(...tables.decode(visited))
        })
        return shown(rows)
      }
      expect(rowsOf(table)).toBe(shown(all))
      expect(table.size).toBe(all.length)
      const clone = table.clone()
      const loaded = tables.load(table.save())
      table.release()
      expect(rowsOf(clone)).toBe(shown(all))
      expect(rowsOf(loaded)).toBe(shown(all))
      clone.release()
      loaded.release()
      expect(region.used).toBe(0)
    }),
    { numRuns: 20 },
  )
})

test('what is damaged is no table', () => {
  const tables = tablesOf(newRegion())
  const table = tables.table()
  const combiner = tables.combiner(1)
  add(combiner, [[1, 2]])
  combiner.drain((_, rows) => table.fold(rows))
  const saved = table.save()
  saved[saved.length - 1]! ^= 1
  expect(() => tables.load(saved)).toThrow(StorageError)
})
