import { expect, test } from 'vitest'
import { ConfigurationError } from '../errors.ts'
import { sum, withOne } from '../plan/functions.ts'
import { type Described, planOf, readStream } from '../plan/stream.ts'
import { clockStart } from '../run-config.ts'
import { seconds } from '../units.ts'
import { boundedConfig, hasLengths } from './bounded-config.ts'

const lines = () => readStream<string>('input:lines', '2s')
const pairs = () => lines().map(withOne<string>)
const none = (): null => null

const shape = { records: 100, partitions: 4, rate: 8 }
const configOf = (described: Described) => boundedConfig(planOf(described), shape)

test.each<[string, Described]>([
  ['narrow operators', lines().filter((line) => line !== '')],
  ['a reduce', pairs().reduceByKey(sum)],
  ['a table and its ranks', pairs().runningReduce(sum).topK(3)],
  ['states without a timeout', pairs().track(none, none)],
  ['a join', pairs().join(pairs())],
])('%s: all of the input is one tick, and over when the clock starts', (_, described) => {
  const { tick, input } = configOf(described)
  expect(tick).toBe(seconds(2))
  expect(input).toMatchObject({ rate: 0, duration: seconds(2), once: true })
  expect(clockStart(input)).toBe(seconds(2))
})

test.each<[string, Described, number]>([
  // 25 records a partition, 2 a second: the last is due at 12 s.
  ['a window', lines().window('4s', '2s'), 14],
  ['windows of two slides', lines().window('6s', '6s').union(lines().window('4s', '4s')), 24],
  ['a reduce of windows', pairs().reduceByWindow('4s', sum), 14],
  ['a timeout', pairs().track(none, none, '4s'), 14],
])('%s: records are due by the rate, until all periods end', (_, described, end) => {
  const { tick, input } = configOf(described)
  expect(hasLengths(planOf(described))).toBe(true)
  expect(tick).toBe(seconds(2))
  expect(input).toMatchObject({ rate: 8, duration: seconds(end), once: true })
  expect(clockStart(input)).toBe(seconds(end))
})

test('a rate by which some partition has no record is refused, unless nothing is due by it', () => {
  const slow = { ...shape, rate: 3 }
  const refused = () => boundedConfig(planOf(lines().window('4s')), slow)
  expect(refused).toThrow(ConfigurationError)
  expect(refused).toThrow('Take a rate of 4/s or more, or fewer partitions')
  expect(boundedConfig(planOf(pairs().reduceByKey(sum)), slow).input.rate).toBe(0)
})
