import { describe, expect, test } from 'vitest'
import { sum } from '../plan/functions.ts'
import { seconds } from '../units.ts'
import { check, cut, type TimedRecord } from './hand-made.fixture.ts'

const PAIRS: readonly TimedRecord[] = [
  [0, ['a', 1]],
  [0.5, ['a', 2]],
  [2, ['b', 3]],
]

test('stamp adds the end of the period', () => {
  const expected = { 1: [[seconds(1), ['a', 3]]], 2: [], 3: [[seconds(3), ['b', 3]]] }
  const nodes = [
    { kind: 'reduceByKey', input: 0, f: sum },
    { kind: 'stamp', input: 1 },
  ] as const
  for (const parts of [1, 4]) check(nodes, PAIRS, expected, { ticks: cut(3, parts) })
})

test('exchange changes nothing', () => {
  check(
    [{ kind: 'exchange', input: 0 }],
    PAIRS,
    { 0.5: [['a', 1]], 1: [['a', 2]], 1.5: [], 2: [], 2.5: [['b', 3]], 3: [] },
    { ticks: cut(3, 2) },
  )
})

test('a table is what it is, whether it may be asked for or not', () => {
  const nodes = [
    { kind: 'runningReduce', input: 0, f: sum },
    { kind: 'query', input: 1, name: 'sums' },
    { kind: 'topK', input: 2, k: 1 },
  ] as const
  check(nodes.slice(0, 2), PAIRS, { 1: [['a', 3]], 2: [], 3: [['b', 3]] }, { ticks: cut(3, 1) })
  check(nodes, PAIRS, { 1: [[1, ['a', 3]]], 2: [], 3: [] }, { ticks: cut(3, 1) })
})

describe('static data', () => {
  const join = { kind: 'staticJoin', input: 0, static: 'names' } as const

  test('every record meets the static rows of its key', () => {
    const statics = new Map([
      [
        'names',
        [
          ['a', 'alpha'],
          ['a', 'aleph'],
          ['c', 'gamma'],
        ] as const,
      ],
    ])
    const expected = {
      0.5: [
        ['a', [1, 'alpha']],
        ['a', [1, 'aleph']],
      ],
      1: [
        ['a', [2, 'alpha']],
        ['a', [2, 'aleph']],
      ],
      1.5: [],
      2: [],
      2.5: [],
    }
    check([join], PAIRS, expected, { ticks: cut(2.5, 2), statics })
  })

  test('is handed in', () => {
    expect(() => check([join], PAIRS, {})).toThrow("static data 'names'")
  })
})
