import { expect, it, test } from 'vitest'
import { ConfigurationError, PlanError } from '../errors.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { sum, withOne } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import { milliseconds, seconds } from '../units.ts'
import { checkQueries } from './check-queries.ts'
import type { Query } from './query.ts'

const lines = readStream<string>('input:lines', '1s')
const counts = lines
  .map(withOne<string>)
  .runningReduce(sum)
  .collect('counts')
const plan = planOf([
  counts,
  lines
    .map(withOne<string>)
    .reduceByWindow('2s', sum, { slide: '2s' })
    .query('windows'),
  counts.topK(2).collect('top'),
  lines.collect('lines'),
])
const dataflow = buildDataflow(plan)
const config = {
  engine: 'dstream',
  tick: milliseconds(100),
  input: { rate: 1, duration: seconds(20), history: { duration: seconds(10), rate: 1 } },
} as const

const query: Query = { of: 'counts', want: 'rows', at: seconds(12) }

it('takes tables by the names of queries and of outputs', () => {
  expect(dataflow.tables.map(({ name, isQuery }) => [name, isQuery])).toEqual([
    ['counts', false],
    ['windows', true],
    ['top', false],
  ])
  for (const { name } of dataflow.tables) checkQueries([{ ...query, of: name }], config, dataflow)
})

it('is refused by the timely engine, whatever is asked', () => {
  const asked = () => checkQueries([query], { ...config, engine: 'timely' }, dataflow)
  expect(asked).toThrow(PlanError)
  expect(asked).toThrow(
    'the query of counts: the timely engine. Its state is changed in place, so there is no past version to read. Use --engine dstream, or make the query a stream of the plan.',
  )
})

test.each<[string, Partial<Query>, string]>([
  ['no table', { of: 'lines' }, 'the query of lines: the tables counts, windows, top.'],
  ['the past', { at: seconds(9) }, 'asked at 0ns, in a run of 10s.'],
  ['the end', { at: seconds(20) }, 'asked at 10s, in a run of 10s.'],
  ['too often', { every: milliseconds(99) }, 'asked every 99ms, with ticks of 100ms.'],
  ['no row', { want: { top: 0 } }, 'top 0. At least one row'],
  [
    'no key',
    { want: { key: () => 1 } },
    'the query of counts: a key that is a function. records are text, numbers',
  ],
  [
    'a slice between periods',
    { of: 'windows', slice: { from: seconds(11), to: seconds(12) } },
    'the versions from 1s to 2s, of a table that changes every 2s.',
  ],
  [
    'a slice backwards',
    { slice: { from: seconds(12), to: seconds(11) } },
    'the versions from 2s to 1s, of a table that changes every 100ms.',
  ],
  [
    'a slice again and again',
    { every: seconds(1), slice: { from: seconds(11), to: seconds(12) } },
    'a slice that is asked for again and again.',
  ],
])('refuses %s', (_, changes, message) => {
  const asked = () => checkQueries([{ ...query, ...changes }], config, dataflow)
  expect(asked).toThrow(ConfigurationError)
  expect(asked).toThrow(message)
})
