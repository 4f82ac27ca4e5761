import { describe, test } from 'vitest'
import { seconds } from '../units.ts'
import { check, cut, type TimedRecord } from './hand-made.fixture.ts'

describe('groupByKey', () => {
  const pairs: readonly TimedRecord[] = [
    [0, ['a', 3]],
    [0.5, ['b', 1]],
    [0.9, ['a', 1]],
    [1, ['a', 2]],
    [2, ['b', 1]],
    [2.5, ['b', 1]],
  ]

  test('gathers the values of a period, ascending', () => {
    const expected = {
      1: [
        ['a', [1, 3]],
        ['b', [1]],
      ],
      2: [['a', [2]]],
      3: [['b', [1, 1]]],
      4: [],
    }
    for (const parts of [1, 2, 4]) {
      check([{ kind: 'groupByKey', input: 0 }], pairs, expected, { ticks: cut(4, parts) })
    }
  })

  test('has the period of what it reads', () => {
    const window = { kind: 'window', input: 0, length: seconds(2), slide: seconds(2) } as const
    check([window, { kind: 'groupByKey', input: 1 }], pairs, {
      2: [
        ['a', [1, 2, 3]],
        ['b', [1]],
      ],
      4: [['b', [1, 1]]],
    })
  })

  test('values ascend by the tags and bytes of their encoding', () => {
    const values = [256, 'x', 1, null, 'w', [0], true]
    const records = values.map((value): TimedRecord => [0, ['a', value]])
    // Integers are little endian: 256 is 00 01, and 1 is 01 00.
    const ascending = ['w', 'x', 256, 1, true, null, [0]]
    check([{ kind: 'groupByKey', input: 0 }], records, { 1: [['a', ascending]] }, { ticks: [1] })
  })

  test('keys are the same when their encodings are', () => {
    const records: readonly TimedRecord[] = [
      [0, [{ x: 1, y: 0 }, 'one']],
      [0, [{ y: -0, x: 1 }, 'two']],
      [0, [{ x: 1n, y: 0 }, 'other']],
    ]
    check(
      [
        { kind: 'groupByKey', input: 0 },
        { kind: 'map', input: 1, f: ([, values]: [unknown, unknown[]]) => [values.length, values] },
      ],
      records,
      {
        1: [
          [2, ['one', 'two']],
          [1, ['other']],
        ],
      },
      { ticks: [1] },
    )
  })
})

/** Records are ['left' or 'right', key, value]: the pairs of each side. */
const SIDES = (['left', 'right'] as const).flatMap((side, index) => [
  { kind: 'filter', input: 0, f: (record: unknown[]) => record[0] === side } as const,
  { kind: 'map', input: 2 * index + 1, f: (record: unknown[]) => record.slice(1) } as const,
])

const TWO_SIDES: readonly TimedRecord[] = [
  [0, ['left', 'a', 1]],
  [0.2, ['left', 'a', 2]],
  [0.5, ['right', 'a', 10]],
  [0.6, ['right', 'b', 20]],
  [1, ['left', 'b', 3]],
  [1.5, ['right', 'b', 30]],
  [1.6, ['right', 'b', 30]],
  [2, ['left', 'a', 4]],
  [3, ['right', 'a', 40]],
]

test('join pairs what came for a key in one period', () => {
  const expected = {
    1: [
      ['a', [1, 10]],
      ['a', [2, 10]],
    ],
    2: [
      ['b', [3, 30]],
      ['b', [3, 30]],
    ],
    3: [],
    4: [],
  }
  for (const parts of [1, 5]) {
    check([...SIDES, { kind: 'join', inputs: [2, 4] }], TWO_SIDES, expected, {
      ticks: cut(4, parts),
    })
  }
})

test('cogroup has the keys of either side', () => {
  const expected = {
    1: [
      ['a', [[1, 2], [10]]],
      ['b', [[], [20]]],
    ],
    2: [['b', [[3], [30, 30]]]],
    3: [['a', [[4], []]]],
    4: [['a', [[], [40]]]],
  }
  for (const parts of [1, 5]) {
    check([...SIDES, { kind: 'cogroup', inputs: [2, 4] }], TWO_SIDES, expected, {
      ticks: cut(4, parts),
    })
  }
})

test('a stream joined with itself', () => {
  check(
    [{ kind: 'join', inputs: [0, 0] }],
    [
      [0, ['a', 1]],
      [0, ['a', 2]],
      [1, ['a', 3]],
    ],
    {
      1: [
        ['a', [1, 1]],
        ['a', [1, 2]],
        ['a', [2, 1]],
        ['a', [2, 2]],
      ],
      2: [['a', [3, 3]]],
      3: [],
      4: [],
      5: [],
    },
  )
})

test('distinct puts out a record when it comes for the first time, in its tick', () => {
  const records: readonly TimedRecord[] = [
    [0, ['a', 1]],
    [0.1, ['a', 1]],
    [0.7, ['a', 1]],
    [0.8, 'text'],
    [1, ['a', 2]],
    [1.7, 0],
    [1.8, -0],
    [2, ['a', 1]],
  ]
  check(
    [{ kind: 'distinct', input: 0 }],
    records,
    { 0.5: [['a', 1]], 1: [['text', 1]], 1.5: [['a', 2]], 2: [[0, 1]], 2.5: [], 3: [] },
    { ticks: cut(3, 2) },
  )
})
