/**
 * Loops of random plans: a body of few words, behind it a keyed operator, and values that shrink from round to round. So a
 * loop ends by itself as a rule, and by its bound always.
 */
import { bothWays, eventAndRow, min, sum, withLesser } from '../plan/functions.ts'
import type { EventStream, Stream } from '../plan/stream.ts'
import type { Loop, LoopWord } from './random-plan.ts'
import {
  largest,
  mixed,
  type Pair,
  type Pairs,
  present,
  smallest,
  type Table,
} from './random-plan-functions.ts'

export function iterated(stream: Pairs, loop: Loop): Pairs {
  return looped(stream, loop, (made) => {
    const result = made.reduceByKey(largest)
    return { result, pairs: result }
  })
}

export function iteratedTable(stream: Pairs, loop: Loop): Table {
  return looped(stream, loop, (made) => {
    const result = made.runningReduce(largest)
    return { result, pairs: present(result) }
  })
}

/** The least node that each one is connected with: pairs are edges of a graph. Where they are numbers, numbers go around. */
export function labelled(pairs: Pairs, { rounds, fresh }: Loop): Table {
  const edges = (pairs as EventStream<[number, number]>).flatMap(bothWays)
  const seeds = edges.map(withLesser)
  return seeds.iterate(
    (labels) => {
      const least = labels.runningReduce(min)
      return { next: least.join(edges).map(eventAndRow), result: least }
    },
    { rounds, fresh },
  ) as Table
}

function looped<R extends Stream>(
  stream: Pairs,
  { body, rounds, fresh }: Loop,
  end: (made: Pairs) => { readonly result: R; readonly pairs: Pairs },
): R {
  // Made where it is read: what nothing reads is put out, and nothing is put out of a loop.
  let reduced: Pairs | undefined
  const outside = (): Pairs => {
    reduced ??= stream.reduceByKey(smallest)
    return reduced
  }
  return stream.iterate(
    (looping) => {
      const made = body.reduce<Pairs>(
        (pairs, word) =>
          typeof word === 'string' ? within(pairs, word, outside) : iterated(pairs, word),
        looping,
      )
      const { result, pairs } = end(made)
      const next = pairs
        .map(([key, value]): Pair => [key, Math.floor(value / 4)])
        .filter(([, value]) => value > 0)
      return { next, result }
    },
    { rounds, fresh },
  )
}

function within(stream: Pairs, word: LoopWord, outside: () => Pairs): Pairs {
  switch (word) {
    case 'sum':
      return stream.reduceByKey(sum)
    case 'distinct':
      return stream.distinct()
    case 'running':
      return present(stream.runningReduce(largest))
    case 'grouped':
      return stream.groupByKey().map(([key, values]): Pair => [key, mixed(values)])
    case 'joined':
      return stream
        .runningReduce(largest)
        .join(stream.reduceByKey(smallest))
        .map(([key, values]): Pair => [key, mixed(values)])
    case 'joined-outside':
      return stream.join(outside()).map(([key, values]): Pair => [key, mixed(values)])
  }
}
