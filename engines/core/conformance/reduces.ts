/** Plans whose reduces keep the laws or break them, on values that are no small integers: what `laws.ts` runs. */
import type { NamedPlan } from '../plan/plan.ts'
import { type EventStream, readStream, type Stream } from '../plan/stream.ts'

type Pairs = EventStream<[number, number]>
type Length = (intervals: number) => string
type Counted = readonly [sum: number, count: number]

const add = (a: number, b: number): number => a + b
const addCounted = (a: Counted, b: Counted): Counted => [a[0] + b[0], a[1] + b[1]]
const takeCounted = (a: Counted, b: Counted): Counted => [a[0] - b[0], a[1] - b[1]]

const cents = (pairs: Pairs) =>
  pairs.map(([key, value]): [number, Counted] => [key, [Math.round(value * 100), 1]])

/** Pairs are of few keys and fractions. */
export const LAWFUL = {
  'the largest fraction': (pairs) => pairs.runningReduce((a, b) => Math.max(a, b)),
  'the smallest fraction of a window': (pairs, length) =>
    pairs.reduceByWindow(length(2), (a, b) => Math.min(a, b)),
  'sums of quarters, which no order rounds': (pairs) =>
    pairs.map(([key, value]): [number, number] => [key, Math.round(value) / 4]).runningReduce(add),
  'averages as sums of cents and counts': (pairs) => cents(pairs).runningReduce(addCounted),
  'averages of a window, with an inverse': (pairs, length) =>
    cents(pairs).reduceByWindow(length(2), addCounted, takeCounted),
  'the record of the largest value': (pairs) =>
    pairs
      .map(([key, value]) => [key, { value, name: `of ${key}` }] as const)
      .runningReduce((a, b) => (a.value < b.value ? b : a)),
} satisfies Record<string, (pairs: Pairs, length: Length) => Stream>

export const UNLAWFUL = {
  'a sum of fractions': (pairs) => pairs.runningReduce(add),
  'a sum of fractions by interval': (pairs) => pairs.reduceByKey(add),
  'a window’s sum of fractions, with an inverse': (pairs, length) =>
    pairs.reduceByWindow(length(2), add, (a, b) => a - b),
  'averages as sums of fractions and counts': (pairs) =>
    pairs.map(([key, value]): [number, Counted] => [key, [value, 1]]).runningReduce(addCounted),
  'integers beyond 2^53': (pairs) =>
    pairs
      .map(([key, value]): [number, number] => [key, 2 ** 53 - Math.round(value)])
      .runningReduce(add),
  'the last one': (pairs) => pairs.runningReduce((_, b) => b),
  'who beats whom in a ring of three': (pairs) =>
    pairs
      .map(([key, value]): [number, number] => [key, Math.round(value * 100) % 3])
      .runningReduce((a, b) => ((a + 1) % 3 === b ? b : a)),
  'an inverse that undoes nothing': (pairs, length) =>
    pairs.reduceByWindow(
      length(2),
      (a, b) => Math.max(a, b),
      (a) => a,
    ),
} satisfies Record<string, (pairs: Pairs, length: Length) => Stream>

const REDUCES: Readonly<Record<string, (pairs: Pairs, length: Length) => Stream>> = {
  ...LAWFUL,
  ...UNLAWFUL,
}

interface PlanParameters {
  readonly name: string
  readonly intervalMs: number
}

/** What a process imports and calls. A line is a value between 0 and some tens, with two places. */
export function plan({ name, intervalMs }: PlanParameters): Stream {
  const values = readStream<string>('input:values', `${intervalMs}ms`).map(Number)
  const pairs = values.map((value): [number, number] => [Math.floor(value) % 3, value])
  return REDUCES[name]!(pairs, (intervals) => `${intervals * intervalMs}ms`)
}

export function reducePlan(name: string, intervalMs: number): NamedPlan {
  const module = 'engines/core/conformance/reduces.ts'
  return { module, export: 'plan', parameters: { name, intervalMs } }
}
