/**
 * Plans with loops. Most are of a graph whose edges come a few in each interval: so later periods find what the loop has kept.
 *
 * An engine that has no loops refuses them; `../loops.ts` tries the others.
 */
import { sum, withOne } from '../../plan/functions.ts'
import type { EventStream, Stream, TableStream } from '../../plan/stream.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string
type Pair = [number, number]

const NODES = 60

const smallest = (a: number, b: number): number => Math.min(a, b)
const largest = (a: number, b: number): number => Math.max(a, b)

/** How many lines of each length there have been: in each interval other numbers. */
const counted = (lines: Lines): EventStream<Pair> =>
  lines
    .map((line): Pair => [line.length, 1])
    .runningReduce(sum)
    .changes()
    .map(([length, count]): Pair => [length, count ?? 0])
    .reduceByKey(largest)

/** In both directions. */
const edgesOf = (pairs: EventStream<Pair>): EventStream<Pair> =>
  pairs.flatMap(([length, count]): Pair[] => {
    const a = (length * 7 + count) % NODES
    // Nearly a ring, so that a label has far to go.
    const b = (a + (count % 4 === 0 ? 9 : 1)) % NODES
    return [
      [a, b],
      [b, a],
    ]
  })

const edges = (lines: Lines): EventStream<Pair> => edgesOf(counted(lines))

/** The least node that each node is connected with. */
const components = (graph: EventStream<Pair>): TableStream<number, number> =>
  graph
    .map(([node]): Pair => [node, node])
    .iterate((labels) => {
      const least = labels.runningReduce(smallest)
      const next = least.join(graph).map(([, [label, neighbour]]): Pair => [neighbour, label])
      return { next, result: least }
    })

/** Distances from where `roots` begin. */
const distances = (
  roots: EventStream<Pair>,
  graph: EventStream<Pair>,
  farthest: number,
): TableStream<number, number> =>
  roots.iterate((found) => {
    const least = found.runningReduce(smallest)
    const next = least
      .join(graph)
      .map(([, [distance, node]]): Pair => [node, distance + 1])
      .filter(([, distance]) => distance <= farthest)
    return { next, result: least }
  })

/** Where distances begin. */
const rootsOf = (graph: EventStream<Pair>): EventStream<Pair> =>
  graph.filter(([node]) => node % 7 === 0).map(([node]): Pair => [node, 0])

const isOdd = (n: number): boolean => n % 2 === 1

/** Numbers that no interval had before. */
const numbers = (lines: Lines): EventStream<number> =>
  counted(lines).map(([length, count]): number => 1 + ((length * 31 + count * 7) % 200))

/** Down from each number, one a round: `rounds` says how far. */
const countdown = (
  from: EventStream<number>,
  options: { rounds?: number; fresh?: boolean },
): EventStream<number> =>
  from.iterate((looping) => {
    const seen = looping.distinct()
    return { next: seen.filter((n) => n % 5 !== 0).map((n) => n - 1), result: seen }
  }, options)

export const LOOPS = {
  'connected components': (lines) => components(edges(lines)),
  'shortest paths': (lines) => {
    const graph = edges(lines)
    return distances(rootsOf(graph), graph, NODES)
  },
  'reachability, records of all rounds': (lines) => {
    const graph = edges(lines)
    const roots = graph.filter(([node]) => node % 10 === 0).map(([node]) => node)
    return roots.iterate((found) => {
      const reached = found.distinct()
      const next = reached
        .map((node): Pair => [node, 1])
        .runningReduce(largest)
        .join(graph)
        .map(([, [, neighbour]]) => neighbour)
      return { next, result: reached }
    })
  },
  'what enters, as it goes around': (lines) =>
    numbers(lines).iterate((looping) => {
      const next = looping
        .distinct()
        .filter((n) => n > 100)
        .map((n) => n - 37)
      return { next, result: looping }
    }),
  'a stream that is passed straight on': (lines) => {
    const found = numbers(lines)
    return found.iterate((looping) => {
      const halved = looping.distinct().map((n) => Math.floor(n / 2))
      const next = halved.filter((n) => n > 3).union(found.map((n) => n + 200))
      return { next, result: halved }
    })
  },
  'a loop of windows': (lines, length) => components(edges(lines).window(length(3), length(2))),
  // What enters is held to the end of the interval, the table's changes with the ticks in which they came.
  'a captured table that changes in every tick': (lines) => {
    const counts = lines.map((line): Pair => [line.length % 7, 1]).runningReduce(sum)
    return counted(lines)
      .map(([length]): Pair => [length % 7, 1])
      .iterate((looping) => {
        const next = counts
          .join(looping)
          .filter(([, [, left]]) => left > 0)
          .map(([key, [count, left]]): Pair => [key, left - 1 - (count % 2)])
        return { next, result: next }
      })
  },
  'a source, captured and as the input': (lines) =>
    lines
      .map((line): Pair => [line.length, 3])
      .iterate((looping) => {
        const lengths = lines.map((line): Pair => [line.length, 0])
        const next = looping
          .union(lengths)
          .reduceByKey(sum)
          .filter(([, left]) => left % 5 !== 0 && left > 1)
          .map(([key, left]): Pair => [key, left - 1])
        return { next, result: next }
      }),
  'a join of events, a group and a state': (lines) =>
    counted(lines)
      .map(([length, count]): Pair => [length % 5, count % 9])
      .iterate(
        (looping) => {
          const states = looping
            .groupByKey()
            .map(([key, values]): Pair => [key, values.length + values[0]!])
            .track(
              (_key, value) => value,
              (_key, state, value) => (value === state ? null : Math.max(value, state)),
            )
          const sums = looping.reduceByKey(sum)
          const next = sums
            .join(looping.filter(([, value]) => value > 2))
            .map(([key, [total, value]]): Pair => [(key + 1) % 5, (total + value) % 4])
          return { next, result: states }
        },
        { rounds: 6 },
      ),
  'a loop in a loop, of records': (lines) =>
    numbers(lines).iterate((outer) => {
      const odd = outer.iterate((inner) => {
        const seen = inner.distinct()
        return { next: seen.filter((n) => !isOdd(n)).map((n) => n / 2), result: seen.filter(isOdd) }
      })
      const next = odd.filter((n) => n > 1).map((n) => (3 * n + 1) % 512)
      return { next, result: odd }
    }),
  'a loop in a loop, of tables, and a graph from outside of both': (lines) => {
    const graph = edges(lines)
    return rootsOf(graph).iterate((outer) => {
      const found = distances(outer, graph, 3)
      const next = found
        .changes()
        .filter(([node, distance]) => distance === 2 && node % 3 !== 0)
        .map(([node]): Pair => [node, 0])
        .distinct()
      return { next, result: found }
    })
  },
  'a loop in a loop, begun from outside of both': (lines) => {
    const found = numbers(lines)
    return found.iterate(
      (outer) => {
        const both = found.iterate(
          (inner) => {
            const seen = inner.union(outer).distinct()
            return { next: seen.filter((n) => n > 90).map((n) => n - 60), result: seen }
          },
          { rounds: 3 },
        )
        return { next: both.map((n) => (n * 3) % 251), result: both }
      },
      { rounds: 4 },
    )
  },
  'a fresh loop in a loop': (lines) =>
    numbers(lines).iterate(
      (outer) => {
        const inner = countdown(outer, { fresh: true })
        return { next: inner.map((n) => n * 2 + 1).filter((n) => n < 300), result: inner }
      },
      { rounds: 3 },
    ),
  'two loops in a row': (lines) => {
    const graph = edges(lines)
    const labels = components(graph)
      .changes()
      .map(([node, label]): Pair => [node % 8, (label ?? NODES) * 5 + (node % 5)])
    return labels.iterate((looping) => {
      const table = looping.runningReduce(largest)
      const next = table
        .changes()
        .filter(([, value]) => value !== undefined && value % 4 !== 0)
        .map(([key, value]): Pair => [key, value! + 1])
      return { next, result: table }
    })
  },
  'two loops of one stream': (lines) => {
    const graph = edges(lines)
    return [
      components(graph).collect('labels'),
      countdown(numbers(lines), {}).collect('seen'),
      graph.collect('edges'),
    ]
  },
  'a loop, then joined': (lines) => {
    const graph = edges(lines)
    return components(graph).join(graph)
  },
  'a loop, put out with what enters it': (lines) => {
    const graph = edges(lines)
    const labels = components(graph)
      .changes()
      .map(([node, label]): Pair => [node, label ?? NODES])
    return [graph.union(labels).collect('both'), graph.collect('edges')]
  },
  'a loop, then ranked': (lines) => components(edges(lines)).topK(3),
  'an exchange in a loop': (lines) => {
    const graph = edges(lines)
    return graph.iterate((labels) => {
      const least = labels.exchange().runningReduce(smallest)
      const next = least.join(graph).map(([, [label, neighbour]]): Pair => [neighbour, label])
      return { next: next.exchange(), result: least }
    })
  },
  'no rounds': (lines) => countdown(numbers(lines), { rounds: 0 }),
  'one round': (lines) => countdown(numbers(lines), { rounds: 1 }),
  'three rounds': (lines) => countdown(numbers(lines), { rounds: 3 }),
  'a fresh loop of records': (lines) => countdown(numbers(lines), { fresh: true }),
  'a fresh loop of a table': (lines) => {
    const graph = edges(lines)
    return graph.iterate(
      (ranks) => {
        const table = ranks.reduceByKey(sum).track(
          (_node, rank) => rank,
          (_node, _before, rank) => rank,
        )
        const next = table.join(graph).map(([, [rank, node]]): Pair => [node, (rank % 1_000) + 1])
        return { next, result: table }
      },
      { rounds: 5, fresh: true },
    )
  },
  'a loop that nothing enters': (lines) => components(edges(lines).filter(() => false)),
  'a loop that one record enters': (lines) =>
    countdown(lines.map(() => 23).distinct(), {}).map(withOne<number>),
} satisfies Record<string, (lines: Lines, length: Length) => Stream | readonly Stream[]>
