/**
 * Conformance: the error of a user's function names operator, record and logical time, as the engine that runs it knows them.
 * `run` runs a stream in ticks of 100 ms, with input from the first one on.
 */
import { expect, it } from 'vitest'
import { joinsApart } from '../metrics/join-keys.ts'
import { sum } from '../plan/functions.ts'
import { readStream, type Stream } from '../plan/stream.ts'
import type { RunRecord } from '../system.ts'

export function userErrorsConform(run: (stream: Stream) => RunRecord): void {
  const lines = () => readStream<string>('log', '500ms')
  const itself: Record<string, unknown> = {}
  itself.self = itself
  const made = () => itself as never
  const pairs = () => lines().map((line): [string, unknown] => ['k', line])
  const refused =
    'with {"self":"[itself]"} as a record, key or value in the tick that ends at 100ms: an object that holds itself'

  it.each([
    ['a record of an output', () => lines().map(made), `map (node 1) ${refused}`],
    [
      'a value',
      () =>
        pairs()
          .map(([key]) => [key, made()] as const)
          .reduceByKey((a) => a),
      `reduceByKey (node 3) ${refused}`,
    ],
    ['what a reduce makes', () => pairs().runningReduce(made), `runningReduce (node 2) ${refused}`],
  ] as const)('%s holds itself', (_what, stream, message) => {
    const record = run(stream())
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toContain(message)
  })

  it.each<[string, (line: string) => unknown, RegExp]>([
    ['a function', () => () => 1, /with \(\) => 1 as a record, key or value in .*: a function/],
    ['a promise', async () => 1, /with a promise as a record, key or value in /],
    ['a map', () => new Map(), /with \{\} as a record, key or value in /],
    ['a symbol', () => Symbol('s'), /with Symbol\(s\) as a record, key or value in .*: a symbol/],
  ])('a value is what cannot be one: %s', (_what, made, message) => {
    const values = lines().map((line): [string, unknown] => ['k', made(line)])
    const added = (a: unknown, b: unknown): unknown => `${String(a)}${String(b)}`
    expect(run(values.reduceByKey(added)).error?.message).toMatch(message)
  })

  it('a reduce that throws', () => {
    const throwing = pairs().runningReduce(() => {
      throw new Error('no')
    })
    const record = run(throwing)
    expect(record.error?.message).toMatch(
      /runningReduce \(node 2\) of the key 'k' and its values '.*' and '.*' in the tick that ends at 100ms: its function threw Error: no/,
    )
  })

  it.each([
    ['nothing', (() => undefined) as never, 'the record undefined.'],
    ['a promise', (async (line: string) => [line, 1]) as never, 'the record a promise.'],
  ])(
    'what is made for a reduce is no pair: %s',
    (_what, made: (line: string) => [string, number], found) => {
      const record = run(lines().map(made).runningReduce(sum))
      expect(record.error?.message).toContain(
        `runningReduce (node 2) in the tick that ends at 100ms: ${found} keyed operators take`,
      )
    },
  )

  it.each<[string, () => Stream, string]>([
    ['a reduce that returns nothing', () => pairs().runningReduce((() => {}) as never), '100ms'],
    [
      'records without a value',
      () =>
        lines()
          .map((): [string, unknown] => ['k', undefined])
          .runningReduce((a) => a),
      '100ms',
    ],
    [
      'windows that are re-added',
      () => pairs().reduceByWindow('1s', (() => {}) as never, { slide: '500ms' }),
      '500ms',
    ],
    [
      'windows with an inverse',
      () =>
        pairs()
          .map(([key]): [string, unknown] => [key, undefined])
          .reduceByWindow('1s', (a) => a, { slide: '500ms', inverse: (a) => a }),
      '500ms',
    ],
  ])('a table has a row without a value: %s', (_what, stream, tick) => {
    const record = run(stream())
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(
      new RegExp(
        `of the key 'k' in the tick that ends at ${tick}: its value is undefined. in a table, undefined says`,
      ),
    )
  })

  it('a function of a state that throws', () => {
    const throwing = pairs().track(
      () => 1,
      () => {
        throw new Error('no')
      },
    )
    expect(run(throwing).error?.message).toMatch(
      /track \(node 2\) of the key 'k' and its values undefined and \[".* in the tick that ends at 500ms: its function threw Error: no/,
    )
  })

  it('a state that holds itself', () => {
    const record = run(pairs().track(made, made))
    expect(record.error?.message).toContain(`track (node 2) ${refused.replace('100ms', '500ms')}`)
  })

  it('a join of keys that are never equal', () => {
    const all = lines()
    const left = all.map((line): [unknown, string] => ['k', line])
    const right = all.map((line): [unknown, string] => [17, line])
    expect(run(left.join(right)).error?.message).toBe(
      "join (node 3): keys like 'k' (text) on the left and 17 (number) on the right, none equal in 64 of each. A join matches equal keys. Convert one side with map.",
    )
  })

  it('a join of keys that are never equal, of which there are few: told with one of each', () => {
    const all = lines()
    const one = (key: unknown) => all.map((): [unknown, number] => [key, 1]).reduceByKey(sum)
    const { outcome, history } = run(one('k').join(one(17)))
    expect(outcome).toBe('completed')
    expect(joinsApart(history)).toMatchObject([
      { word: 'join', left: "'k' (text)", right: '17 (number)' },
    ])
  })

  it('a join of keys of one type that are never equal, of which there are few: not told', () => {
    const all = lines()
    const one = (key: unknown) => all.map((): [unknown, number] => [key, 1]).reduceByKey(sum)
    expect(joinsApart(run(one('k').join(one('l'))).history)).toEqual([])
  })
}
