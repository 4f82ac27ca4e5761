/** Static data and final answers, by plans whose rows are written by hand. */
import { expect, test } from 'vitest'
import { sum, withOne, words } from '../plan/functions.ts'
import { readStatic } from '../plan/static-stream.ts'
import { type Described, planOf, readStream } from '../plan/stream.ts'
import { seconds } from '../units.ts'
import { interpretedAnswers, interpretStatics } from './answers.ts'
import { interpret } from './interpret.ts'

const lines = () => readStream<string>('file:lines.txt', '1s')
const ones = () =>
  lines()
    .flatMap(words)
    .map(withOne<string>)

const ADS = ['a red', 'b blue', 'a green', 'a red']
const ads = () =>
  readStatic<string>('file:ads.txt').map((line) => line.split(' ') as [string, string])

const inputs = new Map([['file:ads.txt', ADS]])
const staticsOf = (described: Described) =>
  Object.fromEntries(interpretStatics(planOf(described), inputs))

test('static data is what its words make of the whole input', () => {
  expect(staticsOf(ones().join(ads().static('ads')))).toEqual({
    ads: [
      ['a', 'red'],
      ['b', 'blue'],
      ['a', 'green'],
      ['a', 'red'],
    ],
  })
  const counted = ads()
    .map(([ad]): [string, number] => [ad, 1])
    .reduceByKey(sum)
  expect(staticsOf(ones().join(counted.static('counts')))).toEqual({
    counts: [
      ['a', 3],
      ['b', 1],
    ],
  })
  expect(staticsOf(ones().join(ads().distinct().groupByKey().static('colours')))).toEqual({
    colours: [
      ['a', ['green', 'red']],
      ['b', ['blue']],
    ],
  })
  expect(staticsOf(ones().reduceByKey(sum))).toEqual({})
})

const RECORDS = [
  { dueAt: 0, value: 'a b' },
  { dueAt: seconds(1), value: 'c a' },
]
const TICKS = [1, 2, 3].map(seconds)

function ticksOf(described: Described) {
  const plan = planOf(described)
  return interpret(plan, RECORDS, TICKS, interpretStatics(plan, inputs))
}

test('it is no output, and no part of the stream', () => {
  const found = ticksOf(ones().join(ads().static('ads')).collect('joined'))
  expect(found.map(({ output, name, tick, rows }) => [output, name, tick / 1e9, rows])).toEqual([
    [
      0,
      'joined',
      1,
      [
        ['a', [1, 'red']],
        ['a', [1, 'green']],
        ['a', [1, 'red']],
        ['b', [1, 'blue']],
      ],
    ],
    [
      0,
      'joined',
      2,
      [
        ['a', [1, 'red']],
        ['a', [1, 'green']],
        ['a', [1, 'red']],
      ],
    ],
    [0, 'joined', 3, []],
  ])
})

test('an input that nobody gave is missed', () => {
  const plan = planOf(ones().join(ads().static('ads')))
  expect(() => interpretStatics(plan, new Map())).toThrow("static data of 'file:ads.txt'")
})

const answersOf = (described: Described) =>
  interpretedAnswers(planOf(described), ticksOf(described))

test('the answer of a table is what is there in the end', () => {
  expect(answersOf(ones().runningReduce(sum))).toEqual([
    [
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ],
  ])
  expect(answersOf(ones().reduceByWindow('2s', sum))).toEqual([
    [
      ['a', 1],
      ['c', 1],
    ],
  ])
})

test('the answer of events is all of them, of each output', () => {
  const counts = ones().reduceByKey(sum)
  expect(answersOf([counts.collect('counts'), counts.runningReduce(sum).collect('all')])).toEqual([
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['a', 1],
    ],
    [
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ],
  ])
})
