import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../columns/memory.ts'
import { poolBytesOf, writePool } from '../input/pool.ts'
import type { StampOf } from './chain.ts'
import { plainReader } from './plain-reader.ts'

const memory = RunMemory.reserve(4 * PAGE_BYTES)
const pool = writePool(memory, PAGE_BYTES, poolBytesOf(['a', 'bé', '', 'd', 'e']))

/** Batches of the records 1 to 4, two at most in each. */
function read(stampOf?: StampOf): unknown[] {
  const batches: unknown[] = []
  const reader = plainReader(memory, 2)
  reader.read({ pool, first: 1, count: 4 }, (batch) => batches.push(batch), stampOf)
  return batches
}

test('records are texts', () => {
  expect(read()).toEqual([
    { kind: 'values', values: ['bé', ''] },
    { kind: 'values', values: ['d', 'e'] },
  ])
})

test('with times, each is asked for by its place in the range', () => {
  expect(read((place) => 100 + place)).toEqual([
    {
      kind: 'values',
      values: [
        [100, 'bé'],
        [101, ''],
      ],
    },
    {
      kind: 'values',
      values: [
        [102, 'd'],
        [103, 'e'],
      ],
    },
  ])
})
