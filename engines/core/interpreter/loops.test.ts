import { describe, expect, test } from 'vitest'
import { seconds } from '../units.ts'
import { check, cut, type ExpectedRows, type TimedRecord } from './hand-made.fixture.ts'

/** Of a loop that nothing bounds. */
const UNBOUNDED = 10_000

const root = (at: number, node: string): TimedRecord => [at, ['root', node, 0]]
const edge = (at: number, from: string, to: string): TimedRecord => [at, ['edge', from, to]]

/** Distances from the roots, kept up to date: nodes 1 to 4 are roots and edges, 5 to 8 the body, 9 its result. */
function distances(loop: { rounds?: number; fresh?: boolean; result?: number } = {}) {
  const { rounds = UNBOUNDED, fresh = false, result = 6 } = loop
  return [
    { kind: 'filter', input: 0, f: ([kind]: [string]) => kind === 'root' },
    { kind: 'map', input: 1, f: ([, node, distance]: unknown[]) => [node, distance] },
    { kind: 'filter', input: 0, f: ([kind]: [string]) => kind === 'edge' },
    { kind: 'map', input: 3, f: ([, from, to]: unknown[]) => [from, to] },
    { kind: 'loop', input: 2, rounds, fresh },
    { kind: 'runningReduce', input: 5, f: (a: number, b: number) => Math.min(a, b) },
    { kind: 'tableJoin', inputs: [6, 4] },
    { kind: 'map', input: 7, f: ([, [n, to]]: [unknown, [number, unknown]]) => [to, n + 1] },
    { kind: 'iterate', inputs: [5, 8, result] },
  ] as const
}

const GRAPH: readonly TimedRecord[] = [
  root(0, 'a'),
  edge(0, 'a', 'b'),
  edge(0.4, 'b', 'c'),
  edge(0.8, 'c', 'a'),
  // Shorter than what is known.
  edge(1, 'a', 'c'),
  // Nobody can get there yet.
  edge(2, 'x', 'y'),
  edge(3, 'c', 'x'),
]

function checkGraph(loop: Parameters<typeof distances>[0], expected: ExpectedRows): void {
  for (const parts of [1, 5]) check(distances(loop), GRAPH, expected, { ticks: cut(4, parts) })
}

describe('a loop over a graph', () => {
  test('a table puts out net changes, its state lasts', () => {
    checkGraph(
      {},
      {
        1: [
          ['a', 0],
          ['b', 1],
          ['c', 2],
        ],
        2: [['c', 1]],
        3: [],
        4: [
          ['x', 2],
          ['y', 3],
        ],
      },
    )
  })

  test('a stream of records puts out those of all rounds', () => {
    checkGraph(
      { result: 8 },
      {
        1: [
          ['b', 1],
          ['c', 2],
          ['a', 3],
        ],
        2: [
          ['c', 1],
          ['a', 2],
        ],
        3: [],
        4: [
          ['x', 2],
          ['y', 3],
        ],
      },
    )
  })

  test('two rounds: what the second passes on is dropped', () => {
    checkGraph(
      { rounds: 2 },
      {
        1: [
          ['a', 0],
          ['b', 1],
        ],
        2: [['c', 1]],
        3: [],
        4: [['x', 2]],
      },
    )
  })

  test.each([0, 1])('rounds: %d is the round of what enters', (rounds) => {
    checkGraph({ rounds }, { 1: [['a', 0]], 2: [], 3: [], 4: [] })
  })

  test('a fresh loop knows what entered in the period, and no more', () => {
    checkGraph(
      { fresh: true },
      {
        1: [
          ['a', 0],
          ['b', 1],
          ['c', 2],
        ],
        2: [
          ['a', undefined],
          ['b', undefined],
          ['c', undefined],
        ],
        3: [],
        4: [],
      },
    )
  })
})

test('a row that changes in several rounds is put out as it is in the end', () => {
  const nodes = [
    { kind: 'loop', input: 0, rounds: UNBOUNDED, fresh: false },
    { kind: 'runningReduce', input: 1, f: (a: number, b: number) => Math.max(a, b) },
    { kind: 'changes', input: 2 },
    { kind: 'filter', input: 3, f: ([, value]: [string, number]) => value < 5 },
    { kind: 'map', input: 4, f: ([key, value]: [string, number]) => [key, value + 1] },
    { kind: 'iterate', inputs: [1, 5, 2] },
  ] as const
  const records: readonly TimedRecord[] = [
    [0, ['a', 1]],
    [1, ['a', 4]],
    [2, ['a', 9]],
  ]
  check(nodes, records, { 1: [['a', 5]], 2: [], 3: [['a', 9]], 4: [], 5: [] })
})

test('a loop has the period of what enters', () => {
  const nodes = [
    { kind: 'window', input: 0, length: seconds(2), slide: seconds(2) },
    { kind: 'loop', input: 1, rounds: UNBOUNDED, fresh: false },
    { kind: 'filter', input: 2, f: ([, value]: [string, number]) => value > 1 },
    { kind: 'map', input: 3, f: ([key, value]: [string, number]) => [key, value - 1] },
    { kind: 'iterate', inputs: [2, 4, 4] },
  ] as const
  const records: readonly TimedRecord[] = [
    [0, ['a', 3]],
    [1, ['b', 2]],
    [3, ['c', 1]],
  ]
  check(nodes, records, {
    2: [
      ['a', 2],
      ['b', 1],
      ['a', 1],
    ],
    4: [],
  })
})

describe('a loop in a loop', () => {
  const isOdd = (n: number | string): boolean => n === 'seen' || Number(n) % 2 === 1
  const grown = { kind: 'map', f: (n: number) => 3 * n + 1 } as const
  const isLarge = { kind: 'filter', f: (n: number | string) => Number(n) > 1 } as const

  test('runs to its end in each round', () => {
    const nodes = [
      { kind: 'loop', input: 0, rounds: UNBOUNDED, fresh: false },
      { kind: 'loop', input: 1, rounds: UNBOUNDED, fresh: false },
      { kind: 'filter', input: 2, f: (n: number) => !isOdd(n) },
      { kind: 'map', input: 3, f: (n: number) => n / 2 },
      { kind: 'filter', input: 2, f: isOdd },
      { kind: 'iterate', inputs: [2, 4, 5] },
      { ...isLarge, input: 6 },
      { ...grown, input: 7 },
      { kind: 'iterate', inputs: [1, 8, 6] },
    ] as const
    check(
      nodes,
      [
        [0, 6],
        [1, 1],
        [1.5, 4],
      ],
      {
        // 6 3 | 10 5 | 16 8 4 2 1
        1: [
          [3, 1],
          [5, 1],
          [1, 1],
        ],
        2: [
          [1, 1],
          [1, 1],
        ],
        3: [],
        4: [],
        5: [],
      },
    )
  })

  test('sees a stream from outside of both in the first round of each', () => {
    const nodes = [
      { kind: 'loop', input: 0, rounds: UNBOUNDED, fresh: false },
      { kind: 'map', input: 0, f: () => 'seen' },
      { kind: 'loop', input: 1, rounds: UNBOUNDED, fresh: false },
      { kind: 'filter', input: 3, f: (n: number) => !isOdd(n) },
      { kind: 'map', input: 4, f: (n: number) => n / 2 },
      { kind: 'union', inputs: [3, 2] },
      { kind: 'filter', input: 6, f: isOdd },
      { kind: 'iterate', inputs: [3, 5, 7] },
      { ...isLarge, input: 8 },
      { ...grown, input: 9 },
      { kind: 'iterate', inputs: [1, 10, 8] },
    ] as const
    check(
      nodes,
      [[0, 6]],
      {
        1: [
          [3, 1],
          [5, 1],
          [1, 1],
          ['seen', 1],
        ],
      },
      { ticks: [1] },
    )
  })

  test('may be begun by a stream from outside of the outer one', () => {
    // The inner body adds the outer variable's numbers to what entered from the source.
    const nodes = [
      { kind: 'loop', input: 0, rounds: 3, fresh: false },
      { kind: 'loop', input: 0, rounds: 1, fresh: false },
      { kind: 'union', inputs: [1, 2] },
      { kind: 'iterate', inputs: [2, 3, 3] },
      { kind: 'filter', input: 4, f: (n: number) => n < 100 },
      { kind: 'map', input: 5, f: (n: number) => n * 10 },
      { kind: 'iterate', inputs: [1, 6, 4] },
    ] as const
    // Round 0: 7 of both. Round 1: 70 twice, and nothing from the source. Round 2: 700 twice.
    const expected = { 1: [7, 7, 70, 70, 700, 700].map((n) => [n, 1]) }
    check(nodes, [[0, 7]], expected, { ticks: [1] })
  })

  test('may be in another only by what is in it', () => {
    // The innermost reads nothing of the outermost, but lies in the middle one, which does.
    const small = { kind: 'filter', f: (n: number) => n < 50 } as const
    const nodes = [
      { kind: 'loop', input: 0, rounds: 2, fresh: false },
      { kind: 'loop', input: 0, rounds: 2, fresh: false },
      { kind: 'loop', input: 2, rounds: 2, fresh: false },
      { kind: 'map', input: 3, f: (n: number) => n + 1 },
      { kind: 'iterate', inputs: [3, 4, 4] },
      { kind: 'union', inputs: [5, 1] },
      { ...small, input: 6 },
      { kind: 'map', input: 7, f: (n: number) => n * 10 },
      { kind: 'iterate', inputs: [2, 8, 6] },
      { kind: 'map', input: 9, f: (n: number) => -n },
      { kind: 'iterate', inputs: [1, 10, 9] },
    ] as const
    // Middle, round 0: 2 and 3 of the innermost, 1 of the outermost. Round 1: 20, 30 and 10, of which the innermost
    // makes 21 31 11 and 22 32 12. The outermost's second round has those nine, negative, and nothing from outside.
    const first = [2, 3, 1, 21, 31, 11, 22, 32, 12]
    const second = first.map((n) => -n)
    const third = second.flatMap((n) => [n * 10 + 1, n * 10 + 2])
    const expected = { 1: [...first, ...second, ...third].map((n) => [n, 1]) }
    check(nodes, [[0, 1]], expected, { ticks: [1] })
  })
})

test('a loop that never ends is told so', () => {
  const nodes = [
    { kind: 'loop', input: 0, rounds: UNBOUNDED, fresh: false },
    { kind: 'map', input: 1, f: (record: unknown) => record },
    { kind: 'iterate', inputs: [1, 2, 2] },
  ] as const
  expect(() => check(nodes, [[0.5, 'a']], {})).toThrow('round 10000 at 1000000000')
})
