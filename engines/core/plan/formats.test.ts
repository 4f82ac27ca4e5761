import { expect, test } from 'vitest'
import { formatRead } from './formats.ts'
import type { SourceFormat } from './plan.ts'
import { checkPlan } from './plan-check.ts'
import { readStatic } from './static-stream.ts'
import { planOf, readStream, type Stream } from './stream.ts'

const COLUMNS: SourceFormat = { csv: ['url', 'user'] }
const text = () => readStream<string>('file:lines', '1s', { format: 'text' })

test.each<[string, () => Stream | readonly Stream[], SourceFormat]>([
  ['lines', text, 'text'],
  ['lines that a plan parses by itself', () => text().map((line) => JSON.parse(line)), 'text'],
  ['a name that ends so', () => readStream('file:views.jsonl', '1s'), 'json'],
  ['a name that ends in csv', () => readStream('input:views.csv', '1s').collect(), 'json'],
  ['a format', () => readStream('file:lines', '1s', { format: 'json' }), 'json'],
  ['values with times', () => readStream('file:a.json', '1s', { stamped: true }), 'json'],
  ['columns', () => readStream('file:lines', '1s', { format: COLUMNS }), COLUMNS],
  [
    'lines and values at once',
    () => [text(), readStream('file:lines', '1s', { format: 'json' })],
    'json',
  ],
  [
    'lines, beside static values',
    () => {
      const ads = readStatic<[string, number]>('file:ads.json').static('ads')
      return text()
        .map((line) => [line, 1])
        .join(ads)
    },
    'text',
  ],
])('a plan says what it reads: %s', (_, described, format) => {
  expect(formatRead(planOf(described()))).toEqual(format)
})

test('columns are read as an object, and the plan is taken', () => {
  const plan = planOf(readStream('file:views.csv', '1s', { format: COLUMNS }))
  checkPlan(plan)
  const [source, parse] = plan.nodes
  expect(source).toMatchObject({ kind: 'source', format: COLUMNS })
  expect(parse?.kind === 'map' && parse.f('{"url":"/a","user":"u"}')).toEqual({
    url: '/a',
    user: 'u',
  })
})
