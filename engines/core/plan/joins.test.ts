/** What the functions that words are made of do with records; how they are put together is in `desugar.test.ts`. */
import { expect, test } from 'vitest'
import { UserFunctionError } from '../errors.ts'
import { StaticTable } from '../statics/static-tables.ts'
import { sortedItems } from '../tables/sorted-items.ts'
import { seconds } from '../units.ts'
import type { CoreKind, Rewriting } from './core-plan.ts'
import type { Step } from './dataflow.ts'
import { gather, gatherBoth } from './gathering.ts'
import { cogroup, distinct, groupByKey, join, joinStep, staticJoin, tableJoin } from './joins.ts'
import type { PlanFunction, PlanNode } from './plan.ts'

const node: PlanNode = { id: 5, kind: 'join', inputs: [3, 4] }

/** The functions of what a word becomes, in order. */
function functionsOf(word: (rewriting: Rewriting) => void): readonly PlanFunction[] {
  const functions: PlanFunction[] = []
  let id = 5
  const add = (kind: CoreKind): number => {
    if ('f' in kind) functions.push(kind.f)
    return id++
  }
  word({ node, word: 'join', add })
  return functions
}

test('groupByKey gathers values, and puts them in order', () => {
  const [listed, gathered, sorted] = functionsOf((each) => groupByKey(each, 0))
  const [b, a, other] = [listed!(['k', 'b']), listed!(['k', 'a']), listed!(['k', 1])]
  expect([b, a, other]).toEqual([
    ['k', ['b']],
    ['k', ['a']],
    ['k', [1]],
  ])
  const values = gathered!(gathered!(b[1], other[1]), a[1])
  expect(sorted!(['k', values])).toEqual(['k', ['a', 'b', 1]])
})

test('what is no pair is left to who combines pairs', () => {
  const [listed] = functionsOf((each) => groupByKey(each, 0))
  const [left, right] = functionsOf((each) => join(each, 0, 1))
  for (const record of ['text', ['a'], ['a', 1, 2], null, { 0: 'a', 1: 1, length: 2 }]) {
    for (const f of [listed!, left!, right!]) expect(f(record)).toBe(record)
  }
})

test('values ascend by tag and bytes, whatever their order was', () => {
  const values = [256, 'x', 1, null, 'w', [0], true, undefined]
  const expected = [undefined, 'w', 'x', 256, 1, true, null, [0]]
  expect(sortedItems(values)).toEqual(expected)
  expect(sortedItems(values.toReversed())).toEqual(expected)
  expect(sortedItems(['x'])).toEqual(['x'])
  expect(values[0]).toBe(256)
})

test('join crosses the sides of a key; cogroup gives them', () => {
  const [left, right, gathered, crossed] = functionsOf((each) => join(each, 0, 1))
  const both = [left!(['k', 2]), right!(['k', 'w']), left!(['k', 1])]
    .map(([, value]) => value)
    .reduce(gathered!)
  expect(both).toEqual([[2, 1], ['w']])
  expect(crossed!(['k', both])).toEqual([
    ['k', [2, 'w']],
    ['k', [1, 'w']],
  ])
  expect(crossed!(['k', [[1, 2], []]])).toEqual([])
  const bothSorted = functionsOf((each) => cogroup(each, 0, 1)).at(-1)!
  expect(bothSorted(['k', both])).toEqual(['k', [[1, 2], ['w']]])
  expect(bothSorted(['k', [[], ['w']]])).toEqual(['k', [[], ['w']]])
})

test('gathering costs what is added: the first argument is changed', () => {
  const into = [1]
  expect(gather(into, [2, 3])).toBe(into)
  expect(into).toEqual([1, 2, 3])
  const both = [[1], []]
  expect(gatherBoth(both, [[2], ['w']])).toBe(both)
  expect(both).toEqual([[1, 2], ['w']])
})

test('distinct keeps a record with a value that never changes', () => {
  const [seen, kept, first] = functionsOf((each) => distinct(each, 0))
  const pair = seen!({ a: 1 })
  expect(pair).toEqual([{ a: 1 }, 1])
  expect(kept!(pair[1], pair[1])).toBe(1)
  expect(first!(pair)).toEqual({ a: 1 })
})

test('rows of a table and events are items: rows with their tick, events before all rows', () => {
  const [row, event] = functionsOf((each) => tableJoin(each, 0, 1))
  expect(row!(seconds(2), ['k', 7])).toEqual(['k', [[seconds(2), 7]]])
  expect(event!(['k', 'w'])).toEqual(['k', [[-1, 'w']]])
})

/** Steps a key through periods, as engines do: what comes out, and the state at the end. */
function stepped(step: Step, periods: readonly (readonly unknown[])[]): unknown[] {
  let state: unknown
  return periods.map((arrived, index) => {
    const next = step('k', state, arrived, seconds(index + 1))
    state = next?.state
    return next?.out ?? []
  })
}

const event = (value: unknown): unknown => [-1, value]
const row = (at: number, value: unknown): unknown => [seconds(at), value]

test('a table joined with events', () => {
  const periods = [
    // No row yet: events wait.
    [event('a')],
    [event('b'), row(1.5, 1)],
    [event('c')],
    // The last of several changes counts; none, where it is what it was.
    [row(3.2, 2), row(3.5, 3)],
    [event('d'), row(4.2, 9), row(4.5, 3)],
    [event('e'), row(5.5, undefined)],
    [event('f')],
    [row(7.5, 4)],
  ]
  const pairs = (value: unknown, ...events: readonly string[]) =>
    events.map((each) => ['k', [value, each]])
  expect(stepped(joinStep, periods)).toEqual([
    [],
    pairs(1, 'a', 'b'),
    pairs(1, 'c'),
    pairs(3, 'a', 'b', 'c'),
    pairs(3, 'd'),
    [],
    [],
    pairs(4, 'a', 'b', 'c', 'd', 'e', 'f'),
  ])
})

test('a key leaves that has neither a row nor events; states are never changed', () => {
  expect(joinStep('k', undefined, [row(1, undefined)], seconds(1))).toBeUndefined()
  const state = Object.freeze([1, Object.freeze(['a'])])
  expect(joinStep('k', state, [event('b'), row(2, 2)], seconds(2))?.state).toEqual([2, ['a', 'b']])
  expect(joinStep('k', [1, []], [row(2, undefined)], seconds(2))).toBeUndefined()
})

/** Joins so many keys of each side. */
function joinKeys(left: (n: number) => unknown, right: (n: number) => unknown, count = 64): void {
  const [ofLeft, ofRight] = functionsOf((each) => join(each, 0, 1))
  for (let n = 0; n < count; n++) {
    ofLeft!([left(n), 0])
    ofRight!([right(n), 0])
  }
}

const text = (n: number): unknown => `key ${n}`
const number = (n: number): unknown => 17 + n

test('keys of different types on both sides are refused, with examples', () => {
  expect(() => joinKeys(text, number)).toThrow(UserFunctionError)
  expect(() => joinKeys(text, number)).toThrow(
    `join (node 5): keys like 'key 0' (text) on the left and 17 (number) on the right, none equal in 64 of each. A join matches equal keys. Convert one side with map.`,
  )
  expect(() => joinKeys(number, (n) => BigInt(n))).toThrow('17 (number) on the left and 0 (bigint)')
  expect(() =>
    joinKeys(
      (n) => [n],
      (n) => ({ n }),
    ),
  ).toThrow('[0] (array) on the left and {"n":0} (object)')
})

test('keys that may yet be equal are not', () => {
  joinKeys(text, number, 63)
  joinKeys(text, (n) => (n === 40 ? 'key' : n))
  joinKeys(text, () => null)
  joinKeys(text, () => undefined)
  joinKeys(number, (n) => n + 0.5)
})

/** The function of a join with static data whose rows are `[key, value]`. */
function lookupIn(rows: readonly (readonly [unknown, unknown])[]): (record: unknown) => unknown {
  const found: PlanFunction[] = []
  const of = { id: 5, kind: 'staticJoin', input: 3, static: 'ads' } as const
  const add = (kind: CoreKind): number => {
    if (kind.kind === 'lookup') found.push(kind.f)
    return 6
  }
  staticJoin({ node: of, word: 'join', add }, 3)
  const table = new StaticTable(rows)
  return (record) => found[0]!(table, record)
}

test('a record meets each static row of its key', () => {
  const joined = lookupIn([
    ['a', 1],
    ['b', 2],
    ['a', { n: 3 }],
  ])
  expect(joined(['a', 'x'])).toEqual([
    ['a', ['x', 1]],
    ['a', ['x', { n: 3 }]],
  ])
  expect(joined(['c', 'x'])).toEqual([])
  expect(() => joined('text')).toThrow(
    `join (node 5): the record 'text'. keyed operators take records that are [key, value] pairs.`,
  )
})

test('static keys of another type are refused where there are enough of both', () => {
  const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => [n, n] as const)
  const join = (joined: (record: unknown) => unknown): void => {
    for (let n = 0; n < 64; n++) joined([`key ${n}`, n])
  }
  expect(() => join(lookupIn(rowsOf(64)))).toThrow(
    `keys like 'key 0' (text) on the left and 0 (number) on the right`,
  )
  expect(() => join(lookupIn(rowsOf(63)))).not.toThrow()
})
