/**
 * Tables of least or greatest integers, against a Map.
 *
 * Laws, for both reduces and both implementations of the kernels: a table has the Map's rows, in order of insertion; changes
 * are what differs from before, each once, with the digest of plain rows; what is saved, loaded and cloned is the same; both
 * implementations give the same bytes; a region gets all of it back.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { StorageError } from '../errors.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { DigestSum, digestOfRows } from '../output/digest.ts'
import { type Extreme, extremesTables } from './extremes-table.ts'
import type { KeyedTable } from './table.ts'

type Pair = readonly [number, number]

const memory = RunMemory.reserve(130 * PAGE_BYTES)
const INPUT = PAGE_BYTES

const newRegion = () =>
  new Region(memory, { name: 'test', base: 5 * PAGE_BYTES, size: 125 * PAGE_BYTES })

const edge = fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff)
const number = fc.oneof(fc.nat(20), edge, fc.integer({ min: 0, max: 0xffff_ffff }))
const rounds = fc.array(fc.array(fc.tuple(number, number), { maxLength: 60 }), {
  minLength: 1,
  maxLength: 5,
})

function place(list: readonly Pair[]) {
  list.flat().forEach((value, at) => {
    memory.u32[INPUT / 4 + at] = value
  })
  return { pointer: INPUT, length: list.length * 8 }
}

/** Rows of both implementations are compared as they lie. */
function run(mode: 'columns' | 'plain', reduce: Extreme, given: readonly (readonly Pair[])[]) {
  const region = newRegion()
  const kernels = loadKernels(memory, mode)
  const tables = extremesTables({ kernels, region, reduce })
  let table = tables.table()
  const wanted = new Map<number, number>()
  const visited: unknown[] = []
  const rowsOf = (each: KeyedTable) => {
    const rows: (readonly [unknown, unknown])[] = []
    each.visitRows((piece) => rows.push(...tables.decode(piece)))
    return rows
  }
  for (const list of given) {
    const before = new Map(wanted)
    for (const [key, value] of list) {
      const old = wanted.get(key)
      const isBetter = old === undefined || (reduce === 'min' ? value < old : value > old)
      if (isBetter) wanted.set(key, value)
    }
    table.fold(place(list))
    const digest = new DigestSum()
    const changed: (readonly [unknown, unknown])[] = []
    const copy = table.clone()
    const count = table.takeChanges(digest, (rows) => changed.push(...tables.decode(rows)))
    const differing = [...wanted].filter(([key, value]) => before.get(key) !== value)
    expect(new Map(changed)).toEqual(new Map(differing))
    expect([changed.length, count]).toEqual([differing.length, differing.length])
    expect(digest.take()).toEqual(digestOfRows(differing))
    expect(copy.takeChanges(digest)).toBe(count)
    expect(digest.take()).toEqual(digestOfRows(differing))
    copy.release()
    expect(table.takeChanges(undefined)).toBe(0)
    expect(rowsOf(table)).toEqual([...wanted])
    expect(table.size).toBe(wanted.size)
    visited.push(changed)
    const loaded = tables.load(table.save())
    expect(rowsOf(loaded)).toEqual([...wanted])
    expect(loaded.takeChanges(undefined)).toBe(0)
    table.release()
    table = loaded
  }
  table.release()
  expect(region.used).toBe(0)
  return visited
}

test.each(['min', 'max'] as const)('%s', (reduce) => {
  fc.assert(
    fc.property(rounds, (given) => {
      expect(run('columns', reduce, given)).toEqual(run('plain', reduce, given))
    }),
    { numRuns: 150 },
  )
})

test('more rows than a visit holds, and keys that collide', () => {
  const many = Array.from({ length: 20_000 }, (_, i): Pair => [(i % 9_000) * 4_096, 20_000 - i])
  for (const reduce of ['min', 'max'] as const) {
    expect(run('columns', reduce, [many, many])).toEqual(run('plain', reduce, [many, many]))
  }
})

test('what is damaged is no table', () => {
  const options = { kernels: loadKernels(memory, 'columns'), region: newRegion(), reduce: 'min' }
  const tables = extremesTables(options as Parameters<typeof extremesTables>[0])
  const table = tables.table()
  table.fold(place([[1, 2]]))
  const saved = table.save()
  saved[saved.length - 1]! ^= 1
  expect(() => tables.load(saved)).toThrow(StorageError)
})
