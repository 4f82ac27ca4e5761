/** The rules that words of the language add to a plan, and the texts of their errors. */
import { expect, test } from 'vitest'
import { PlanError } from '../errors.ts'
import { seconds } from '../units.ts'
import { sum, withOne } from './functions.ts'
import type { Plan, PlanNode } from './plan.ts'
import { checkPlan } from './plan-check.ts'
import { type Described, type EventStream, planOf, readStream } from './stream.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const pairs = () => lines().map(withOne<string>)
const every = (slide: number) => pairs().window('6s', `${slide}s`)

/** One round counts how often a word came, and passes on what is rare. */
const counted = (looping: EventStream<[string, number]>) => looping.reduceByKey(sum)

const refusals: [string, () => Described, string][] = [
  [
    'a join of unequal periods',
    () => every(2).join(every(3)),
    'join (node 6): periods of 2s and 3s. Joined streams emit at equal periods. Window both with one slide.',
  ],
  [
    'a cogroup of unequal periods',
    () => pairs().cogroup(every(3)),
    'cogroup (node 5): periods of 1s and 3s. Joined streams emit at equal periods.',
  ],
  [
    'a table and events of unequal periods',
    () => pairs().runningReduce(sum).join(every(2)),
    'join (node 6): periods of 1s and 2s. Joined streams emit at equal periods.',
  ],
  [
    'a timeout off the period',
    () =>
      pairs().track(
        () => 1,
        () => 1,
        '1500ms',
      ),
    'track (node 2): a timeout of 1500ms. A timeout is a multiple of the period of its stream, 1s. Use 1s or 2s.',
  ],
  [
    'a timeout off the slide before it',
    () =>
      every(2).track(
        () => 1,
        () => 1,
        '3s',
      ),
    'track (node 3): a timeout of 3s. A timeout is a multiple of the period of its stream, 2s. Use 2s or 4s.',
  ],
  [
    'a stamp in every tick',
    () => lines().stamp(),
    'stamp (node 1): a stream that emits in every tick. a stamp is the end of a period, since results do not depend on how time is cut. Window or reduce the stream first.',
  ],
  [
    'event windows that slide too far',
    () => pairs().reduceByEventTime('2s', sum, { time: () => 0, lateness: '1s', slide: '3s' }).late,
    'reduceByEventTime (node 2): a slide of 3s and a length of 2s. a slide is at most the length',
  ],
  [
    'a body without a keyed operator',
    () =>
      pairs().iterate((looping) => {
        const next = looping.map(([key, value]): [string, number] => [key, value + 1])
        return { next, result: next }
      }),
    'iterate (node 4): a body without a keyed operator. A round ends when a keyed operator has seen all of it. Add a reduceByKey, runningReduce or join to the body.',
  ],
  [
    'a body with a way around its keyed operator',
    () =>
      pairs().iterate((looping) => {
        const next = looping.union(counted(looping))
        return { next, result: next }
      }),
    'iterate (node 5): a body without a keyed operator.',
  ],
  [
    'a window in a loop',
    () =>
      pairs().iterate((looping) => {
        const next = counted(looping).window('2s')
        return { next, result: next }
      }),
    'iterate (node 5): window (node 4) in its body. Within a loop no logical time passes, so sources, windows, timeouts, stamps, topK and outputs stay outside. Window the stream before iterate.',
  ],
  [
    'a timeout in a loop',
    () =>
      pairs().iterate((looping) => {
        const table = looping.track(
          () => 1,
          () => 1,
          '1s',
        )
        return { next: counted(looping), result: table }
      }),
    'track (node 3) in its body',
  ],
  [
    'an output in a loop',
    () =>
      pairs().iterate((looping) => {
        const next = counted(looping).collect()
        return { next, result: next }
      }),
    'collect (node 4) in its body',
  ],
  [
    'a stream that leaves a loop by another way',
    () => {
      let leaked = pairs()
      return [
        pairs().iterate((looping) => {
          leaked = counted(looping)
          return { next: leaked, result: leaked }
        }),
        leaked.map(([key]) => key),
      ]
    },
    'collect (node 7) in its body',
  ],
  [
    'unequal periods that enter a loop',
    () => {
      const other = every(3)
      return pairs().iterate((looping) => {
        const next = counted(looping.union(other))
        return { next, result: next }
      })
    },
    'iterate (node 8): periods of 1s and 3s. Streams that enter a loop emit at equal periods. Window both with one slide.',
  ],
  [
    'more rounds than a loop may have',
    () =>
      pairs().iterate((looping) => ({ next: counted(looping), result: looping }), {
        rounds: 20_000,
      }),
    'iterate (node 4): 20000 rounds. a loop has a whole number of rounds, at most 10000.',
  ],
  [
    'a fresh loop in another, whose result is a table',
    () =>
      pairs().iterate((outer) => {
        const inner = outer.iterate(
          (looping) => ({ next: counted(looping), result: looping.runningReduce(sum) }),
          { fresh: true },
        )
        const next = inner.changes().map(([key, value]): [string, number] => [key, value ?? 0])
        return { next, result: inner }
      }),
    'iterate (node 6): a fresh loop in another, whose result is a table. A round gives nothing where nothing came to it, and so cannot take rows away. Take the changes() of the table as the result.',
  ],
  [
    'an input of two formats',
    () => [readStream('input:a', '1s', { format: 'u32x2' }), readStream('input:a', '1s')],
    'source (node 1): one input as pairs of integers and as text. the records of an input are of one format.',
  ],
]

test.each(refusals)('refuses %s', (_what, described, message) => {
  const check = () => checkPlan(planOf(described()))
  expect(check).toThrow(PlanError)
  expect(check).toThrow(message)
})

const source: PlanNode = { id: 0, kind: 'source', url: 'file:a', interval: seconds(1) }
const collect = (id: number, input: number): PlanNode => ({ id, kind: 'collect', input, name: 'x' })

const refusedData: [string, Plan['nodes'], string][] = [
  [
    'a table join whose sides are exchanged',
    [
      source,
      { id: 1, kind: 'runningReduce', input: 0, f: sum },
      { id: 2, kind: 'tableJoin', inputs: [0, 1] },
      collect(3, 2),
    ],
    'join (node 2): source (node 0), which gives events, as its input. it applies to a table',
  ],
  [
    'a loop without an end',
    [source, { id: 1, kind: 'loop', input: 0, rounds: 3, fresh: false }, collect(2, 1)],
    'iterate (node 1): a loop without an end. a loop is closed by one iterate.',
  ],
  [
    'an event window of nothing',
    [
      source,
      {
        id: 1,
        kind: 'eventWindow',
        input: 0,
        length: 0,
        slide: 0,
        lateness: 0,
        merge: sum,
        time: () => 0,
      },
      collect(2, 1),
    ],
    'reduceByEventTime (node 1): a length of 0.',
  ],
  [
    'a plan whose only end is a query',
    [
      source,
      { id: 1, kind: 'runningReduce', input: 0, f: sum },
      { id: 2, kind: 'query', input: 1, name: 'counts' },
    ],
    'a plan: 3 nodes and no output',
  ],
]

test.each(refusedData)('refuses, as data, %s', (_what, nodes, message) => {
  expect(() => checkPlan({ nodes })).toThrow(PlanError)
  expect(() => checkPlan({ nodes })).toThrow(message)
})

test('what gathers never emits in every tick; the rest emits as what it reads', () => {
  const streams = {
    groupByKey: pairs().groupByKey(),
    join: pairs().join(pairs()),
    'join of windows': every(2).join(every(2)),
    'join of a window and its reduce': every(2).join(every(2).reduceByKey(sum)),
    distinct: pairs().distinct(),
    'distinct of windows': every(2).distinct(),
    'table join': pairs().runningReduce(sum).join(pairs()),
    track: pairs().track(
      () => 1,
      () => 1,
    ),
    'track of windows': every(3).track(
      () => 1,
      () => 1,
      '6s',
    ),
    'event time': pairs().reduceByEventTime('500ms', sum, {
      time: () => 0,
      lateness: '0s',
      slide: '5ms',
    }).windows,
  }
  const periods = Object.entries(streams).map(([name, stream]) => {
    const plan = planOf(stream)
    const { id } = plan.nodes.find((node) => node.kind === 'collect')!
    const period = checkPlan(plan).periods[id]!
    return [name, period === 'tick' ? period : period / seconds(1)]
  })
  expect(Object.fromEntries(periods)).toEqual({
    groupByKey: 1,
    join: 1,
    'join of windows': 2,
    'join of a window and its reduce': 2,
    distinct: 'tick',
    'distinct of windows': 2,
    'table join': 1,
    track: 1,
    'track of windows': 3,
    'event time': 1,
  })
})
