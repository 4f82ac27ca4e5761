/** Which nodes of a plan run before it, and what plans with static data are refused by. */
import { expect, test } from 'vitest'
import { PlanError } from '../errors.ts'
import { seconds } from '../units.ts'
import { buildDataflow } from './dataflow-builder.ts'
import { sum, withOne } from './functions.ts'
import type { Plan, PlanNode } from './plan.ts'
import { checkPlan } from './plan-check.ts'
import { hashPlan } from './plan-hash.ts'
import { runningNodes, staticNames, staticPart } from './static-data.ts'
import { readStatic } from './static-stream.ts'
import { planOf, readStream } from './stream.ts'

const pairs = () => readStream<string>('file:lines.txt', '10ms').map(withOne<string>)
const ads = () => readStatic<string>('file:ads.txt').map((ad): [string, number] => [ad, 1])

/** 0 source, 1 map, 2 source (static), 3 map, 4 reduceByKey, 5 collect 'ads', 6 staticJoin, 7 collect */
const joined = () => planOf(pairs().join(ads().reduceByKey(sum).static('ads')))

const kindsIn = (plan: Plan) =>
  plan.nodes.filter(({ id }) => runningNodes(plan).has(id)).map(({ kind }) => kind)

test('a plan runs without its static data, and its static data without the plan', () => {
  const plan = joined()
  expect(staticNames(plan)).toEqual(['ads'])
  expect(kindsIn(plan)).toEqual(['source', 'map', 'staticJoin', 'collect'])
  const part = staticPart(plan, 'ads')
  expect(kindsIn(part)).toEqual(['source', 'map', 'reduceByKey', 'collect'])
  expect(staticNames(part)).toEqual([])
  expect(hashPlan(part)).toBe(hashPlan(plan))
})

test('parts are cut with their own interval and numbers of nodes', () => {
  const plan = joined()
  const whole = buildDataflow(plan)
  expect(whole.interval).toBe(seconds(0.01))
  expect(whole.operators.map(({ kind }) => kind)).toEqual(['source'])
  expect(whole.outputs.map(({ name }) => name)).toEqual(['output-0'])
  expect(whole.paths[0]!.chain.map(({ kind, id }) => [kind, id])).toEqual([
    ['map', 1],
    ['lookup', 6],
  ])
  const part = buildDataflow(staticPart(plan, 'ads'))
  expect(part.interval).toBe(seconds(1))
  expect(part.operators.map(({ kind, node }) => [kind, node])).toEqual([
    ['source', 2],
    ['reduceByKey', 4],
  ])
  expect(part.outputs.map(({ name, index }) => [name, index])).toEqual([['ads', 0]])
})

test('static data is cut without the loops of its plan', () => {
  const looped = pairs()
    .join(ads().reduceByKey(sum).static('ads'))
    .map(([ad]): [string, number] => [ad, 1])
    .iterate(
      (looping) => {
        const next = looping.reduceByKey(sum)
        return { next, result: next }
      },
      { rounds: 2 },
    )
  const plan = planOf(looped)
  expect(buildDataflow(plan).loops.length).toBe(1)
  expect(buildDataflow(staticPart(plan, 'ads')).loops).toEqual([])
})

const source: PlanNode = { id: 0, kind: 'source', url: 'file:a', interval: seconds(1) }
const fixed: PlanNode = { id: 1, kind: 'source', url: 'file:b', interval: seconds(1), static: true }
const rows: PlanNode = { id: 2, kind: 'collect', input: 1, name: 'rows' }
const join: PlanNode = { id: 3, kind: 'staticJoin', input: 0, static: 'rows' }
const output: PlanNode = { id: 4, kind: 'collect', input: 3, name: 'out' }

const refused: [string, Plan['nodes'], string][] = [
  [
    'a join with data that is not there',
    [source, fixed, rows, { ...join, static: 'ros' }, output],
    "join (node 3): no static data 'ros'. A stream is joined with what a readStatic ends in. Give join what static() returns.",
  ],
  [
    'a join with an output of a stream',
    [source, fixed, { ...rows, input: 0 }, join, output],
    "join (node 3): no static data 'rows'.",
  ],
  [
    'static data mixed with a stream',
    [source, fixed, { id: 2, kind: 'union', inputs: [1, 0] }, { ...output, id: 3, input: 2 }],
    'union (node 2): static data and source (node 0) as its inputs. Static data is computed before the stream begins. Join the stream with it.',
  ],
  [
    'a window of static data',
    [
      source,
      fixed,
      { id: 2, kind: 'window', input: 1, length: seconds(1), slide: seconds(1) },
      { ...output, id: 3, input: 0 },
    ],
    'window (node 2): static data as its input. Static data has one period and no time: it goes through map, filter, flatMap, keyBy, union, distinct, reduceByKey, groupByKey. End it in static()',
  ],
  [
    'static data joined with static data',
    [source, fixed, rows, { ...join, input: 1 }, { ...output, input: 0 }],
    'join (node 3): static data as its input.',
  ],
  [
    'static data and no stream',
    [
      { ...fixed, id: 0 },
      { ...rows, id: 1, input: 0 },
    ],
    'a plan: 2 nodes and no source.',
  ],
  ['outputs of static data alone', [source, fixed, rows], 'a plan: 3 nodes and no output.'],
  [
    'static data of two inputs',
    [
      source,
      fixed,
      { ...fixed, id: 2, url: 'file:c' } as PlanNode,
      { id: 3, kind: 'union', inputs: [1, 2] },
      { id: 4, kind: 'collect', input: 3, name: 'rows' },
      { ...join, id: 5 },
      { ...output, id: 6, input: 5 },
    ],
    "source (node 2): the inputs 'file:b' and 'file:c'.",
  ],
]

test.each(refused)('refuses %s', (_what, nodes, message) => {
  const check = () => checkPlan({ nodes })
  expect(check).toThrow(PlanError)
  expect(check).toThrow(message)
})

test('a name is that of one output, static data included', () => {
  const check = () => checkPlan(planOf(pairs().join(ads().static('out')).collect('out')))
  expect(check).toThrow("the name 'out' is taken by another output")
})
