import { expect, test } from 'vitest'
import { ConfigurationError, PlanError } from '../errors.ts'
import type { Dataflow } from './dataflow.ts'
import { buildDataflow, checkTick } from './dataflow-builder.ts'
import { difference, sum, withOne, words } from './functions.ts'
import { isStamped } from './operator-traits.ts'
import type { Plan, PlanNode } from './plan.ts'
import { type Described, planOf, readStream } from './stream.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const ones = () => lines().flatMap(words).map(withOne)

function cut(described: Described): Dataflow {
  return buildDataflow(planOf(described))
}

/** Paths as text: `source ─flatMap·map─▶ runningReduce by-key`. */
function shown({ operators, paths, outputs }: Dataflow): string[] {
  return paths.map(({ from, chain, to }) => {
    const nodes = chain.map((node) => node.kind).join('·')
    const target =
      to.kind === 'output'
        ? `(${outputs[to.output]!.name})`
        : `${operators[to.operator]!.kind}${to.operator} ${to.routing}`
    return `${operators[from]!.kind}${from} ${nodes}> ${target}`
  })
}

test('a word count: one exchanged path, one path without a chain', () => {
  const dataflow = cut(ones().runningReduce(sum).collect('counts'))
  expect(shown(dataflow)).toEqual([
    'source0 flatMap·map> runningReduce1 by-key',
    'runningReduce1 > (counts)',
  ])
  expect(dataflow.interval).toBe(1e9)
  expect(dataflow.outputs).toMatchObject([{ name: 'counts', period: 'tick', rows: 'pairs' }])
  expect(dataflow.operators.map(({ period }) => period)).toEqual(['tick', 'tick'])
})

test('unions and fan-out become paths', () => {
  const source = lines()
  const upper = source.map((line) => line.toUpperCase())
  const both = source.filter((line) => line !== '').union(upper, lines())
  both.collect('all')
  both.map(withOne).reduceByKey(sum).collect('counts')
  expect(shown(cut(both))).toEqual([
    'source0 filter> (all)',
    'source0 map> (all)',
    'source1 > (all)',
    'source0 filter·map> reduceByKey2 by-key',
    'source0 map·map> reduceByKey2 by-key',
    'source1 map> reduceByKey2 by-key',
    'reduceByKey2 > (counts)',
  ])
})

test('topK becomes a local and a global operator', () => {
  const dataflow = cut(ones().reduceByWindow('5s', sum, difference).topK(3).collect('top'))
  expect(shown(dataflow)).toEqual([
    'source0 flatMap·map> reduceByWindow1 by-key',
    'reduceByWindow1 > topK2 same-partition',
    'topK2 > topK3 single-partition',
    'topK3 > (top)',
  ])
  expect(dataflow.operators.slice(2)).toMatchObject([
    { kind: 'topK', k: 3, phase: 'local', period: 1e9 },
    { kind: 'topK', k: 3, phase: 'global', period: 1e9 },
  ])
})

test('periods: the interval, the slide, the tick, and what they have in common', () => {
  const source = ones()
  const wide = source.window('6s', '2s')
  const wider = source.window('6s', '3s')
  const streams = [
    source.collect('tick'),
    source.reduceByKey(sum).collect('interval'),
    wide.collect('slide'),
    wide.reduceByKey(sum).collect('behind-slide'),
    wide.runningReduce(sum).changes().collect('changes'),
    wide.union(wider).collect('common'),
    wide.union(source).collect('with-tick'),
    wide.union(source).reduceByKey(sum).collect('with-tick-reduced'),
  ]
  const periods = cut(streams).outputs.map(({ name, period, rows }) => [name, period, rows])
  expect(periods).toEqual([
    ['tick', 'tick', 'events'],
    ['interval', 1e9, 'events'],
    ['slide', 2e9, 'events'],
    ['behind-slide', 2e9, 'events'],
    ['changes', 2e9, 'events'],
    ['common', 1e9, 'events'],
    ['with-tick', 'tick', 'events'],
    ['with-tick-reduced', 1e9, 'events'],
  ])
  const windows = cut(wide).paths.filter(
    ({ to }) => to.kind === 'operator' && to.routing === 'same-partition',
  )
  expect(windows).toHaveLength(2)
})

test('words that are made of others are cut as they are, and keep their names', () => {
  const pairs = ones()
  const dataflow = cut(pairs.join(pairs).collect('joined'))
  expect(shown(dataflow)).toEqual([
    'source0 flatMap·map·map> reduceByKey1 by-key',
    'source0 flatMap·map·map> reduceByKey1 by-key',
    'reduceByKey1 flatMap> (joined)',
  ])
  expect(dataflow.operators[1]).toMatchObject({ node: 3, word: 'join', period: 1e9, loops: [] })
  expect(dataflow.paths[0]!.chain.map(({ id, word }) => [id, word])).toEqual([
    [1, 'flatMap'],
    [2, 'map'],
    [3, 'join'],
  ])
  expect(dataflow.paths.every(({ crossings }) => crossings.length === 0)).toBe(true)
  expect(dataflow.loops).toEqual([])
  expect(dataflow.outputs).toMatchObject([{ period: 1e9, rows: 'events' }])
  expect(shown(cut(ones().groupByKey().collect('groups')))).toEqual([
    'source0 flatMap·map·map> reduceByKey1 by-key',
    'reduceByKey1 map> (groups)',
  ])
  expect(shown(cut(lines().distinct().collect('once')))).toEqual([
    'source0 map> runningReduce1 by-key',
    'runningReduce1 map> (once)',
  ])
})

test('states that are no reduce are evolved: never in every tick', () => {
  const pairs = ones()
  const tracked = cut(
    pairs
      .track(
        () => 1,
        () => 2,
      )
      .collect('states'),
  )
  expect(shown(tracked)).toEqual(['source0 flatMap·map·map> evolve1 by-key', 'evolve1 > (states)'])
  expect(tracked.operators[1]).toMatchObject({ word: 'track', gives: 'table', period: 1e9 })
  expect(tracked.outputs).toMatchObject([{ period: 1e9, rows: 'pairs' }])
  const joined = cut(ones().runningReduce(sum).join(ones()).collect('joined'))
  expect(shown(joined)).toEqual([
    'source0 flatMap·map> runningReduce2 by-key',
    'runningReduce2 stamp> evolve3 by-key',
    'source1 flatMap·map·map> evolve3 by-key',
    'evolve3 > (joined)',
  ])
  expect(joined.operators[2]).toMatchObject({ period: 'tick' })
  expect(joined.operators[3]).toMatchObject({ word: 'join', gives: 'records', period: 1e9 })
  expect(joined.outputs).toMatchObject([{ period: 1e9, rows: 'events' }])
})

test('what reaches no output is left out', () => {
  const source: PlanNode = { id: 0, kind: 'source', url: 'file:a', interval: 1e9 }
  const dead: PlanNode = { id: 1, kind: 'runningReduce', input: 0, f: sum }
  const output: PlanNode = { id: 2, kind: 'collect', input: 0, name: 'all' }
  expect(buildDataflow({ nodes: [source, dead, output] }).operators).toHaveLength(1)
})

const source: PlanNode = { id: 0, kind: 'source', url: 'file:a', interval: 1e9 }
const collect = (id: number, input: number, name = 'out'): PlanNode => ({
  id,
  kind: 'collect',
  input,
  name,
})
const table: PlanNode = { id: 1, kind: 'runningReduce', input: 0, f: sum }

const refusals: [string, () => Plan, string][] = [
  [
    'a length off the interval',
    () => planOf(ones().window('2500ms')),
    'window (node 3): a length of 2500ms. lengths and slides are multiples of the plan’s interval, 1s. Use 2s or 3s.',
  ],
  [
    'a slide off the interval',
    () => planOf(ones().reduceByWindow('5s', sum, { slide: '300ms' })),
    'reduceByWindow (node 3): a slide of 300ms. lengths and slides are multiples of the plan’s interval, 1s. Use 1s or 2s.',
  ],
  [
    'a length off the slide before it',
    () => planOf(ones().window('4s', '2s').window('3s')),
    'window (node 4): a length of 3s. lengths and slides are multiples of 2s, at which window (node 3) emits. Use 2s or 4s.',
  ],
  [
    'a slide beyond the length',
    () => planOf(ones().window('2s', '3s')),
    'a slide of 3s and a length of 2s. a slide is at most the length',
  ],
  [
    'two intervals',
    () => planOf(lines().union(readStream<string>('file:lines.txt', '2s'))),
    'source (node 1): the intervals 1s and 2s. a plan has one interval',
  ],
  [
    'two inputs',
    () => planOf(lines().union(readStream<string>('file:b', '1s'))),
    `source (node 1): the inputs 'file:lines.txt' and 'file:b'. a plan reads one input, as often as it likes`,
  ],
  [
    'a name twice',
    () => planOf(lines().collect('a').collect('a')),
    `collect (node 2): the name 'a' is taken by another output`,
  ],
  [
    'an unknown input',
    () => ({ nodes: [source, collect(1, 7)] }),
    'collect (node 1): the unknown input 7. a node comes after its inputs',
  ],
  [
    'an input that comes later',
    () => ({ nodes: [source, { id: 1, kind: 'changes', input: 2 }, table, collect(3, 1)] }),
    'the unknown input 2',
  ],
  [
    'a reduce of a table',
    () => ({ nodes: [source, table, { ...table, id: 2, input: 1 }, collect(3, 2)] }),
    'runningReduce (node 2): runningReduce (node 1), which gives a table, as its input. it applies to events, and to a table through changes(). Call changes() before it.',
  ],
  [
    'changes of events',
    () => ({ nodes: [source, { id: 1, kind: 'changes', input: 0 }, collect(2, 1)] }),
    'changes (node 1): source (node 0), which gives events, as its input. it applies to a table',
  ],
  [
    'topK of events',
    () => ({ nodes: [source, { id: 1, kind: 'topK', input: 0, k: 3 }, collect(2, 1)] }),
    'topK (node 1)',
  ],
  [
    'topK of nothing',
    () => ({ nodes: [source, table, { id: 2, kind: 'topK', input: 1, k: 0 }, collect(3, 2)] }),
    'topK (node 2): k = 0',
  ],
  [
    'an output of an output',
    () => ({ nodes: [source, collect(1, 0), collect(2, 1, 'b')] }),
    'nothing comes out of an output',
  ],
  ['no output', () => ({ nodes: [source] }), 'a plan: 1 nodes and no output'],
  ['no source', () => ({ nodes: [] }), 'a plan: 0 nodes and no source'],
  ['a wrong id', () => ({ nodes: [source, collect(2, 0)] }), 'collect (node 2): the place 1'],
  [
    'an interval of nothing',
    () => ({ nodes: [{ ...source, interval: 0 }, collect(1, 0)] }),
    'the interval 0',
  ],
]

test.each(refusals)('refuses %s', (_what, plan, message) => {
  const build = () => buildDataflow(plan())
  expect(build).toThrow(PlanError)
  expect(build).toThrow(message)
})

test('a tick divides every period of the plan', () => {
  const dataflow = cut(ones().reduceByWindow('5s', sum, { slide: '2s' }))
  for (const tick of [1e9, 5e8, 25e7, 1e8, 1e6])
    expect(() => checkTick(dataflow, tick)).not.toThrow()
  for (const tick of [2e9, 3e8, 0, -1e9, 1.5]) {
    expect(() => checkTick(dataflow, tick)).toThrow(ConfigurationError)
  }
  expect(() => checkTick(dataflow, 3e8)).toThrow(
    'a tick of 300ms: a plan with an interval of 1s. a tick is positive and divides the plan’s interval, lengths and slides. Take one of 1s, 500ms, 250ms, 200ms, 100ms, 50ms, 20ms, 10ms, or another divisor of 1s.',
  )
})

test('a source keeps whether its records carry times', () => {
  const stamped = readStream<string>('file:lines.txt', '1s', { stamped: true })
  const { operators } = cut([stamped.collect('times'), lines().collect('lines')])
  expect(operators.map(isStamped)).toEqual([true, false])
})
