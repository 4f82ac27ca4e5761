/** What `list` says of a word is what plans with it are refused by; and it has all words, with their options. */
import { expect, test } from 'vitest'
import { PlanError } from '../errors.ts'
import { checkQueries } from '../queries/check-queries.ts'
import type { Query } from '../queries/query.ts'
import { milliseconds, seconds } from '../units.ts'
import type { Dataflow } from './dataflow.ts'
import { buildDataflow } from './dataflow-builder.ts'
import * as functions from './functions.ts'
import { contains, difference, sum, withOne } from './functions.ts'
import { checkSupport, type EngineName, reasonAgainst, runs, runsPlan } from './operator-support.ts'
import type { PlanNode } from './plan.ts'
import * as statics from './static-stream.ts'
import { readStatic, StaticStream } from './static-stream.ts'
import * as streams from './stream.ts'
import {
  type Described,
  EventStream,
  planOf,
  RankStream,
  readStream,
  TableStream,
} from './stream.ts'
import { FUNCTIONS, WORDS, type Word } from './vocabulary.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const pairs = () => lines().map(withOne<string>)
const counts = () => pairs().runningReduce(sum)
const ads = () => readStatic<[string, number]>('file:ads.json')
const one = () => 1
const looped = (options: { rounds?: number; fresh?: boolean } = {}) =>
  pairs().iterate((looping) => {
    const next = looping.reduceByKey(sum)
    return { next, result: next }
  }, options)
const byEventTime = (slide?: string) =>
  pairs().reduceByEventTime('2s', sum, { time: one, lateness: '1s', ...(slide && { slide }) })
    .windows

/** A plan with each kind of node that a word makes. */
const EXAMPLES: Readonly<Record<Exclude<PlanNode['kind'], 'loop'>, () => Described>> = {
  source: () => lines(),
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
  staticJoin: () => pairs().join(ads().static()),
  distinct: () => lines().distinct(),
  runningReduce: () => counts(),
  track: () => pairs().track(one, one),
  window: () => lines().window('2s'),
  reduceByWindow: () => pairs().reduceByWindow('2s', sum),
  eventWindow: () => byEventTime(),
  topK: () => counts().topK(3),
  iterate: () => looped(),
  collect: () => lines().collect(),
  save: () => lines().save('out'),
  foreachBatch: () => lines().foreachBatch(() => {}),
  query: () => counts().collect().query('counts'),
}

/** Of words that make no node of their own. */
const MADE_OF_OTHERS: Readonly<Record<string, () => Described>> = {
  readStatic: EXAMPLES.staticJoin,
  static: EXAMPLES.staticJoin,
  transform: () => lines().transform((all) => all.filter(contains('a'))),
  countByWindow: () => lines().countByWindow('2s'),
}

/** A plan with each option of a word, but for those of queries, which are asked of a run. */
const WITH_OPTIONS: Readonly<Record<string, () => Described>> = {
  'readStream format': () => readStream('file:pairs', '1s', { format: 'u32x2' }),
  'readStream stamped': () => readStream('file:lines.txt', '1s', { stamped: true }),
  'readStatic format': () => {
    const rows = readStatic<[string, number]>('file:ads', { format: { csv: ['ad', 'campaign'] } })
    return pairs().join(rows.static())
  },
  'track timeout': () => pairs().track(one, one, '2s'),
  'track time': () => pairs().track(one, one, '2s', { time: one }),
  'track expired': () => pairs().track(one, one, '2s', { expired: one }),
  'window slide': () => lines().window('4s', '2s'),
  'reduceByWindow slide': () => pairs().reduceByWindow('4s', sum, { slide: '2s' }),
  'reduceByWindow inverse': () => pairs().reduceByWindow('4s', sum, { inverse: difference }),
  'countByWindow slide': () => lines().countByWindow('4s', { slide: '2s' }),
  'reduceByEventTime time': () => byEventTime(),
  'reduceByEventTime lateness': () => byEventTime(),
  'reduceByEventTime slide': () => byEventTime('500ms'),
  'iterate rounds': () => looped({ rounds: 3 }),
  'iterate fresh': () => looped({ fresh: true }),
}

const QUERIES: Readonly<Record<string, Partial<Query>>> = {
  'query every': { every: seconds(1) },
  'query slice': { slice: { from: seconds(1), to: seconds(2) } },
  'query count': { want: 'count' },
  'query top': { want: { top: 3 } },
  'query key': { want: { key: 'river' } },
}

const engines = ['timely', 'dstream'] as const satisfies readonly EngineName[]
const onEach = <T>(all: readonly T[]) =>
  engines.flatMap((engine) => all.map((each) => [engine, each] as const))

const optionsOf = ({ word, options = {} }: Word): readonly string[] =>
  Object.keys(options).map((option) => `${word} ${option}`)

test('every method of the language is a word, and every word can be written', () => {
  const methods = [EventStream, RankStream, TableStream, streams.Stream, StaticStream]
    .flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype))
    .filter((name) => name !== 'constructor')
  // What both sources have in common is no word.
  const begins = Object.keys({ ...streams, ...statics }).filter(
    (name) => name.startsWith('read') && name !== 'readSource',
  )
  const written = [...new Set([...methods, ...begins])].sort()
  expect([...new Set(WORDS.map(({ word }) => word))].sort()).toEqual(written)
  expect(methods).toContain('reduceByEventTime')
})

test('every kind of node has a word, and every word and option an example', () => {
  const kinds = WORDS.flatMap(({ kind }) => kind ?? [])
  expect(kinds).toEqual(Object.keys(EXAMPLES))
  const others = WORDS.filter(({ kind }) => kind === undefined).map(({ word }) => word)
  expect(others).toEqual(Object.keys(MADE_OF_OTHERS))
  const options = WORDS.flatMap(optionsOf).sort()
  expect(options).toEqual(Object.keys({ ...WITH_OPTIONS, ...QUERIES }).sort())
  expect(new Set(WORDS.map(({ meaning }) => meaning)).size).toBe(WORDS.length)
})

test('every function with a kernel is listed', () => {
  const made = Object.keys(functions).filter((name) => name !== 'withKernel')
  expect(Object.keys(FUNCTIONS).sort()).toEqual(made.sort())
})

/** Fails where what is said of a word is not what happens to a plan with it. */
function expectSupport(engine: EngineName, word: Word, described: Described): void {
  const plan = planOf(described)
  const check = () => checkSupport(engine, buildDataflow(plan))
  expect(runsPlan(engine, plan)).toBe(runs(engine, word))
  const reason = reasonAgainst(engine, word)
  if (reason === undefined) {
    expect(check).not.toThrow()
    return
  }
  expect(check).toThrow(PlanError)
  expect(check).toThrow(`${word.word} (node `)
  expect(check).toThrow(`: ${reason.found}. ${reason.rule}. ${reason.remedy}.`)
}

test.each(onEach(WORDS))('%s refuses what it does not run', (engine, word) => {
  const { kind } = word
  if (kind === undefined) {
    expectSupport(engine, word, MADE_OF_OTHERS[word.word]!())
    return
  }
  const described = EXAMPLES[kind as keyof typeof EXAMPLES]()
  expect(planOf(described).nodes.map((node) => node.kind)).toContain(kind)
  expectSupport(engine, word, described)
})

test.each(onEach(Object.keys(WITH_OPTIONS)))('%s and the option %s', (engine, name) => {
  const [word, option] = name.split(' ') as [string, string]
  const plan = planOf(WITH_OPTIONS[name]!())
  expect(plan.nodes.some((node) => Reflect.get(node, option) !== undefined)).toBe(true)
  expectSupport(engine, WORDS.find((each) => each.word === word)!, plan)
})

test.each(onEach(Object.keys(QUERIES)))('%s and the option %s', (engine, name) => {
  const query: Query = { of: 'counts', want: 'rows', at: seconds(3), ...QUERIES[name] }
  const input = { rate: 1, duration: seconds(9) }
  const config = { engine, tick: milliseconds(500), input }
  const check = () =>
    checkQueries([query], config, buildDataflow(planOf(counts().collect('counts'))))
  if (runs(engine, { need: 'queries' })) expect(check).not.toThrow()
  else expect(check).toThrow(PlanError)
})

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
