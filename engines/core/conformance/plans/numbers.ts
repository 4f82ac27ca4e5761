/** Plans of pairs of integers (`u32x2`): where they stay numbers, and where they become plain values on their way. */
import { difference, max, min, sum, whereEquals, withOne } from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { type Described, type EventStream, readStream } from '../../plan/stream.ts'

type Pair = [number, number]
type Pairs = EventStream<Pair>

const URL = 'input:pairs'

/** Some keys often and some once; the greatest and the least; a number that no signed word holds. */
export const PAIRS = [
  [0, 0],
  [1, 4_294_967_295],
  [4_294_967_295, 1],
  [7, 7],
  [7, 2_147_483_648],
  [2_147_483_648, 7],
  ...Array.from({ length: 60 }, (_, i) => [(i * i) % 23, i * 71_582_788] as const),
] as const

const swapped = ([first, second]: readonly [number, number]): Pair => [second, first]

export const NUMBERS = {
  'pairs as they are': (pairs) => pairs,
  exchange: (pairs) => pairs.exchange(),
  'exchange, exchange': (pairs) => pairs.exchange().exchange(),
  'exchange of a stream used twice': (pairs) => [
    pairs.exchange().collect('moved'),
    pairs.filter(([first]) => first % 2 === 0).collect('even'),
  ],
  'exchange, map, exchange': (pairs) => pairs.exchange().map(swapped).exchange(),
  'exchange of two streams': (pairs) => pairs.union(pairs.map(swapped)).exchange(),
  'a union of exchanges of numbers and of plain pairs': (pairs) =>
    pairs.exchange().union(pairs.map(swapped).exchange()),
  'filter, exchange, filter, reduceByKey': (pairs) =>
    pairs
      .filter(whereEquals(0, 7))
      .exchange()
      .filter(whereEquals(1, 2_147_483_648))
      .reduceByKey(max),
  'filter, map, reduceByWindow': (pairs, length) =>
    pairs
      .filter(whereEquals(0, 4_294_967_295))
      .map(swapped)
      .reduceByWindow(length(1), sum, { slide: length(1) }),
  'exchange, filter, map': (pairs) => pairs.exchange().filter(whereEquals(0, 7)).map(swapped),
  'exchange, reduceByKey': (pairs) => pairs.exchange().reduceByKey(sum),
  'reduceByKey, the least': (pairs) => pairs.reduceByKey(min),
  'runningReduce, the greatest': (pairs) => pairs.exchange().runningReduce(max),
  'reduceByWindow, sums with an inverse': (pairs, length) =>
    pairs.reduceByWindow(length(3), sum, { slide: length(1), inverse: difference }).topK(4),
  'reduceByWindow, the least': (pairs, length) =>
    pairs
      .reduceByWindow(length(2), min, { slide: length(2) })
      .changes()
      .map(([key, least]): Pair => [key % 3, least ?? 5])
      .reduceByKey(max),
  'exchange, window': (pairs, length) => pairs.exchange().window(length(2), length(1)),
  'exchange, counted': (pairs) =>
    pairs
      .exchange()
      .map(([first]) => first)
      .map(withOne<number>)
      .runningReduce(sum),
  'pairs that say when they happened': (_, __, interval) =>
    readStream<Pair>(URL, interval, { format: 'u32x2', stamped: true })
      .map(([at, [first, second]]): [number, number] => [first, second + (at % 7)])
      .exchange(),
} satisfies Record<
  string,
  (pairs: Pairs, length: (intervals: number) => string, interval: string) => Described
>

export type NumbersName = keyof typeof NUMBERS

export const NUMBERS_NAMES = Object.keys(NUMBERS) as readonly NumbersName[]

interface Parameters {
  readonly name: NumbersName
  readonly intervalMs: number
}

/** What a process imports and calls. */
export function plan({ name, intervalMs }: Parameters): Described {
  const interval = `${intervalMs}ms`
  const pairs = readStream<Pair>(URL, interval, { format: 'u32x2' })
  return NUMBERS[name](pairs, (intervals) => `${intervals * intervalMs}ms`, interval)
}

export function numbersPlan(name: NumbersName, intervalMs: number): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/numbers.ts',
    export: 'plan',
    parameters: { name, intervalMs },
  }
}
