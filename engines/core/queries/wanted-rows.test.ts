import { expect, it } from 'vitest'
import type { Want } from './query.ts'
import { wantedRows } from './wanted-rows.ts'

const ROWS = [
  ['river', 3],
  [7, 2],
  [['a', 1], 1],
] as const

const PARTITIONS = 5
const BYTES = { pointer: 0, length: 0 }

/** What is wanted of partitions that all have the same rows, and which of them were looked through. */
function asked(want: Want) {
  const visited: number[] = []
  const rows = Array.from({ length: PARTITIONS }, (_, partition) => {
    const table = {
      visitRows(visit: (rows: typeof BYTES) => void) {
        visited.push(partition)
        visit(BYTES)
      },
      top: (_k: number, visit: (rows: typeof BYTES) => void) => visit(BYTES),
    }
    const tables = { decode: () => ROWS }
    return wantedRows(want, { table, tables, partition, partitions: PARTITIONS })
  })
  return { rows: rows.flat(), visited }
}

it.each(ROWS.map((row) => [row[0], row] as const))(
  'the row of %j is in one partition',
  (key, row) => {
    const { rows, visited } = asked({ key })
    expect(rows).toEqual([row])
    expect(visited).toHaveLength(1)
  },
)

it.each([['7'], ['r'], [['a', '1']], [null]] as const)('of %j there is none', (key) => {
  expect(asked({ key }).rows).toEqual([])
})

it('the count needs no row, and all rows are those of all partitions', () => {
  expect(asked('count')).toEqual({ rows: [], visited: [] })
  expect(asked('rows').rows).toHaveLength(PARTITIONS * ROWS.length)
  expect(asked({ top: 3 }).visited).toEqual([])
})
