import { expect, test } from 'vitest'
import { seconds } from '../units.ts'
import type { CoreNode } from './core-plan.ts'
import { desugar } from './desugar.ts'
import { sum, withOne, words } from './functions.ts'
import { gather, gatherBoth, keep } from './gathering.ts'
import { checkPlan } from './plan-check.ts'
import { type Described, planOf, readStream } from './stream.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const ones = () =>
  lines()
    .flatMap(words)
    .map(withOne<string>)
const lengths = () => lines().map((line): [string, number] => [line, line.length])

function core(described: Described): readonly CoreNode[] {
  const plan = planOf(described)
  return desugar(plan, checkPlan(plan)).nodes
}

/** Core nodes as text: `3 reduceByKey(2) of join`, without the words that are what they say. */
function shown(nodes: readonly CoreNode[]): string[] {
  return nodes.map(({ id, kind, inputs, word }) => {
    const own = word === kind || kind === 'output' ? '' : ` of ${word}`
    return `${id} ${kind}(${inputs.join(', ')})${own}`
  })
}

const cases: [string, () => Described, string[]][] = [
  [
    'words that have operators stay',
    () => ones().runningReduce(sum).topK(2),
    ['0 source()', '1 flatMap(0)', '2 map(1)', '3 runningReduce(2)', '4 topK(3)', '5 output(4)'],
  ],
  [
    'groupByKey',
    () => lengths().groupByKey(),
    [
      '0 source()',
      '1 map(0)',
      '2 map(1) of groupByKey',
      '3 reduceByKey(2) of groupByKey',
      '4 map(3) of groupByKey',
      '5 output(4)',
    ],
  ],
  [
    'join',
    () => {
      const source = lines()
      const pairs = source.map((line): [string, number] => [line, 1])
      return pairs.join(source.map((line): [string, number] => [line, 2]))
    },
    [
      '0 source()',
      '1 map(0)',
      '2 map(0)',
      '3 map(1) of join',
      '4 map(2) of join',
      '5 union(3, 4) of join',
      '6 reduceByKey(5) of join',
      '7 flatMap(6) of join',
      '8 output(7)',
    ],
  ],
  [
    'cogroup, of a stream with itself',
    () => {
      const pairs = lengths()
      return pairs.cogroup(pairs)
    },
    [
      '0 source()',
      '1 map(0)',
      '2 map(1) of cogroup',
      '3 map(1) of cogroup',
      '4 union(2, 3) of cogroup',
      '5 reduceByKey(4) of cogroup',
      '6 map(5) of cogroup',
      '7 output(6)',
    ],
  ],
  [
    'distinct',
    () => lines().distinct(),
    [
      '0 source()',
      '1 map(0) of distinct',
      '2 runningReduce(1) of distinct',
      '3 map(2) of distinct',
      '4 output(3)',
    ],
  ],
  [
    'the join of a table with events',
    () => {
      const pairs = ones()
      return pairs.runningReduce(sum).join(pairs)
    },
    [
      '0 source()',
      '1 flatMap(0)',
      '2 map(1)',
      '3 runningReduce(2)',
      '4 stamp(3) of join',
      '5 map(2) of join',
      '6 union(4, 5) of join',
      '7 evolve(6) of join',
      '8 output(7)',
    ],
  ],
  [
    'track',
    () =>
      ones().track(
        () => 1,
        () => 2,
      ),
    [
      '0 source()',
      '1 flatMap(0)',
      '2 map(1)',
      '3 map(2) of track',
      '4 evolve(3) of track',
      '5 output(4)',
    ],
  ],
  [
    'reduceByEventTime, whose late records are collected too',
    () =>
      lengths().reduceByEventTime('2s', sum, { time: ([, length]) => length, lateness: '0s' })
        .windows,
    [
      '0 source()',
      '1 map(0)',
      '2 flatMap(1) of reduceByEventTime',
      '3 evolve(2) of reduceByEventTime',
      '4 flatMap(3)',
      '5 flatMap(3)',
      '6 output(4)',
      '7 output(5)',
    ],
  ],
  [
    'stamp, changes, transform',
    () =>
      ones()
        .reduceByKey(sum)
        .transform((counts) => counts.stamp())
        .map(([, count]) => count)
        .runningReduce(sum)
        .changes(),
    [
      '0 source()',
      '1 flatMap(0)',
      '2 map(1)',
      '3 reduceByKey(2)',
      '4 stamp(3)',
      '5 map(4)',
      '6 runningReduce(5)',
      '7 union(6) of changes',
      '8 output(7)',
    ],
  ],
]

test.each(cases)('%s', (_what, described, expected) => {
  expect(shown(core(described()))).toEqual(expected)
})

test('core nodes come from the node of the plan that the user wrote', () => {
  const nodes = core(lengths().groupByKey())
  expect(nodes.map(({ origin }) => origin)).toEqual([0, 1, 2, 2, 2, 3])
})

test('internal reduces are the ones that no law is asked of', () => {
  const pairs = lengths()
  const of = (described: Described) =>
    core(described).flatMap((node) => ('f' in node && node.f.lawful ? [node.f] : []))
  expect(of(pairs.groupByKey())).toEqual([gather])
  expect(of(lengths().join(lengths()))).toEqual([gatherBoth])
  expect(of(lines().distinct())).toEqual([keep])
  expect(of(lengths().reduceByKey(sum))).toEqual([])
})

test('stamps are the end of the tick before the record', () => {
  const stamp = core(lines().window('1s', '1s').stamp()).find(({ kind }) => kind === 'stamp')
  expect(stamp?.kind === 'stamp' && stamp.f(seconds(3), 'x')).toEqual([seconds(3), 'x'])
})

test('an evolve says what it gives, and in which order it takes what came', () => {
  const time = (event: number) => -event
  const tracked = ones().track(
    () => 1,
    () => 2,
    '2s',
    { time },
  )
  expect(core(tracked).find(({ kind }) => kind === 'evolve')).toMatchObject({
    gives: 'table',
    order: time,
    gather,
  })
  const pairs = ones()
  const joined = core(pairs.runningReduce(sum).join(pairs))
  expect(joined.find(({ kind }) => kind === 'evolve')).toMatchObject({ gives: 'records', gather })
})
