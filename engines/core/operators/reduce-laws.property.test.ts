/**
 * Laws: what is associative, commutative and undone is never refused, and is what the function alone gives; what rounds is
 * refused; a function that changes its arguments or relies on one key changes nothing about that.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserFunctionError } from '../errors.ts'
import { gather } from '../plan/gathering.ts'
import type { PlanFunction } from '../plan/plan.ts'
import { lawfulReduce } from './reduce-laws.ts'
import { OperatorErrors } from './user-function.ts'

const add = (a: number, b: number): number => a + b
const subtract = (a: number, b: number): number => a - b

function lawful(reduce: PlanFunction, inverse?: PlanFunction): PlanFunction {
  const errors = new OperatorErrors(
    { kind: 'runningReduce', id: 2 },
    { tick: 500_000_000, clock: 0 },
  )
  return lawfulReduce({ reduce, inverse }, errors)
}

function check(values: readonly unknown[], reduce: PlanFunction, inverse?: PlanFunction): void {
  expect(values.reduce(lawful(reduce, inverse))).toEqual(values.reduce((a, b) => reduce(a, b)))
}

const many = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 600 })
const integer = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger().map((n) => Math.trunc(n / 2_000)),
)

test('sums of integers are never refused, nor is their inverse', () => {
  fc.assert(fc.property(many(integer), (values) => check(values, add, subtract)))
  fc.assert(
    fc.property(many(fc.tuple(integer, integer)), (values) =>
      check(
        values,
        ([a, b], [c, d]) => [a + c, b + d],
        ([a, b], [c, d]) => [a - c, b - d],
      ),
    ),
  )
})

test('products of integers are not refused for squares that they never make', () => {
  const factors = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 33 })
  fc.assert(fc.property(factors, (values) => check(values, (a, b) => a * b)))
  const halves = [2 ** 26 + 1, 2 ** 26 - 1]
  check(halves, (a, b) => a * b)
})

test('maxima and minima of any numbers are never refused', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN))
  fc.assert(fc.property(many(number), (values) => check(values, Math.max)))
  fc.assert(fc.property(many(number), (values) => check(values, Math.min)))
  fc.assert(fc.property(many(fc.string()), (values) => check(values, (a, b) => (a < b ? b : a))))
})

test('sums of dyadic fractions are exact, and never refused', () => {
  const eighths = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((n) => n / 8)
  fc.assert(fc.property(many(eighths), (values) => check(values, add, subtract)))
})

test('sums of tenths are refused', () => {
  // Those that are no tenths of a multiple of five: halves are exact.
  const tenths = fc.integer({ min: 0, max: 20_000 }).map((n) => (5 * (n >> 2) + (n & 3) + 1) / 10)
  const refused = fc.array(tenths, { minLength: 100, maxLength: 200 })
  fc.assert(
    fc.property(refused, (values) => {
      expect(() => values.reduce(lawful(add))).toThrow(UserFunctionError)
      const pairs = values.map((value) => ({ sum: value, count: 1 }))
      const addPairs: PlanFunction = (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count })
      expect(() => pairs.reduce(lawful(addPairs))).toThrow(UserFunctionError)
    }),
  )
})

test('a few fractions among many integers are found', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => (i % 500 === 499 ? (i % 97) / 10 : i))
  expect(() => values.reduce(lawful(add))).toThrow(UserFunctionError)
})

test('a function that breaks a law late is found', () => {
  // Associative and commutative up to 1000.
  const capped: PlanFunction = (a, b) => (a + b <= 1_000 ? a + b : a)
  const reduce = lawful(capped)
  for (let i = 0; i < 500; i++) expect(reduce(1, 2)).toBe(3)
  expect(() => {
    for (let i = 0; i < 300; i++) reduce(999, 2)
  }).toThrow(UserFunctionError)
})

test('a function may change its first argument, and rely on what is the same for a key', () => {
  const reduce = lawful((a, b) => {
    if (a.key !== b.key) throw new Error('of two keys')
    a.count += b.count
    return a
  })
  for (const key of ['a', 'b']) {
    let total: unknown = { key, count: 1 }
    for (let i = 0; i < 100; i++) total = reduce(total, { key, count: 1 })
    expect(total).toEqual({ key, count: 101 })
  }
})

test('the error shows the values, the rule and the way out', () => {
  const reduce = lawful(add)
  expect(() => reduce(0.1, 0.6)).toThrow(
    'runningReduce (node 2) in the tick that ends at 500ms: its function depends on the order of records: with a = 0.1 and b = 0.6, (a ⊕ b) ⊕ b is 1.2999999999999998 and a ⊕ (b ⊕ b) is 1.3. a reduce',
  )
  expect(() => lawful(Math.max, (a) => a)(1, 2)).toThrow('(a ⊕ b) ⊖ b is 2 and a is 1')
  expect(() => lawful(subtract)(1, 2)).toThrow('a ⊕ b is -1 and b ⊕ a is 1')
})

test('what no two values show is found in three that follow each other', () => {
  const stronger: PlanFunction = (a, b) => ((a + 1) % 3 === b ? b : a)
  const pairs = [
    [0, 1],
    [1, 2],
    [2, 0],
    [1, 1],
  ] as const
  for (const pair of pairs) check(pair, stronger)
  const reduce = lawful(stronger)
  // Folds of other keys lie between them.
  const first = reduce(0, 1)
  for (let other = 10; other < 14; other++) reduce(other, other)
  expect(() => reduce(first, 2)).toThrow(
    'with a = 0, b = 1 and c = 2, (a ⊕ b) ⊕ c is 2 and a ⊕ (b ⊕ c) is 0',
  )
  const inPlace = lawful((a, b) => {
    if ((a.of + 1) % 3 === b.of) a.of = b.of
    return a
  })
  const of = (n: number) => ({ of: n })
  expect(() => [of(0), of(1), of(2)].reduce(inPlace)).toThrow('c = {"of":2}, (a ⊕ b) ⊕ c')
})

test('what gathers for a word is no reduce of a user: it is left as it is', () => {
  expect(lawful(gather)).toBe(gather)
  const into = [1]
  expect(lawful(gather)(into, [2])).toBe(into)
})
