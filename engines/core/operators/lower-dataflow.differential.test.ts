/**
 * Lowered dataflows against the interpreter: random plans on random lines, run by the smallest engine there is (one
 * process, one tick after the other), with kernels and without.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import type { ProcessSetup } from '../engine.ts'
import { UserFunctionError } from '../errors.ts'
import { poolBytesOf, poolFootprint, writePool } from '../input/pool.ts'
import { type DueRecord, interpret } from '../interpreter/interpret.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { digestOfRows } from '../output/digest.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import {
  contains,
  difference,
  longerThan,
  lowerCase,
  prefix,
  sum,
  withOne,
  words,
} from '../plan/functions.ts'
import { type EventStream, planOf, readStream, type Stream } from '../plan/stream.ts'
import { lowerDataflow } from './lower-dataflow.ts'
import { runTicks, type TickedRecord } from './lowered-runner.fixture.ts'

type Mode = 'columns' | 'plain'

const PARTITIONS = 3
const HALF = 500_000_000
const memory = RunMemory.reserve(256 * PAGE_BYTES)

function run(
  stream: Stream,
  lines: readonly string[],
  mode: Mode,
  keepRows: boolean,
  tick: number,
) {
  const dataflow = buildDataflow(planOf(stream))
  const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 254 * PAGE_BYTES })
  const bytes = poolBytesOf(lines)
  const pool = writePool(memory, region.allocate(poolFootprint(bytes)), bytes)
  const config = { kernels: mode, partitions: PARTITIONS, keepRows, digests: true, input: {} }
  const kernels = loadKernels(memory, mode)
  const setup = { config, dataflow, kernels } as unknown as ProcessSetup
  const lowered = lowerDataflow(setup, region)
  const records = lines.map((_, index): TickedRecord => {
    return { pool, index, dueAt: index * 200_000_000, partition: index % PARTITIONS }
  })
  return { dataflow, ticks: runTicks(dataflow, lowered, { records, tick, partitions: PARTITIONS }) }
}

function check(make: () => Stream, lines: readonly string[], tick = HALF): void {
  for (const mode of ['columns', 'plain'] as const) {
    for (const keepRows of [true, false]) {
      const { ticks } = run(make(), lines, mode, keepRows, tick)
      const ends = [...new Set(ticks.map((each) => each.tick))]
      const due = lines.map((value, i): DueRecord => ({ dueAt: i * 200_000_000, value }))
      const expected = interpret(planOf(make()), due, allTicks(lines, tick))
      expect(ends.length).toBeGreaterThan(0)
      const shown = ticks.map(({ output, tick, rows, digest }) => ({
        output,
        tick,
        ...(keepRows && { rows: sorted(rows) }),
        digest,
      }))
      const wanted = expected.map(({ output, tick, rows }) => ({
        output,
        tick,
        ...(keepRows && { rows: sorted(rows) }),
        digest: digestOfRows(rows),
      }))
      const order = (a: { output: number; tick: number }, b: { output: number; tick: number }) =>
        a.tick - b.tick || a.output - b.output
      expect(shown.sort(order)).toEqual(wanted.sort(order))
    }
  }
}

function allTicks(lines: readonly string[], tick: number): number[] {
  const end = Math.ceil((lines.length * 200_000_000) / 6e9 + 1) * 6e9
  return Array.from({ length: end / tick }, (_, i) => (i + 1) * tick)
}

function sorted(rows: readonly (readonly [unknown, unknown])[]): string[] {
  return rows
    .map((row) => {
      const { body } = encodeCanonical([...row])
      return `${Buffer.from(body).toString('hex')} ${JSON.stringify(row)}`
    })
    .sort()
}

const lines = () => readStream<string>('file:lines.txt', '1s')

const CHAINS: readonly ((stream: EventStream<string>) => EventStream<string>)[] = [
  (stream) => stream.flatMap(words),
  (stream) => stream.filter(contains('a')),
  (stream) => stream.filter(longerThan(2)),
  (stream) => stream.map(prefix(2)),
  (stream) => stream.map(lowerCase),
  (stream) => stream.map((text) => text.trim()),
  (stream) => stream.filter((text) => text !== 'b'),
  (stream) => stream.union(stream.flatMap(words)),
  (stream) => stream.window('2s'),
]

const PAIRS: readonly ((stream: EventStream<string>) => EventStream<[unknown, number]>)[] = [
  (stream) => stream.map(withOne),
  (stream) => stream.map(withOne),
  (stream) => stream.map((text) => [text.length, text.length]),
  (stream) => stream.keyBy((text) => text.at(0)).map(([key, text]) => [[key], text.length]),
  (stream) => stream.map(withOne).union(stream.map(prefix(1)).map(withOne)),
  (stream) => stream.map(withOne).reduceByKey(sum),
  (stream) => stream.map(withOne).window('2s', '2s').reduceByKey(sum),
  (stream) =>
    stream
      .map(withOne)
      .runningReduce(sum)
      .changes()
      .map(([key, value]) => [key, value ?? 0]),
  (stream) =>
    stream
      .map(withOne)
      .reduceByWindow('2s', sum, difference)
      .changes()
      .filter(([, value]) => value !== undefined) as EventStream<[unknown, number]>,
]

const ENDS: readonly ((stream: EventStream<[unknown, number]>) => Stream)[] = [
  (stream) => stream,
  (stream) => stream.reduceByKey(sum),
  (stream) => stream.reduceByKey((a, b) => Math.max(a, b)).union(stream),
  (stream) => stream.runningReduce(sum),
  (stream) => stream.runningReduce((a, b) => Math.min(a, b)).changes(),
  (stream) => stream.runningReduce(sum).topK(2),
  (stream) => stream.reduceByWindow('4s', sum, { slide: '2s' }),
  (stream) => stream.reduceByWindow('2s', sum, { slide: '2s', inverse: difference }),
  (stream) => stream.reduceByWindow('6s', (a, b) => Math.max(a, b), { slide: '2s' }).topK(3),
  (stream) =>
    stream.reduceByWindow('2s', sum, { slide: '2s', inverse: difference }).topK(2).changes(),
  (stream) => stream.countByWindow('2s', { slide: '2s' }),
  (stream) => {
    const counts = stream.runningReduce(sum).collect('counts')
    counts.topK(1).collect('top')
    return counts.changes().collect('changes')
  },
]

const line = fc
  .array(
    fc.constantFrom('a', 'B', 'b', 'é', 'aa', 'a long word with many letters', '\udc80', ' ', '\t'),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(' '))

test('lowered plans give what the interpreter gives', () => {
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.array(fc.constantFrom(...CHAINS), { maxLength: 3 }),
      fc.constantFrom(...PAIRS),
      fc.constantFrom(...ENDS),
      fc.constantFrom(HALF, 250_000_000, 1_000_000_000),
      (texts, chain, pairs, end, tick) => {
        const make = () => end(pairs(chain.reduce((stream, each) => each(stream), lines())))
        try {
          buildDataflow(planOf(make()))
        } catch {
          // Lengths that do not fit the slide before them: the builder's tests are elsewhere.
          return
        }
        check(make, texts, tick)
      },
    ),
    { numRuns: 100 },
  )
})

const TEXT = ['a b a', 'B a', '', 'c  a', 'b']

test.each([
  ['text', () => lines().filter(contains('a'))],
  ['text pairs', () => lines().flatMap(words).map(withOne)],
  ['lines as they are', lines],
  ['a window of lines', () => lines().window('2s')],
  ['a sum of words', () => lines().flatMap(words).map(withOne).runningReduce(sum)],
  [
    'two unlike tables into one output',
    () => {
      const ones = lines().flatMap(words).map(withOne)
      const maxima = ones.runningReduce((a, b) => Math.max(a, b)).changes()
      return ones.runningReduce(sum).changes().union(maxima)
    },
  ],
] as const)('%s', (_what, make) => check(make, TEXT))

test('kernels are picked by the rule', () => {
  const kinds = (stream: Stream, mode: Mode = 'columns') => {
    const dataflow = buildDataflow(planOf(stream))
    const region = new Region(memory, { name: 'test', base: PAGE_BYTES, size: 254 * PAGE_BYTES })
    const config = { kernels: mode, partitions: PARTITIONS, input: {} }
    const setup = { config, dataflow, kernels: loadKernels(memory, mode) }
    const lowered = lowerDataflow(setup as unknown as ProcessSetup, region)
    return dataflow.operators
      .filter(({ kind }) => kind !== 'source')
      .map(({ id }) => lowered.tables(id).kind)
  }
  const ones = () => lines().flatMap(words).map(withOne)
  expect(kinds(ones().runningReduce(sum))).toEqual(['columns'])
  expect(kinds(ones().runningReduce(sum), 'plain')).toEqual(['plain'])
  expect(kinds(ones().runningReduce((a, b) => a + b))).toEqual(['plain'])
  expect(kinds(ones().reduceByWindow('2s', sum, difference).topK(2))).toEqual([
    'columns',
    'columns',
    'plain',
  ])
  expect(kinds(ones().reduceByWindow('2s', sum, (a, b) => a - b))).toEqual(['plain'])
  expect(kinds(ones().union(lines().map(withOne)).runningReduce(sum))).toEqual(['columns'])
  const both = ones().union(lines().map((text) => [text, 1]))
  expect(kinds(both.runningReduce(sum))).toEqual(['plain'])
  expect(
    kinds(
      ones()
        .filter(([word]) => word !== '')
        .runningReduce(sum),
    ),
  ).toEqual(['plain'])
  expect(kinds(ones().reduceByKey(sum).runningReduce(sum))).toEqual(['columns', 'plain'])
  expect(kinds(lines().countByWindow('2s'))).toEqual(['plain'])
})

describe('an error of a user’s function names operator, record and time', () => {
  const five = ['x', 'y', 'z', 'u', 'v']
  const fails = (stream: Stream, message: string, texts: readonly string[] = five): void => {
    for (const mode of ['columns', 'plain'] as const) {
      const running = () => run(stream, texts, mode, false, HALF)
      expect(running).toThrow(UserFunctionError)
      expect(running).toThrow(message)
    }
  }
  const no = (): never => {
    throw new Error('no')
  }
  /** A sum of these says which records are in it. */
  const bit = (text: string): number => 1 << (text < 'u' ? 'abcdefghij' : 'xyzuv').indexOf(text)
  const at = 'in the tick that ends at 500ms'

  test('a reduce that throws: the key and both values', () => {
    const failing = lines()
      .map((): [string, number] => ['k', 1])
      .runningReduce(no)
    const where = "runningReduce (node 2) of the key 'k' and its values 1 and 1"
    fails(failing, `${where} ${at}: its function threw Error: no`)
  })

  test('a reduce that throws in a table, where ticks meet', () => {
    const failing = lines()
      .map((text): [string, number] => ['k', bit(text)])
      .runningReduce((a, b) => (a === 0b111 ? no() : a + b))
    const where = "runningReduce (node 2) of the key 'k' and its values 7 and 24"
    fails(failing, `${where} in the tick that ends at 1s: its function threw Error: no`)
  })

  test('an inverse that throws', () => {
    const ten = [...'abcdefghij']
    const failing = lines()
      .map((text): [string, number] => ['k', bit(text)])
      .reduceByWindow('2s', (a, b) => a + b, no)
    const where = "reduceByWindow (node 2) of the key 'k' and its values 1023 and 7"
    fails(failing, `${where} in the tick that ends at 3s: its function threw Error: no`, ten)
  })

  const itself: Record<string, unknown> = {}
  itself.self = itself
  const holds = 'an object that holds itself. records are text'
  const promise = Promise.resolve(1)

  test.each([
    ['holds itself', itself, '{"self":"[itself]"}', 'an object that holds itself'],
    ['a function', { f: () => 1 }, '{"f":"[function]"}', 'a function'],
    ['a symbol', Symbol('s'), 'Symbol(s)', 'a symbol'],
    ['a promise', promise, 'a promise', 'an object of class Promise'],
  ])('what a map makes cannot be encoded: %s', (_what, made, shown, found) => {
    const refused = `with ${shown} as a record, key or value ${at}: ${found}. records are text`
    // As a record of an output, a key, a value, and a record of a window.
    fails(
      lines().map(() => made),
      `map (node 1) ${refused}`,
    )
    const first = (a: unknown) => a
    fails(
      lines()
        .map((text): [unknown, string] => [made, text])
        .runningReduce(first as never),
      `map (node 1) ${refused}`,
    )
    fails(
      lines()
        .map((text): [string, unknown] => [text, made])
        .runningReduce(first as never),
      `runningReduce (node 2) ${refused}`,
    )
    fails(
      lines()
        .map(() => made)
        .window('1s'),
      `window (node 2) ${refused}`,
    )
  })

  test('what a reduce makes cannot be encoded', () => {
    const single = lines().map((text): [string, unknown] => ['k', text])
    fails(
      single.runningReduce(() => itself),
      `runningReduce (node 2) with {"self":"[itself]"} as a record, key or value ${at}: ${holds}`,
    )
  })
})
