import { test } from 'vitest'
import { sum } from '../plan/functions.ts'
import { seconds } from '../units.ts'
import { check, cut, type TimedRecord } from './hand-made.fixture.ts'

/** Records are ['row', key, number] and ['event', key, value]: the pairs of each. */
const SIDES = (['row', 'event'] as const).flatMap((side, index) => [
  { kind: 'filter', input: 0, f: (record: unknown[]) => record[0] === side } as const,
  { kind: 'map', input: 2 * index + 1, f: (record: unknown[]) => record.slice(1) } as const,
])

const SUMS = [
  ...SIDES,
  { kind: 'runningReduce', input: 2, f: sum },
  { kind: 'tableJoin', inputs: [5, 4] },
] as const

test('changed rows meet all records so far, records the row as it is', () => {
  const records: readonly TimedRecord[] = [
    // Waits for a row.
    [0, ['event', 'a', 'x']],
    [1, ['row', 'a', 1]],
    [2, ['event', 'a', 'y']],
    [2.2, ['event', 'a', 'y']],
    // A changed row meets the period's records once, not twice.
    [3, ['row', 'a', 2]],
    [3.5, ['event', 'a', 'z']],
    [3.6, ['event', 'b', 'w']],
    [5, ['row', 'b', 7]],
  ]
  const expected = {
    1: [],
    2: [['a', [1, 'x']]],
    3: [
      ['a', [1, 'y']],
      ['a', [1, 'y']],
    ],
    4: [
      ['a', [3, 'x']],
      ['a', [3, 'y']],
      ['a', [3, 'y']],
      ['a', [3, 'z']],
    ],
    5: [],
    6: [['b', [7, 'w']]],
  }
  for (const parts of [1, 2, 10]) check(SUMS, records, expected, { ticks: cut(6, parts) })
})

test('a row that changes and changes back in a period has not changed, however that is cut', () => {
  const records: readonly TimedRecord[] = [
    [0, ['row', 'a', 1]],
    [0.1, ['event', 'a', 'x']],
    [1.1, ['row', 'a', 5]],
    [1.6, ['row', 'a', -5]],
    [2.1, ['row', 'a', 5]],
    [2.3, ['event', 'a', 'y']],
    [2.6, ['row', 'a', -5]],
    [3.1, ['row', 'a', 5]],
    [3.6, ['row', 'a', 1]],
  ]
  const expected = {
    1: [['a', [1, 'x']]],
    2: [],
    3: [['a', [1, 'y']]],
    4: [
      ['a', [7, 'x']],
      ['a', [7, 'y']],
    ],
  }
  for (const parts of [1, 2, 10]) check(SUMS, records, expected, { ticks: cut(4, parts) })
})

test('records whose row left wait for the next', () => {
  check(
    [
      ...SIDES,
      { kind: 'reduceByWindow', input: 2, length: seconds(1), slide: seconds(1), merge: sum },
      { kind: 'tableJoin', inputs: [5, 4] },
    ],
    [
      [0, ['row', 'a', 1]],
      [0.5, ['event', 'a', 'x']],
      [1.5, ['event', 'a', 'y']],
      [2.5, ['row', 'a', 4]],
    ],
    {
      1: [['a', [1, 'x']]],
      2: [],
      3: [
        ['a', [4, 'x']],
        ['a', [4, 'y']],
      ],
      4: [],
      5: [],
    },
  )
})
