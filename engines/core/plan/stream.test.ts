import { expect, expectTypeOf, test } from 'vitest'
import { ConfigurationError, PlanError } from '../errors.ts'
import { formatDuration, parseDuration, parseSlack, shortDuration } from './duration.ts'
import { difference, sum, withOne, words } from './functions.ts'
import type { PlanNode } from './plan.ts'
import { readStatic } from './static-stream.ts'
import {
  type EventStream,
  planOf,
  type RankStream,
  readStream,
  type StaticData,
  type TableStream,
} from './stream.ts'

const url = 'file:page-views.jsonl'
const lines = () => readStream<string>('file:lines.txt', '1s')

function kinds(nodes: readonly PlanNode[]): string[] {
  return nodes.map((node) => node.kind)
}

test('the example of the design type-checks and works as written', () => {
  const pageViews = readStream(url, '1s')
  const ones = pageViews.map((event) => [event.url, 1])
  const counts = ones.runningReduce((a, b) => a + b)
  expectTypeOf(counts).toExtend<TableStream<unknown, number>>()
  const { nodes } = planOf(counts)
  expect(kinds(nodes)).toEqual(['source', 'map', 'map', 'runningReduce', 'collect'])
  const [, parse, pair, reduce, collect] = nodes
  const event = parse?.kind === 'map' && parse.f('{"url":"/a"}')
  expect(pair?.kind === 'map' && pair.f(event)).toEqual(['/a', 1])
  expect(reduce?.kind === 'runningReduce' && reduce.f(1, 2)).toBe(3)
  expect(collect).toEqual({ id: 4, kind: 'collect', input: 3, name: 'output-0' })
})

test('types follow the records', () => {
  const typed = readStream<{ url: string; bytes: number }>(url, '1s')
  const ones = typed.map((event) => [event.url, 1])
  expectTypeOf(ones).toEqualTypeOf<EventStream<[string, number]>>()
  expectTypeOf(ones.runningReduce((a, b) => a + b)).toEqualTypeOf<TableStream<string, number>>()
  expectTypeOf(ones.reduceByWindow('5s', sum, difference)).toEqualTypeOf<
    TableStream<string, number>
  >()
  expectTypeOf(lines().flatMap(words)).toEqualTypeOf<EventStream<string>>()
  expectTypeOf(lines().flatMap(words).map(withOne)).toEqualTypeOf<EventStream<[string, number]>>()
  expectTypeOf(
    lines().flatMap((line) => line.split(' ').map((word) => [word, 1] as const)),
  ).toEqualTypeOf<EventStream<[string, 1]>>()
  expectTypeOf(lines().map((line) => line.length)).toEqualTypeOf<EventStream<number>>()
  expectTypeOf(lines().map((line) => line.split(','))).toEqualTypeOf<EventStream<string[]>>()
  expectTypeOf(typed.keyBy((event) => event.url)).toEqualTypeOf<
    EventStream<[string, { url: string; bytes: number }]>
  >()
  const counts = ones.reduceByKey((a, b) => a + b).reduceByWindow('5s', Math.max)
  expectTypeOf(counts.topK(3)).toEqualTypeOf<RankStream<number, [string, number]>>()
  expectTypeOf(counts.changes()).toEqualTypeOf<EventStream<[string, number | undefined]>>()
  expectTypeOf(lines().countByWindow('5s')).toEqualTypeOf<TableStream<'count', number>>()
  // @ts-expect-error: lines are no pairs.
  lines().runningReduce((a: number, b: number) => a + b)
  // @ts-expect-error: a table is not mapped, its changes are.
  expect(counts.map).toBeUndefined()
  // @ts-expect-error: ranks are not ranked again.
  expect(counts.topK(3).topK).toBeUndefined()
})

interface Click {
  readonly user: string
  readonly at: number
  readonly kind: 'Open' | 'Exit'
}

test('types of words that bring records together', () => {
  const words = lines().map((line): [string, number] => [line, line.length])
  const flags = lines().map((line): [string, boolean] => [line, line === ''])
  const numbers = lines().map((line): [number, string] => [line.length, line])
  expectTypeOf(words.groupByKey()).toEqualTypeOf<EventStream<[string, number[]]>>()
  expectTypeOf(words.cogroup(flags)).toEqualTypeOf<EventStream<[string, [number[], boolean[]]]>>()
  expectTypeOf(words.join(flags)).toEqualTypeOf<EventStream<[string, [number, boolean]]>>()
  expectTypeOf(words.distinct()).toEqualTypeOf<EventStream<[string, number]>>()
  expectTypeOf(words.stamp()).toExtend<EventStream<[number, [string, number]]>>()
  expectTypeOf(words.transform((pairs) => pairs.runningReduce(sum))).toEqualTypeOf<
    TableStream<string, number>
  >()
  const counts = words.runningReduce(sum)
  expectTypeOf(counts.join(flags)).toEqualTypeOf<EventStream<[string, [number, boolean]]>>()
  const ads = readStatic<[string, Date]>('file:ads.json').filter(([ad]) => ad !== '')
  expectTypeOf(ads.static()).toEqualTypeOf<StaticData<string, Date>>()
  expectTypeOf(words.join(ads.static())).toEqualTypeOf<EventStream<[string, [number, Date]]>>()
  // @ts-expect-error: text keys on the left, numbers on the right.
  words.join(numbers)
  // @ts-expect-error: the same of all values.
  words.cogroup(numbers)
  // @ts-expect-error: the same of a table.
  counts.join(numbers)
  // @ts-expect-error: the same of static data.
  numbers.join(ads.static())
  // @ts-expect-error: lines are no pairs.
  lines().join(words)
  // @ts-expect-error: ranks are not joined.
  expect(counts.topK(3).join).toBeUndefined()
})

test('types of words that keep states', () => {
  const clicks = readStream<Click>(url, '1s').map((click): [string, Click] => [click.user, click])
  const sessions = clicks.track(
    () => 1,
    (_user, opened, click) => (click.kind === 'Exit' ? null : opened + 1),
    '30s',
    { time: (click) => click.at, expired: (_user, opened) => (opened > 1 ? 0 : null) },
  )
  expectTypeOf(sessions).toEqualTypeOf<TableStream<string, number>>()
  const { windows, late } = clicks
    .map(([user]): [string, number] => [user, 1])
    .reduceByEventTime('10s', sum, { time: ([, count]) => count, lateness: '0s' })
  expectTypeOf(windows).toExtend<EventStream<[[number, string], number]>>()
  expectTypeOf(late).toEqualTypeOf<EventStream<[string, number]>>()
  const rounds = clicks.iterate((looping) => ({ next: looping, result: looping.distinct() }))
  expectTypeOf(rounds).toEqualTypeOf<EventStream<[string, Click]>>()
  const table = clicks.iterate((looping) => ({
    next: looping,
    result: looping.map(([user]): [string, number] => [user, 1]).runningReduce(sum),
  }))
  expectTypeOf(table).toEqualTypeOf<TableStream<string, number>>()
  expect(table.topK(1).step.inputs[0]?.draft.kind).toBe('iterate')
  expectTypeOf(readStream<string>('file:a', '1s', { stamped: true })).toExtend<
    EventStream<[number, string]>
  >()
  const stamped = { field: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' } as const
  expectTypeOf(readStream<Click>(url, '1s', { stamped })).toExtend<EventStream<[number, Click]>>()
})

test('times of a field are those of its records: the source is as without them', () => {
  const stamped = { field: 'at', unit: 's', origin: 0 } as const
  const { nodes } = planOf(readStream('file:a.jsonl', '1s', { stamped }))
  expect(nodes.map(({ kind }) => kind)).toEqual(['source', 'map', 'map', 'collect'])
  expect(nodes[0]).toEqual({ id: 0, kind: 'source', url: 'file:a.jsonl', interval: 1e9 })
  const [, , stamp] = nodes
  expect(stamp?.kind === 'map' && stamp.f({ at: 5 })).toEqual([5e9, { at: 5 }])
  for (const format of ['text', 'u32x2'] as const) {
    expect(() => readStream('file:a', '1s', { stamped, format })).toThrow(
      "readStream('file:a') with event time from the field at: records without fields. Fields are those of JSON, or columns.",
    )
  }
  const columns = readStream('file:a.csv', '1s', { stamped, format: { csv: ['at'] } })
  expect(planOf(columns).nodes[0]).toMatchObject({ format: { csv: ['at'] } })
})

test('what words with options become in a plan', () => {
  const pairs = lines().map((line): [string, number] => [line, 1])
  const time = ([, at]: readonly [string, number]) => at
  const { windows } = pairs.reduceByEventTime('10s', sum, { time, lateness: '0s', slide: '2s' })
  expect(planOf(windows).nodes[2]).toEqual({
    id: 2,
    kind: 'eventWindow',
    input: 1,
    length: 10e9,
    slide: 2e9,
    lateness: 0,
    merge: sum,
    time,
  })
  const bare = lines()
    .map((line): [string, number] => [line, 1])
    .track(
      () => 1,
      () => 2,
    )
  const [, , track] = planOf(bare).nodes
  expect(track?.kind).toBe('track')
  for (const option of ['timeout', 'time', 'expired']) expect(track).not.toHaveProperty(option)
  const looped = lines().iterate((looping) => ({ next: looping, result: looping }))
  expect(planOf(looped).nodes.slice(1)).toEqual([
    { id: 1, kind: 'loop', input: 0, rounds: 10_000, fresh: false },
    { id: 2, kind: 'iterate', inputs: [1, 1, 1] },
    { id: 3, kind: 'collect', input: 2, name: 'output-0' },
  ])
})

test('static data is a plan of its own kind in the plan', () => {
  const ads = readStatic<string>('file:ads.txt').map((ad): [string, number] => [ad, 1])
  const joined = lines()
    .map((line): [string, number] => [line, 1])
    .join(ads.static('ads'))
  const { nodes } = planOf(joined)
  expect(nodes.map(({ kind }) => kind)).toEqual([
    'source',
    'map',
    'source',
    'map',
    'collect',
    'staticJoin',
    'collect',
  ])
  expect(nodes[0]).toMatchObject({ url: 'file:ads.txt', static: true })
  expect(nodes[4]).toEqual({ id: 4, kind: 'collect', input: 1, name: 'ads' })
  expect(nodes[5]).toEqual({ id: 5, kind: 'staticJoin', input: 3, static: 'ads' })
})

test('a query is an end that commits nothing', () => {
  const counts = lines()
    .map((line): [string, number] => [line, 1])
    .runningReduce(sum)
  const { nodes } = planOf(counts.query('counts').collect())
  expect(nodes.slice(3)).toEqual([
    { id: 3, kind: 'query', input: 2, name: 'counts' },
    { id: 4, kind: 'collect', input: 2, name: 'output-0' },
  ])
})

test('lengths and slides: the slide is the interval unless said, or the slide before it', () => {
  const ones = () => lines().map(withOne)
  const windows = [
    ones().reduceByWindow('5s', sum),
    ones().reduceByWindow('5s', sum, difference),
    ones().reduceByWindow('10s', sum, { slide: '2s', inverse: difference }),
    ones().window('4s', '2s').reduceByWindow('6s', sum),
  ].map((stream) => planOf(stream).nodes.findLast((node) => node.kind === 'reduceByWindow'))
  expect(windows).toMatchObject([
    { length: 5e9, slide: 1e9 },
    { length: 5e9, slide: 1e9, inverse: difference },
    { length: 10e9, slide: 2e9, inverse: difference },
    { length: 6e9, slide: 2e9 },
  ])
  expect(windows[0]).not.toHaveProperty('inverse')
})

test('countByWindow is a map to one key and a window with an inverse', () => {
  const { nodes } = planOf(lines().countByWindow('3s'))
  expect(kinds(nodes)).toEqual(['source', 'map', 'reduceByWindow', 'collect'])
  expect(nodes[1]?.kind === 'map' && nodes[1].f('x')).toEqual(['count', 1])
  expect(nodes[2]).toMatchObject({ merge: sum, inverse: difference })
})

test('a plan is all that is connected; streams that nothing reads are collected', () => {
  const source = lines()
  const counts = source.map(withOne).runningReduce(sum).collect('counts')
  counts.topK(2).save('out/top')
  counts.changes()
  source.filter((line) => line !== '').foreachBatch(() => {})
  const { nodes } = planOf(counts)
  expect(nodes.map((node) => ('name' in node ? node.name : node.kind))).toEqual([
    'source',
    'map',
    'runningReduce',
    'counts',
    'topK',
    'out/top',
    'changes',
    'filter',
    'output-0',
    'output-1',
  ])
  expect(nodes.at(-1)).toMatchObject({ kind: 'collect', input: 6 })
  expect(planOf(counts)).toEqual({ nodes })
  expect(planOf({ nodes })).toEqual({ nodes })
})

test('a union joins graphs', () => {
  const left = lines()
  const both = left.union(lines(), left)
  expect(planOf(both).nodes[2]).toEqual({ id: 2, kind: 'union', inputs: [0, 1, 0] })
  expect(planOf([lines(), lines()]).nodes).toHaveLength(4)
})

test('refuses what is no stream', () => {
  expect(() => planOf([])).toThrow(PlanError)
  expect(() => planOf(3 as never)).toThrow(/a plan: a value of type number\. A plan is made/i)
  expect(() => planOf(null as never)).toThrow(PlanError)
  expect(() => readStream('', '1s')).toThrow(/an empty URL/)
})

test.each([
  ['250ms', 250e6],
  ['1s', 1e9],
  ['0.3s', 3e8],
  ['2m', 120e9],
  ['1h', 3600e9],
  ['7us', 7000],
  ['5ns', 5],
])('the duration %s', (text, nanos) => {
  expect(parseDuration(text, 'x')).toBe(nanos)
  expect(parseDuration(formatDuration(nanos), 'x')).toBe(nanos)
})

test.each([
  [10_000_042_268, '10s'],
  [1_234_567, '1.235ms'],
  [90e9, '90s'],
  [150e9, '150s'],
  [180e9, '3m'],
  [999, '999ns'],
  [0, '0ns'],
])('measured, %d ns', (nanos, text) => {
  expect(shortDuration(nanos)).toBe(text)
})

test('a slack may be nothing', () => {
  for (const text of ['0s', '0ms', '0.0s', ' 0h']) expect(parseSlack(text, 'x')).toBe(0)
  expect(parseSlack('1.5s', 'x')).toBe(1.5e9)
  expect(() => parseSlack('0', 'the lateness')).toThrow("the lateness: '0'. a duration is")
})

test.each(['', '5', '0s', '-1s', '1 day', '0.1ns', '1e3s', 's', '99999999h'])(
  'no duration: %j',
  (text) => {
    expect(() => readStream('file:a', text)).toThrow(ConfigurationError)
    expect(() => lines().window(text)).toThrow(
      `the length of window: '${text}'. a duration is a positive number with a unit`,
    )
  },
)
