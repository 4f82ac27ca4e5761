/** Laws of identities: two of them are the same if, and only if, the values have the same canonical bytes. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalText } from '../columns/value-codec.ts'
import { identityOf } from './plain-values.ts'

/** Texts in one encoding and in another, bytes one by one, halves of characters, and what an object's name begins with. */
const text = fc
  .array(
    fc.constantFrom(
      'a',
      'é',
      'Ã',
      '©',
      '\udcc3',
      '\udca9',
      '\udce9',
      '\u0080',
      '\udc80',
      '😀',
      '\ud83d',
      '\ufffd',
      'Ā',
      'Ä',
      '\x07',
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''))

const value = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom(0, -0, 1, 1n, 0.5, Number.NaN, true, null, undefined, 2 ** 53, 'NaN', '0'),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('a', 'b'), text, { maxKeys: 2 }),
)

it('an identity stands for the bytes', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      const same = canonicalText(a) === canonicalText(b)
      expect(Object.is(identityOf(a), identityOf(b))).toBe(same)
    }),
    { numRuns: 20_000 },
  )
})

it.each([
  ['Latin-1', 'caf\udce9', 'café'],
  ['a byte', '\udc80', '\u0080'],
  ['a replacement', '\udcff', '\ufffd'],
  ['a half', '\ud83d', '\ud83e'],
  ['a text like the name of an object', 'Ā\x07', []],
  ['a text like the bytes of another', 'Ā', 'Ä\u0080'],
])('%s is another text', (_, one, other) => {
  expect(identityOf(one)).not.toBe(identityOf(other))
})

it('strings that have the same bytes are one text', () => {
  expect(identityOf('\udcc3\udca9')).toBe(identityOf('é'))
  expect(identityOf('\udced\udca0\udcbd')).toBe(identityOf('\ud83d'))
})
