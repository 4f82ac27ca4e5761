/**
 * Laws of the digest of rows, for any rows:
 *
 * 1. it does not depend on their order;
 * 2. it is the sum of the digests of its parts, however the rows are split and in whichever order the parts are added;
 * 3. a row in another's place, or one more or one less, makes another digest.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { DigestSum, digestOfRows } from './digest.ts'

// Longer and shorter than a stripe of the hash.
const text = fc.string({ unit: 'binary', maxLength: 40 })
const scalar = fc.oneof(text, fc.maxSafeInteger(), fc.double({ noNaN: true }))
const key = fc.oneof(scalar, fc.tuple(text, fc.integer()))
const value = fc.oneof(scalar, fc.record({ n: scalar }), fc.constantFrom(null, undefined))
const row = fc.tuple(key, value)
const rows = fc.array(row, { maxLength: 20 })
const inAnyOrder = <T>(of: readonly T[]) =>
  fc.shuffledSubarray([...of], { minLength: of.length, maxLength: of.length })

const canonical = (one: readonly unknown[]): string =>
  one.map((part) => JSON.stringify({ ...encodeCanonical(part) })).join()

test('the order of rows is no matter', () => {
  const orders = rows.chain((given) => fc.tuple(fc.constant(given), inAnyOrder(given)))
  fc.assert(
    fc.property(orders, ([given, other]) => {
      expect(digestOfRows(other)).toEqual(digestOfRows(given))
    }),
  )
})

test('the parts add up to the whole, in any order', () => {
  const parts = fc.array(rows, { maxLength: 5 })
  const orders = parts.chain((given) => fc.tuple(fc.constant(given), inAnyOrder(given)))
  fc.assert(
    fc.property(orders, ([given, other]) => {
      const whole = digestOfRows(given.flat())
      const sum = new DigestSum()
      for (const part of other) sum.add(digestOfRows(part))
      expect(sum.take()).toEqual(whole)
      // What was taken is gone, and rows and sums add up alike.
      const [first = [], ...others] = given
      for (const [of, has] of first) sum.addRow(of, has)
      for (const part of others) {
        const { rows: count, lane0, lane1 } = digestOfRows(part)
        sum.addSums(count, lane0, lane1)
      }
      expect(sum.take()).toEqual(whole)
    }),
  )
})

test('other rows have another digest', () => {
  fc.assert(
    fc.property(rows, row, row, (given, one, other) => {
      fc.pre(canonical(one) !== canonical(other))
      const digest = digestOfRows([...given, one])
      for (const changed of [[...given, other], given, [...given, one, one]]) {
        const { lane0, lane1 } = digestOfRows(changed)
        expect({ lane0, lane1 }).not.toEqual({ lane0: digest.lane0, lane1: digest.lane1 })
      }
    }),
  )
})
