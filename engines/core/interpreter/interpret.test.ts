import { expect, test } from 'vitest'
import { difference, sum, withOne, words } from '../plan/functions.ts'
import { type Described, planOf, readStream } from '../plan/stream.ts'
import { seconds } from '../units.ts'
import { interpret } from './interpret.ts'

/** Due at half-second steps: `records` by the instant in seconds. */
const RECORDS = [
  [0, 'a b'],
  [0.5, 'a'],
  [1, 'b b'],
  [1.5, ''],
  [2.5, 'c'],
  [3, 'a'],
] as const
const due = RECORDS.map(([at, value]) => ({ dueAt: seconds(at), value }))
const lines = () => readStream<string>('file:lines.txt', '1s')
const ones = () => lines().flatMap(words).map(withOne)

/** Rows of the first output by tick in seconds. */
function check(
  described: Described,
  expected: Record<string, unknown[]>,
  ticks = [1, 2, 3, 4],
): void {
  const results = interpret(planOf(described), due, ticks.map(seconds))
  const rows = results
    .filter(({ output }) => output === 0)
    .map(({ tick, rows }) => [String(tick / 1e9), rows])
  expect(Object.fromEntries(rows)).toEqual(expected)
}

test('narrow operators emit in every tick', () => {
  const halves = [0.5, 1, 1.5, 2]
  check(lines(), { 0.5: [['a b', 1]], 1: [['a', 1]], 1.5: [['b b', 1]], 2: [['', 1]] }, halves)
  check(
    lines()
      .filter((line) => line !== '')
      .map((line) => line.length),
    {
      1: [
        [3, 1],
        [1, 1],
      ],
      2: [[3, 1]],
      3: [[1, 1]],
      4: [[1, 1]],
    },
  )
  check(
    lines().keyBy((line) => line.length),
    {
      1: [
        [3, 'a b'],
        [1, 'a'],
      ],
      2: [
        [3, 'b b'],
        [0, ''],
      ],
      3: [[1, 'c']],
      4: [[1, 'a']],
    },
  )
  const source = lines()
  check(source.flatMap(words).union(source.map(() => 'x')), {
    1: [
      ['a', 1],
      ['b', 1],
      ['a', 1],
      ['x', 1],
      ['x', 1],
    ],
    2: [
      ['b', 1],
      ['b', 1],
      ['x', 1],
      ['x', 1],
    ],
    3: [
      ['c', 1],
      ['x', 1],
    ],
    4: [
      ['a', 1],
      ['x', 1],
    ],
  })
})

test('reduceByKey emits at the end of its input’s period', () => {
  const counts = {
    1: [
      ['a', 2],
      ['b', 1],
    ],
    2: [['b', 2]],
    3: [['c', 1]],
    4: [['a', 1]],
  }
  check(ones().reduceByKey(sum), counts)
  check(ones().reduceByKey(sum), counts, [0.25, 0.5, 1, 1.75, 2, 3, 4])
  check(ones().window('2s', '2s').reduceByKey(sum), {
    2: [
      ['a', 2],
      ['b', 3],
    ],
    4: [
      ['c', 1],
      ['a', 1],
    ],
  })
})

test('runningReduce emits what changed', () => {
  check(ones().runningReduce(sum), {
    1: [
      ['a', 2],
      ['b', 1],
    ],
    2: [['b', 3]],
    3: [['c', 1]],
    4: [['a', 3]],
  })
  check(ones().runningReduce(Math.max), {
    1: [
      ['a', 1],
      ['b', 1],
    ],
    2: [],
    3: [['c', 1]],
    4: [],
  })
  check(
    ones()
      .runningReduce(sum)
      .changes()
      .map(([key]) => key),
    {
      1: [
        ['a', 1],
        ['b', 1],
      ],
      2: [['b', 1]],
      3: [['c', 1]],
      4: [['a', 1]],
    },
  )
})

test('windows hold what was due in [end - length, end)', () => {
  check(lines().window('2s'), {
    1: [
      ['a b', 1],
      ['a', 1],
    ],
    2: [
      ['a b', 1],
      ['a', 1],
      ['b b', 1],
      ['', 1],
    ],
    3: [
      ['b b', 1],
      ['', 1],
      ['c', 1],
    ],
    4: [
      ['c', 1],
      ['a', 1],
    ],
  })
  const expected = {
    1: [
      ['a', 2],
      ['b', 1],
    ],
    2: [['b', 3]],
    3: [
      ['b', 2],
      ['c', 1],
      ['a', undefined],
    ],
    4: [
      ['a', 1],
      ['b', undefined],
    ],
  }
  check(ones().reduceByWindow('2s', sum), expected)
  check(ones().reduceByWindow('2s', sum, difference), expected)
  check(ones().reduceByWindow('2s', sum), expected, [0.5, 1, 2, 2.5, 3, 3.5, 4])
  check(ones().reduceByWindow('3s', sum, { slide: '2s' }), {
    2: [
      ['a', 2],
      ['b', 3],
    ],
    4: [
      ['b', 2],
      ['c', 1],
      ['a', 1],
    ],
  })
  check(lines().countByWindow('1s'), {
    1: [['count', 2]],
    2: [],
    3: [['count', 1]],
    4: [],
  })
  check(
    lines()
      .filter((line) => line === 'c')
      .countByWindow('1s'),
    {
      1: [],
      2: [],
      3: [['count', 1]],
      4: [['count', undefined]],
    },
  )
})

test('topK ranks by value, ties by key', () => {
  check(ones().runningReduce(sum).topK(2), {
    1: [
      [1, ['a', 2]],
      [2, ['b', 1]],
    ],
    2: [
      [1, ['b', 3]],
      [2, ['a', 2]],
    ],
    3: [],
    4: [
      [1, ['a', 3]],
      [2, ['b', 3]],
    ],
  })
  check(ones().reduceByWindow('1s', sum).topK(2), {
    1: [
      [1, ['a', 2]],
      [2, ['b', 1]],
    ],
    2: [
      [1, ['b', 2]],
      [2, undefined],
    ],
    3: [[1, ['c', 1]]],
    4: [[1, ['a', 1]]],
  })
})

test('outputs are numbered in order', () => {
  const counts = ones().runningReduce(sum).collect('counts')
  counts.topK(1).collect('top')
  const results = interpret(planOf(counts), due, [seconds(1)])
  expect(results.map(({ output, name }) => [output, name])).toEqual([
    [0, 'counts'],
    [1, 'top'],
  ])
})

test('a source that is stamped puts the time when a record happened before it', () => {
  const records = [
    { dueAt: seconds(0.5), value: 'a', eventTime: 7 },
    { dueAt: seconds(1.5), value: 'b' },
  ]
  const stamped = readStream<string>('file:lines.txt', '1s', { stamped: true })
  const unstamped = readStream<string>('file:lines.txt', '1s')
  const plan = planOf([stamped, unstamped])
  const rows = interpret(plan, records, [seconds(1), seconds(2)]).map((tick) => tick.rows)
  expect(rows).toEqual([[[7, 'a']], [[seconds(1.5), 'b']], [['a', 1]], [['b', 1]]])
})

test('JSON keeps the time before the value', () => {
  const records = [{ dueAt: 0, value: '{"url":"/a"}', eventTime: -3 }]
  const events = readStream<{ url: string }>('file:a.jsonl', '1s', { stamped: true })
  const [tick] = interpret(planOf(events), records, [seconds(1)])
  expect(tick?.rows).toEqual([[-3, { url: '/a' }]])
})
