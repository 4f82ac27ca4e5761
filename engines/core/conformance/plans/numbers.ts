/** Plans of pairs of integers (`u32x2`): where they stay numbers, and where they become plain values on their way. */
import {
  bothWays,
  difference,
  eventAndRow,
  max,
  min,
  sum,
  whereEquals,
  withLesser,
  withOne,
} from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import {
  type Described,
  type EventStream,
  readStream,
  type TableStream,
} from '../../plan/stream.ts'

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

/** A graph of many components, some edges of which come twice. */
export const GRAPH = [
  [0, 4_294_967_295],
  [4_294_967_295, 4_294_967_294],
  [7, 7],
  ...Array.from({ length: 90 }, (_, i) => [(i * i) % 61, 61 + ((i * 7) % 53)] as const),
  ...Array.from({ length: 70 }, (_, i) => [1_000 + i, 1_001 + i - (i % 9 === 0 ? 1 : 0)] as const),
] as const

/** The extreme of all nodes that a node is connected with. */
const connected = (edges: Pairs, seeds: Pairs, extreme: typeof min): TableStream<number, number> =>
  seeds.iterate((labels) => {
    const kept = labels.runningReduce(extreme)
    return { next: kept.join(edges).map(eventAndRow), result: kept }
  })

/** What goes around is numbers; each leaves in another way. An engine without loops refuses them. */
export const NUMBER_LOOPS = {
  'the least of each component': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return connected(edges, edges.map(withLesser), min)
  },
  'the greatest that leads there': (pairs) => connected(pairs, pairs, max),
  'the greatest, as plain values': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return connected(edges, edges, max)
      .changes()
      .map(([node, most]): Pair => [(most ?? 0) % 7, node])
      .reduceByKey(sum)
  },
  'the greatest of all': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return connected(edges, edges, max).topK(4)
  },
  'what is passed on, too': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return edges.map(withLesser).iterate((labels) => {
      const passed = labels.runningReduce(min).join(edges).map(eventAndRow)
      return { next: passed, result: passed }
    })
  },
  'in a loop that begins anew': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return edges.map(withLesser).iterate(
      (labels) => {
        const least = labels.runningReduce(min)
        return { next: least.join(edges).map(eventAndRow), result: least }
      },
      { fresh: true, rounds: 4 },
    )
  },
  'plain values around, numbers in': (pairs) => {
    const edges = pairs.flatMap(bothWays)
    return edges.map(withLesser).iterate((labels) => {
      const least = labels.runningReduce(min)
      const next = least
        .join(edges)
        .map(eventAndRow)
        .filter(([node]) => node % 5 !== 0)
      return { next, result: least }
    })
  },
} satisfies Record<string, (pairs: Pairs) => Described>

export type NumberLoopName = keyof typeof NUMBER_LOOPS

export const NUMBER_LOOP_NAMES = Object.keys(NUMBER_LOOPS) as readonly NumberLoopName[]

export type NumbersName = keyof typeof NUMBERS

export const NUMBERS_NAMES = Object.keys(NUMBERS) as readonly NumbersName[]

interface Parameters {
  readonly name: NumbersName | NumberLoopName
  readonly intervalMs: number
}

/** What a process imports and calls. */
export function plan({ name, intervalMs }: Parameters): Described {
  const interval = `${intervalMs}ms`
  const pairs = readStream<Pair>(URL, interval, { format: 'u32x2' })
  if (name in NUMBER_LOOPS) return NUMBER_LOOPS[name as NumberLoopName](pairs)
  return NUMBERS[name as NumbersName](pairs, (intervals) => `${intervals * intervalMs}ms`, interval)
}

export function numbersPlan(name: NumbersName | NumberLoopName, intervalMs: number): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/numbers.ts',
    export: 'plan',
    parameters: { name, intervalMs },
  }
}
