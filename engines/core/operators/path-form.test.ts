/** Which operators have tables of numbers, and where records stay numbers. */
import { describe, expect, test } from 'vitest'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import {
  bothWays,
  difference,
  eventAndRow,
  max,
  min,
  sum,
  whereEquals,
  withLesser,
} from '../plan/functions.ts'
import { type Described, type EventStream, planOf, readStream } from '../plan/stream.ts'
import { numberFormOf } from './number-form.ts'
import { columnForm, numberReduce } from './path-form.ts'

type Pairs = EventStream<[number, number]>

const pairs = (stamped = false): Pairs =>
  readStream('input:pairs', '1s', { format: 'u32x2', stamped }) as Pairs
const least = (a: number, b: number): number => Math.min(a, b)

/** Of each operator behind the source what its tables are, and in which form each path's records go. */
function formsOf(described: Described) {
  const dataflow = buildDataflow(planOf(described))
  const [, ...operators] = dataflow.operators
  return {
    tables: operators.map(
      (operator) => numberFormOf(dataflow, operator)?.kind ?? numberReduce(dataflow, operator),
    ),
    paths: dataflow.paths.map((path) => columnForm(dataflow, path).gives),
  }
}

test.each<[string, Described, ReturnType<typeof formsOf>]>([
  ['an exchange', pairs().exchange(), { tables: ['pairs'], paths: ['numbers', 'numbers'] }],
  [
    'two of them, and a reduce',
    pairs().exchange().exchange().reduceByKey(min),
    { tables: ['pairs', 'pairs', 'min'], paths: ['numbers', 'numbers', 'numbers', 'rows'] },
  ],
  [
    'windows with an inverse',
    pairs().reduceByWindow('2s', sum, difference),
    { tables: ['sum'], paths: ['numbers', 'rows'] },
  ],
  [
    'an inverse of what has none',
    pairs().reduceByWindow('2s', max, difference),
    { tables: [undefined], paths: ['values', 'rows'] },
  ],
  [
    'a reduce of one’s own',
    pairs().runningReduce(least),
    { tables: [undefined], paths: ['values', 'rows'] },
  ],
  [
    'a map before it',
    pairs()
      .map(([first, second]): [number, number] => [second, first])
      .exchange(),
    { tables: [undefined], paths: ['values', 'rows'] },
  ],
  [
    'a filter with a kernel before a map',
    pairs()
      .filter(whereEquals(0, 7))
      .map(([first, second]): [number, number] => [second, first])
      .reduceByKey(sum),
    { tables: [undefined], paths: ['values', 'rows'] },
  ],
  [
    'records with times',
    pairs(true).exchange(),
    { tables: [undefined], paths: ['values', 'rows'] },
  ],
])('%s', (_, described, forms) => {
  expect(formsOf(described)).toEqual(forms)
})

describe('a loop', () => {
  const around = (reduce: typeof min, turned = eventAndRow): Described => {
    const edges = pairs().flatMap(bothWays)
    return edges.map(withLesser).iterate((labels) => {
      const least = labels.runningReduce(reduce)
      return { next: least.join(edges).map(turned), result: least }
    })
  }

  test('goes around in numbers', () => {
    expect(formsOf(around(min))).toEqual({
      // What waits at the border, the least labels, what waits for the join, the join, and the least labels behind the loop.
      tables: ['pairs', 'extremes', 'pairs', 'join', 'extremes'],
      paths: Array.from({ length: 8 }, () => 'numbers'),
    })
  })

  test.each([
    ['a reduce of one’s own', around(least as typeof min)],
    ['sums', around(sum as typeof min)],
    ['a map of one’s own behind the join', around(min, ((r: never) => eventAndRow(r)) as never)],
  ])('does not with %s', (_, described) => {
    const { tables, paths } = formsOf(described)
    expect(tables).toEqual(['pairs', undefined, undefined, undefined, undefined])
    expect(paths.filter((form) => form === 'numbers')).toEqual(['numbers'])
  })
})

test('filters of numbers are kernels as far as a chain begins with them', () => {
  const isSmall = ([first]: readonly [number, number]): boolean => first < 3
  const chain = pairs().filter(whereEquals(0, 7)).filter(whereEquals(1, 9)).filter(isSmall)
  const dataflow = buildDataflow(planOf(chain.filter(whereEquals(1, 1))))
  const { kernels, rest } = columnForm(dataflow, dataflow.paths[0]!)
  expect(kernels.map((call) => call.name === 'where-equals' && call.value)).toEqual([7, 9])
  expect(rest.map(({ kind }) => kind)).toEqual(['filter', 'filter'])
})
