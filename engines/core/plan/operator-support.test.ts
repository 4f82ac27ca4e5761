/** What `list` says of a word is what plans with it are refused by. */
import { expect, test } from 'vitest'
import { PlanError } from '../errors.ts'
import { seconds } from '../units.ts'
import type { Dataflow } from './dataflow.ts'
import { buildDataflow } from './dataflow-builder.ts'
import { contains, sum, withOne } from './functions.ts'
import { checkSupport, type EngineName, runs, runsPlan, WORDS } from './operator-support.ts'
import type { PlanNode } from './plan.ts'
import { readStatic } from './static-stream.ts'
import { type Described, planOf, readStream } from './stream.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const pairs = () => lines().map(withOne<string>)
const counts = () => pairs().runningReduce(sum)

/** A plan with each kind of node that a word makes. */
const EXAMPLES: Readonly<Partial<Record<PlanNode['kind'], () => Described>>> = {
  map: () => lines().map((line) => line.length),
  filter: () => lines().filter(contains('a')),
  flatMap: () => lines().flatMap((line) => [line, line]),
  keyBy: () => lines().keyBy((line) => line.length),
  union: () => lines().union(lines()),
  stamp: () => lines().window('1s', '1s').stamp(),
  changes: () => counts().changes(),
  exchange: () => pairs().exchange(),
  reduceByKey: () => pairs().reduceByKey(sum),
  groupByKey: () => pairs().groupByKey(),
  cogroup: () => pairs().cogroup(pairs()),
  join: () => pairs().join(pairs()),
  tableJoin: () => counts().join(pairs()),
  staticJoin: () => pairs().join(readStatic<[string, number]>('file:ads.json').static()),
  distinct: () => lines().distinct(),
  runningReduce: () => counts(),
  track: () =>
    pairs().track(
      () => 1,
      () => 2,
    ),
  window: () => lines().window('2s'),
  reduceByWindow: () => pairs().reduceByWindow('2s', sum),
  eventWindow: () => {
    const how = { time: () => 0, lateness: '1s' }
    return pairs().reduceByEventTime('2s', sum, how).windows
  },
  topK: () => counts().topK(3),
  iterate: () =>
    pairs().iterate((looping) => {
      const next = looping.reduceByKey(sum)
      return { next, result: next }
    }),
  collect: () => lines().collect(),
  save: () => lines().save('out'),
  foreachBatch: () => lines().foreachBatch(() => {}),
  query: () => counts().collect().query('counts'),
}

test('every kind of node has a word, and every word an example', () => {
  expect(WORDS.map(({ kind }) => kind)).toEqual(Object.keys(EXAMPLES))
  expect(new Set(WORDS.map(({ meaning }) => meaning)).size).toBe(WORDS.length)
})

const engines = ['timely', 'dstream'] as const satisfies readonly EngineName[]

test.each(engines.flatMap((engine) => WORDS.map((word) => [engine, word] as const)))(
  '%s refuses what it does not run',
  (engine, word) => {
    const plan = planOf(EXAMPLES[word.kind]!())
    expect(plan.nodes.map(({ kind }) => kind)).toContain(word.kind)
    const check = () => checkSupport(engine, buildDataflow(plan))
    expect(runsPlan(engine, plan)).toBe(runs(engine, word))
    if (runs(engine, word)) {
      expect(check).not.toThrow()
      return
    }
    expect(check).toThrow(PlanError)
    expect(check).toThrow(`${word.word} (node `)
  },
)

test('the D-Stream engine refuses loops, and says why and what to do instead', () => {
  const cut = buildDataflow(planOf(counts()))
  const loop = { id: 0, node: 7, parent: undefined, rounds: 3, fresh: false, period: seconds(1) }
  const dataflow: Dataflow = { ...cut, loops: [loop] }
  expect(() => checkSupport('timely', dataflow)).not.toThrow()
  expect(() => checkSupport('dstream', dataflow, true)).not.toThrow()
  expect(() => checkSupport('dstream', dataflow)).toThrow(
    'iterate (node 7): the D-Stream engine. Its graph has no cycles: an RDD is made of RDDs that exist, so a loop of unknown length has no lineage (D-Streams §3). Use --engine timely, or run it over an input that ends, with a job for each round: --bounded --iterations-as-jobs.',
  )
})
