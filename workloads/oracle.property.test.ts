/**
 * Laws: every workload's oracle equals the naive one (`naive-oracle.ts`), tick by tick and partition by partition, for any
 * pool, rate, number of partitions, ticks, and parameters.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../engines/core/input/pool.ts'
import { digestOfRows } from '../engines/core/output/digest.ts'
import { longerThan, prefix, words } from '../engines/core/plan/functions.ts'
import { workloadNamed } from './index.ts'
import { changesOf, countsAt, dueTexts, type TableAt, topAt } from './naive-oracle.ts'
import { type ExpectedTick, multiplesOf, type OracleInput } from './oracle.ts'

const MS = 1_000_000

/** Few letters, so that words meet again; every kind of blank; a byte 0xA0, which is none; bytes that are not UTF-8. */
const line = fc
  .array(
    fc.constantFrom('a', 'b', 'ab', ' ', ' ', '\t', '\r', '\xa0', '\xc3\xa9', '\xff', 'long-word'),
    {
      maxLength: 12,
    },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

/** Lines of two words, many of them: so long spans that the oracle takes its marks. */
const longPool = fc
  .array(fc.constantFrom('x', 'y x', 'x x x x'), { minLength: 30, maxLength: 60 })
  .map((lines) => poolBytesOf(lines))

const pools = fc.oneof(
  fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => poolBytesOf(lines)),
  longPool,
)

const inputs = fc
  .record({
    pool: pools,
    partitions: fc.integer({ min: 1, max: 5 }),
    rate: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(2_000, 5_000)),
    duration: fc.constantFrom(120 * MS, 240 * MS),
    cuts: fc.array(fc.integer({ min: 1, max: 239 }), { maxLength: 10 }),
    once: fc.boolean(),
  })
  .map(({ pool, partitions, rate, duration, cuts, once }): OracleInput => {
    // Ticks may be of any length, and include the periods of the windows below.
    const ticks = new Set([...multiplesOf(20 * MS, duration), ...cuts.map((cut) => cut * MS)])
    const within = [...ticks].filter((tick) => tick <= duration).sort((a, b) => a - b)
    const bounded = once ? { once, history: { duration, rate } } : {}
    return { pool, partitions, input: { rate, duration, ...bounded }, ticks: within }
  })

const windows = fc.constantFrom(
  { length: '20ms', slide: '20ms' },
  { length: '60ms', slide: '20ms' },
  { length: '80ms', slide: '40ms' },
)
const nanosOf = (duration: string) => Number.parseInt(duration, 10) * MS
const slidesOf = (slide: string, { input }: OracleInput) =>
  multiplesOf(nanosOf(slide), input.duration)

function check(actual: Iterable<ExpectedTick>, expected: Iterable<ExpectedTick>): void {
  expect([...actual]).toEqual([...expected])
}

describe('the oracle of', () => {
  it('word-count, running, is the naive one', () => {
    const options = fc.record({
      longerThan: fc.constantFrom(0, 1, 2),
      prefix: fc.constantFrom(0, 1, 2),
    })
    fc.assert(
      fc.property(inputs, options, (input, parameters) => {
        const keysOf = (record: string) => {
          const { longerThan: more, prefix: first } = parameters
          const kept = words(record).filter((word) => more === 0 || longerThan(more)(word))
          return first === 0 ? kept : kept.map(prefix(first))
        }
        check(
          workloadNamed('word-count').oracle(parameters).expect(input),
          changesOf(countsAt(input, keysOf), input.ticks, input.partitions),
        )
      }),
      { numRuns: 80 },
    )
  })

  it('word-count in a window is the naive one, re-added or by inverse', () => {
    const modes = fc.constantFrom('window', 'window-inverse')
    fc.assert(
      fc.property(inputs, windows, modes, (input, { length, slide }, mode) => {
        const table = countsAt(input, words, nanosOf(length))
        check(
          workloadNamed('word-count').oracle({ mode, length, slide }).expect(input),
          changesOf(table, slidesOf(slide, input), input.partitions),
        )
      }),
      { numRuns: 80 },
    )
  })

  it('top-k is the naive one', () => {
    const ranks = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(inputs, windows, ranks, (input, { length, slide }, k) => {
        const table = topAt(countsAt(input, words, nanosOf(length)), k)
        check(
          workloadNamed('top-k').oracle({ length, slide, k }).expect(input),
          changesOf(table, slidesOf(slide, input), 1),
        )
      }),
      { numRuns: 80 },
    )
  })

  it('grep is the naive one', () => {
    const patterns = fc.constantFrom('a', 'ab', 'é', '\udcff', 'x y', 'zzz')
    fc.assert(
      fc.property(inputs, patterns, (input, pattern) => {
        const bytes = Buffer.from(pattern === '\udcff' ? [0xff] : pattern)
        let from = 0
        const expected = [...input.ticks].map((tick) => {
          const digests = dueTexts(input, from, tick).map((records) =>
            digestOfRows(
              records
                .filter((record) => holds(record, bytes))
                .map((record) => [record, 1] as const),
            ),
          )
          from = tick
          return { output: 0, tick, digests }
        })
        check(workloadNamed('grep').oracle({ pattern }).expect(input), expected)
      }),
      { numRuns: 80 },
    )
  })

  it('page-views is the naive one, whatever the urls', () => {
    const urls = fc.string({ unit: 'binary', maxLength: 4 }).filter((url) => url.isWellFormed())
    const events = fc.array(fc.tuple(fc.oneof(urls, fc.constantFrom('/a', '/b')), fc.boolean()), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(events, inputs, (views, { ticks, ...rest }) => {
        const lines = views.map(([url, isEscaped]) => {
          const json = JSON.stringify({ url, user: 'u' })
          return isEscaped ? json.replace(/[^\0-~]/g, escapeOf) : json
        })
        const input = { ...rest, ticks, pool: poolBytesOf(lines) }
        const table = countsAt(input, (record) => [JSON.parse(record).url])
        check(
          workloadNamed('page-views').oracle().expect(input),
          changesOf(table, ticks, input.partitions),
        )
      }),
      { numRuns: 80 },
    )
  })

  it('sessions is the naive one', () => {
    const clients = fc.constantFrom('a', 'b', 'é', 'c', 'd')
    const events = fc.array(fc.tuple(clients, fc.constantFrom('view', 'view', 'click', 'exit')), {
      minLength: 1,
      maxLength: 12,
    })
    const lengths = fc.constantFrom(
      { interval: '20ms', timeout: '20ms' },
      { interval: '20ms', timeout: '60ms' },
      { interval: '40ms', timeout: '80ms' },
    )
    fc.assert(
      fc.property(events, inputs, lengths, (drawn, rest, { interval, timeout }) => {
        const lines = drawn.map(([client, type]) => JSON.stringify({ client, type }))
        const input = { ...rest, pool: poolBytesOf(lines) }
        const table = sessionsAt(input, nanosOf(interval), nanosOf(timeout))
        check(
          workloadNamed('sessions').oracle({ interval, timeout }).expect(input),
          changesOf(table, slidesOf(interval, input), input.partitions),
        )
      }),
      { numRuns: 80 },
    )
  })
})

/** Views of each session at the end of an interval: all intervals so far, one after the other. */
function sessionsAt(input: OracleInput, interval: number, timeout: number): TableAt {
  return (instant) => {
    const views = new Map<string, number>()
    const last = new Map<string, number>()
    for (let end = interval; end <= instant; end += interval) {
      const events = dueTexts(input, end - interval, end)
        .flat()
        .map((record) => JSON.parse(record) as { client: string; type: string })
      for (const { client, type } of events) {
        if (type === 'exit') continue
        views.set(client, (views.get(client) ?? 0) + 1)
        last.set(client, end)
      }
      for (const { client, type } of events) if (type === 'exit') views.delete(client)
      for (const client of [...views.keys()]) {
        if (last.get(client)! + timeout <= end) views.delete(client)
      }
    }
    return views
  }
}

describe('an oracle', () => {
  const pool = poolBytesOf(['a b', 'b'])
  const input = { pool, partitions: 2, input: { rate: 10, duration: 1_000 * MS } }

  it('gives the same for a pool that it knows', () => {
    const oracle = workloadNamed('word-count').oracle()
    const ticks = [...multiplesOf(100 * MS, 1_000 * MS)]
    const first = [...oracle.expect({ ...input, ticks })]
    expect([...oracle.expect({ ...input, ticks })]).toEqual(first)
    expect(first.length).toBe(10)
  })

  it('throws for what the plan would fail on', () => {
    const ticks = [1_000 * MS]
    expect(() => [
      ...workloadNamed('page-views')
        .oracle()
        .expect({ ...input, ticks }),
    ]).toThrow()
    const events = { ...input, ticks, pool: poolBytesOf(['{"user":"u"}']) }
    expect(() => [...workloadNamed('page-views').oracle().expect(events)]).toThrow(
      /^the truth for the record \{"user":"u"\}: an event without a url\. .*such as \{"url":"\/a"\}.*Leave such records out/,
    )
  })
})

function holds(record: string, bytes: Buffer): boolean {
  // Escaped bytes back to bytes, without the code that the oracle is checked for.
  const raw = record.replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0)!
    return code >= 0xdc80 && code <= 0xdcff
      ? String.fromCharCode(code - 0xdc00)
      : Buffer.from(character).toString('latin1')
  })
  return Buffer.from(raw, 'latin1').includes(bytes)
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
