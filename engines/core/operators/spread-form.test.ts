/** Which loops spread values: those whose rounds nobody sees. */
import { expect, test } from 'vitest'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { bothWays, eventAndRow, max, min, withLesser } from '../plan/functions.ts'
import { type EventStream, planOf, readStream, type TableStream } from '../plan/stream.ts'
import type { IterateOptions } from '../plan/stream-options.ts'
import { spreadsOf } from './spread-form.ts'

type Pairs = EventStream<[number, number]>
type Table = TableStream<number, number>

/** What of a loop over edges goes around, and what leaves. */
type Body = (labels: Pairs, edges: Pairs) => { next: Pairs; result: Pairs | Table }

function around(body: Body, options?: IterateOptions): Pairs | Table {
  const edges = (readStream('input:pairs', '1s', { format: 'u32x2' }) as Pairs).flatMap(bothWays)
  return edges.map(withLesser).iterate((labels) => body(labels, edges), options)
}

const extremes =
  (reduce: typeof min): Body =>
  (labels, edges) => {
    const kept = labels.runningReduce(reduce)
    return { next: kept.join(edges).map(eventAndRow), result: kept }
  }

/** Kinds of the two operators of each. */
function spreadsIn(stream: Pairs | Table): readonly string[] {
  const dataflow = buildDataflow(planOf(stream))
  return spreadsOf(dataflow).map(({ extremes, join, reduce }) => {
    const [table, joined] = [extremes, join].map((id) => dataflow.operators[id]!.kind)
    return `${table} of the ${reduce}, ${joined}`
  })
}

test('values that are kept, and go along all events as they are, spread', () => {
  expect(spreadsIn(around(extremes(min)))).toEqual(['runningReduce of the min, evolve'])
  expect(spreadsIn(around(extremes(max)))).toEqual(['runningReduce of the max, evolve'])
})

test('of events it is known whether all of them go both ways', () => {
  const goBothWays = (eventsOf: (pairs: Pairs) => Pairs): readonly boolean[] => {
    const pairs = readStream('input:pairs', '1s', { format: 'u32x2' }) as Pairs
    const events = eventsOf(pairs)
    const spread = pairs.iterate((labels) => extremes(min)(labels, events))
    return spreadsOf(buildDataflow(planOf(spread))).map(({ goesBothWays }) => goesBothWays)
  }
  expect(goBothWays((pairs) => pairs.flatMap(bothWays))).toEqual([true])
  expect(goBothWays((pairs) => pairs.map(withLesser).flatMap(bothWays))).toEqual([true])
  expect(goBothWays((pairs) => pairs.flatMap(bothWays).exchange())).toEqual([true])
  expect(goBothWays((pairs) => pairs)).toEqual([false])
  expect(goBothWays((pairs) => pairs.exchange())).toEqual([false])
  expect(goBothWays((pairs) => pairs.flatMap(bothWays).map(withLesser))).toEqual([false])
  expect(goBothWays((pairs) => pairs.flatMap(bothWays).union(pairs))).toEqual([false])
})

test.each<[string, Pairs | Table]>([
  ['rounds that are bounded', around(extremes(min), { rounds: 7 })],
  ['a loop that begins anew', around(extremes(min), { fresh: true })],
  [
    'pairs of the join that leave',
    around((labels, edges) => {
      const next = labels.runningReduce(min).join(edges).map(eventAndRow)
      return { next, result: next }
    }),
  ],
  [
    'pairs that something is done to',
    around((labels, edges) => {
      const kept = labels.runningReduce(min)
      return { next: kept.join(edges).map(eventAndRow).map(withLesser), result: kept }
    }),
  ],
  [
    'a table that two joins read',
    around((labels, edges) => {
      const kept = labels.runningReduce(min)
      const next = kept.join(edges).map(eventAndRow)
      return { next: next.union(kept.join(edges.map(withLesser)).map(eventAndRow)), result: kept }
    }),
  ],
])('not %s', (_, stream) => {
  expect(spreadsIn(stream)).toEqual([])
})
