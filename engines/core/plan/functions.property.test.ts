/**
 * Laws: the functions of the closed list do on strings what their kernels do on bytes, for any bytes.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText, encodeText } from '../columns/value-codec.ts'
import {
  bothWays,
  contains,
  difference,
  eventAndRow,
  longerThan,
  lowerCase,
  prefix,
  sum,
  whereEquals,
  withLesser,
  withOne,
  words,
} from './functions.ts'

/** Any bytes, with many blanks and capitals, and characters of several bytes cut anywhere. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x20, 0x09, 0x0b, 0x0d, 0x41, 0x5a, 0x61, 0x85, 0xa0, 0xc3, 0xe2, 0x82, 0xac),
      fc.integer({ min: 0, max: 255 }),
    ),
    { maxLength: 24 },
  )
  .map((list) => Uint8Array.from(list))

const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

test('words splits bytes at ASCII whitespace', () => {
  fc.assert(
    fc.property(bytes, (line) => {
      const expected: number[][] = [[]]
      for (const byte of line) {
        if (isSpace(byte)) expected.push([])
        else expected.at(-1)!.push(byte)
      }
      const found = words(decodeText(line)).map((word) => [...encodeText(word)])
      expect(found).toEqual(expected.filter((word) => word.length > 0))
    }),
  )
})

test('contains, longerThan, prefix and lowerCase work on bytes', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(12), (line, other, count) => {
      const text = decodeText(line)
      for (const needle of [other.subarray(0, 2), line.subarray(count, count + 2)]) {
        const expected = Buffer.from(line).includes(Buffer.from(needle))
        expect(contains(decodeText(needle))(text)).toBe(expected)
      }
      expect(longerThan(count)(text)).toBe(line.length > count)
      expect([...encodeText(prefix(count)(text))]).toEqual([...line.subarray(0, count)])
      const lower = line.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte))
      expect([...encodeText(lowerCase(text))]).toEqual([...lower])
    }),
    { numRuns: 300 },
  )
})

test('each carries its kernel', () => {
  const all = [words, withOne, sum, difference, lowerCase, bothWays, withLesser, eventAndRow]
  expect(all.map((f) => f.kernel.name)).toEqual([
    'words',
    'with-one',
    'sum',
    'difference',
    'lower-case',
    'both-ways',
    'with-lesser',
    'event-and-row',
  ])
  expect(contains('x').kernel).toEqual({ name: 'contains', text: 'x' })
  expect(longerThan(3).kernel).toEqual({ name: 'longer-than', bytes: 3 })
  expect(prefix(3).kernel).toEqual({ name: 'prefix', bytes: 3 })
  expect(whereEquals(1, 3).kernel).toEqual({ name: 'where-equals', place: 1, value: 3 })
  expect([whereEquals(0, 3)([3, 4]), whereEquals(1, 3)([3, 4])]).toEqual([true, false])
  expect(withOne('w')).toEqual(['w', 1])
  expect(difference(sum(2, 3), 3)).toBe(2)
  expect(bothWays([3, 4])).toEqual([
    [3, 4],
    [4, 3],
  ])
  expect([withLesser([3, 4]), withLesser([4, 3])]).toEqual([
    [3, 3],
    [4, 3],
  ])
  expect(eventAndRow(['key', ['row', 'event']])).toEqual(['event', 'row'])
})
