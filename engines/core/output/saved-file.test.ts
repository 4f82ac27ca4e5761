/** Names and contents of saved files, as literals: other programs read them. */
import { expect, test } from 'vitest'
import { contentOf, jsonText, outputFolder, savedName } from './saved-file.ts'

const textOf = (rows: readonly (readonly [unknown, unknown])[]): string =>
  new TextDecoder().decode(contentOf('x', 1_000, rows))

test('a name is made of logical time alone, and sorts by it', () => {
  expect(savedName('counts', { tick: 1_200_000_000, partition: 3 })).toBe(
    'counts/0000001200000000-3.ndjson',
  )
  expect(savedName('a/b', { tick: Number.MAX_SAFE_INTEGER, partition: 0 })).toBe(
    'a/b/9007199254740991-0.ndjson',
  )
})

test.each([
  ['by word', 'by%20word'],
  ['out/top', 'out/top'],
  ['/etc', '%/etc'],
  ['..', '%2E%2E'],
  ['a/../../b', 'a/%2E%2E/%2E%2E/b'],
  ['./a', '%2E/a'],
  ['%2E', '%252E'],
  ['a\\b\0', 'a%5Cb%00'],
  ['', '%'],
])('the output %j lies in the folder %j', (output, folder) => {
  expect(outputFolder(output)).toBe(folder)
})

test('the order in which rows came does not show, nor how often they were computed', () => {
  const rows = [['b', 2] as const, ['a', 10] as const, ['a', 9] as const, ['a', 10] as const]
  const text = '[1000,"a",10]\n[1000,"a",10]\n[1000,"a",9]\n[1000,"b",2]\n'
  expect(textOf(rows)).toBe(text)
  expect(textOf(rows.toReversed())).toBe(text)
})

test('of a key that left there is no value', () => {
  expect(textOf([['a', undefined]])).toBe('[1000,"a"]\n')
  expect(textOf([[['a', undefined], null]])).toBe('[1000,["a",null],null]\n')
})

test.each([
  [{ b: 1, a: [true, 0.5, -0] }, '{"a":[true,0.5,0],"b":1}'],
  [{ gone: undefined, here: 1 }, '{"here":1}'],
  [12345678901234567890n, '12345678901234567890'],
  ['"\n\udc80', '"\\"\\n\\udc80"'],
  [Number.NaN, 'null'],
])('%o is %s', (value, text) => {
  expect(jsonText(value)).toBe(text)
})

test('a file that is too large is refused by name', () => {
  const long = 'x'.repeat(1024 * 1024)
  const rows = Array.from({ length: 65 }, (_, at) => [at, long] as const)
  expect(() => contentOf('counts/7', 1_000, rows)).toThrow(
    'the file counts/7 of 65 rows: more than 67108864 characters',
  )
})
