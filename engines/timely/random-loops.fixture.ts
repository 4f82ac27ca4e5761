/**
 * Random plans with loops, from a seed: loops in loops, captured streams and tables of every period, bounded rounds. For this
 * folder's tests. Keys and values are small, and what joins make is thinned out, so that no plan grows without bound.
 */
import type { EventStream, Stream, TableStream } from '../core/plan/stream.ts'
import { readStream } from '../core/plan/stream.ts'
import type { Random } from '../core/world/random.ts'

type Pair = [number, number]
type Pairs = EventStream<Pair>

interface Outside {
  readonly streams: readonly Pairs[]
  readonly tables: readonly TableStream<number, number>[]
}

const smallest = (a: number, b: number): number => Math.min(a, b)
const largest = (a: number, b: number): number => Math.max(a, b)
const sum = (a: number, b: number): number => a + b

const small = ([key, value]: readonly [number, number]): Pair => [
  Math.abs(key * 3 + value) % 13,
  Math.abs(value * 5 + 1) % 17,
]
const thin = ([key, value]: readonly [number, number]): boolean => (key * 7 + value * 3) % 4 === 0
const joined = ([key, [row, value]]: readonly [number, readonly [number, number]]): Pair => [
  Math.abs(key + value) % 13,
  Math.abs(row * 3 + value) % 17,
]
const rowOf = ([key, value]: readonly [number, number | undefined]): Pair => [key, value ?? 16]

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)]!
}

/** One more word behind a stream. */
function grown(random: Random, stream: Pairs, outside: Outside, depth: number): Pairs {
  const other = pick(random, outside.streams)
  switch (random.below(depth < 2 ? 13 : 11)) {
    case 0:
      return stream.reduceByKey(sum).map(small)
    case 1:
      return stream.runningReduce(smallest).changes().map(rowOf)
    case 2:
      return stream.distinct()
    case 3:
      return stream.union(other)
    case 4:
      return stream.runningReduce(largest).join(other).map(joined).filter(thin)
    case 5:
      return stream.join(other).map(joined).filter(thin)
    case 6:
      return stream
        .groupByKey()
        .map(([key, values]): Pair => [key, (values.length + values[0]!) % 17])
    case 7:
      return pick(random, outside.tables).join(stream).map(joined).filter(thin)
    case 8:
      return stream
        .reduceByKey(largest)
        .track(
          (_key, value) => (value % 5 === 0 ? null : value),
          (_key, state, value) => (state === value ? null : (state + value) % 17),
        )
        .changes()
        .map(rowOf)
    case 9:
      return stream.map(small)
    case 10:
      return stream.filter(([key, value]) => (key + value) % 3 !== 0)
    default:
      return looped(random, stream, outside, depth)
  }
}

/** A loop over a stream, its result as records. */
function looped(random: Random, from: Pairs, outside: Outside, depth: number): Pairs {
  const options = { rounds: 1 + random.below(4), fresh: random.below(4) === 0 }
  const asTable = random.below(2) === 0 && !(options.fresh && depth > 0)
  if (asTable) {
    const table = from.iterate((looping) => {
      const { next, stream } = bodyOf(random, looping, outside, depth)
      return { next, result: stream.runningReduce(pick(random, [smallest, largest])) }
    }, options)
    return random.below(2) === 0 || depth > 0
      ? table.changes().map(rowOf)
      : table.join(pick(random, outside.streams)).map(joined).filter(thin)
  }
  return from.iterate((looping) => {
    const { next, stream } = bodyOf(random, looping, outside, depth)
    return { next, result: pick(random, [stream, looping, next]) }
  }, options)
}

function bodyOf(random: Random, looping: Pairs, outside: Outside, depth: number) {
  // What is outside of an inner loop may be in the outer one.
  const around = { ...outside, streams: [...outside.streams, looping] }
  let stream = looping
  for (let words = 1 + random.below(3); words > 0; words--) {
    stream = grown(random, stream, around, depth + 1)
  }
  const passed = stream.filter(([key, value]) => (key + 2 * value) % 5 !== 0).map(small)
  const next = random.below(2) === 0 ? passed.distinct() : passed.reduceByKey(sum).map(small)
  return { next, stream }
}

export function randomLoops(random: Random): Stream[] {
  const lines = readStream<string>('log', '500ms')
  const inEveryTick = lines.map((line): Pair => [line.length % 11, line.length % 7])
  const counts = inEveryTick.runningReduce(sum)
  const inIntervals = counts
    .changes()
    .map(rowOf)
    .reduceByKey(largest)
    .map(([key, count]): Pair => [key, count % 17])
  const outside = {
    streams: [inIntervals, inEveryTick.reduceByKey(sum).map(small), inEveryTick.distinct()],
    tables: [counts, inIntervals.runningReduce(smallest)],
  }
  const first = looped(random, pick(random, outside.streams), outside, 0)
  if (random.below(3) > 0) return [first.collect('first')]
  const second = looped(random, first, outside, 0)
  return [first.collect('first'), second.collect('second')]
}
