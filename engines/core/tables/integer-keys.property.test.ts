/**
 * Column tables with integer keys, against a Map.
 *
 * Laws, for each reduce and both implementations of the kernels: combiners and tables give the Map's rows, in the partitions of
 * their keys, with the digests of plain rows; changes are what differs from before; what is saved, loaded and cloned is the
 * same; both implementations give the same bytes.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import type { ColumnReduce } from '../kernels/table-layout.ts'
import { DigestSum, digestOfRows, keyLanes, partitionOf } from '../output/digest.ts'
import { max, min, sum } from '../plan/functions.ts'
import { columnTables } from './column-table.ts'
import type { KeyedTable } from './table.ts'

type Pair = readonly [number, number]

const memory = RunMemory.reserve(130 * PAGE_BYTES)
const INPUT = PAGE_BYTES
const REDUCES = { sum, min, max }
const PARTITIONS = 3

const number = fc.oneof(fc.nat(5), fc.constantFrom(0x7fff_ffff, 0x8000_0000, 0xffff_ffff))
const key = fc.oneof(fc.nat(9), number, fc.integer({ min: 0, max: 0xffff_ffff }))
const pairs = fc.array(fc.tuple(key, number), { maxLength: 60 })
const rounds = fc.array(pairs, { minLength: 1, maxLength: 4 })

function run(mode: 'columns' | 'plain', reduce: ColumnReduce, given: readonly (readonly Pair[])[]) {
  const region = new Region(memory, { name: 'test', base: 3 * PAGE_BYTES, size: 127 * PAGE_BYTES })
  const tables = columnTables(loadKernels(memory, mode), region, { keys: 'integer', reduce })
  const combiner = tables.combiner(PARTITIONS)
  let all = Array.from({ length: PARTITIONS }, () => tables.table())
  const wanted = new Map<number, number>()
  const bytes: string[] = []
  const rowsOf = (table: KeyedTable) => {
    const rows: (readonly [unknown, unknown])[] = []
    table.visitRows((piece) => {
      bytes.push(Buffer.from(memory.bytes(piece.pointer, piece.length)).toString('hex'))
      rows.push(...tables.decode(piece))
    })
    return rows
  }
  for (const list of given) {
    const before = new Map(wanted)
    for (const [first, second] of list) {
      const old = wanted.get(first)
      wanted.set(first, old === undefined ? second : REDUCES[reduce](old, second))
    }
    list.flat().forEach((value, at) => {
      memory.u32[INPUT / 4 + at] = value
    })
    combiner.add({ kind: 'numbers', at: INPUT, count: list.length })
    expect(combiner.size).toBe(new Set(list.map(([first]) => first)).size)
    combiner.drain((partition, rows) => all[partition]!.fold(rows))
    const digest = new DigestSum()
    const changed: (readonly [unknown, unknown])[] = []
    for (const table of all) {
      table.takeChanges(digest, (rows) => changed.push(...tables.decode(rows)))
    }
    const differing = [...wanted].filter(([first, value]) => before.get(first) !== value)
    expect(new Map(changed)).toEqual(new Map(differing))
    expect(digest.take()).toEqual(digestOfRows(differing))
    all.forEach((table, own) => {
      const rows = rowsOf(table)
      expect(new Map(rows)).toEqual(
        new Map(
          [...wanted].filter(
            ([first]) => partitionOf(keyLanes(encodeCanonical(first)).lane0, PARTITIONS) === own,
          ),
        ),
      )
      expect(rowsOf(tables.load(table.save()))).toEqual(rows)
    })
    const clones = all.map((table) => table.clone())
    for (const table of all) table.release()
    all = clones
  }
  combiner.release()
  for (const table of all) table.release()
  return bytes
}

test.each(['sum', 'min', 'max'] as const)('%s', (reduce) => {
  fc.assert(
    fc.property(rounds, (given) => {
      expect(run('columns', reduce, given)).toEqual(run('plain', reduce, given))
    }),
    { numRuns: 150 },
  )
})

test('more keys than a block begins with', () => {
  const list = Array.from({ length: 3_000 }, (_, i): Pair => [(i * 7_919) % 2_500, i])
  for (const reduce of ['sum', 'min', 'max'] as const) run('columns', reduce, [list, list])
})
