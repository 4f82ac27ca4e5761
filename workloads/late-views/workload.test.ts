import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../../engines/core/columns/value-codec.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { type DueRecord, interpret } from '../../engines/core/interpreter/interpret.ts'
import { type Digest, DigestSum } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import type { InputConfig } from '../../engines/core/run-config.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { digestsOf } from '../naive-oracle.ts'
import { multiplesOf } from '../oracle.ts'
import type { GivenParameters } from '../parameters.ts'
import { lateViews, plan } from './workload.ts'

const MS = 1_000_000

/** 2026-01-31T00:00:00Z, in ms since 1970. */
const AT = 1_769_817_600_000

/** The records of an input, by the engines' log. */
function recordsOf(pool: PoolBytes, input: InputConfig, partitions: number): DueRecord[] {
  const { bytes, offsets } = pool
  const place = { bytes: 65_536, offsets: 65_536, records: offsets.length - 1 }
  const log = createInputLog({ partitions, input }, place)
  const records: DueRecord[] = []
  for (let partition = 0; partition < partitions; partition++) {
    for (let index = 0; index < log.dueBefore(partition, input.duration); index++) {
      log.locate(partition, index, index + 1, ({ first }) => {
        records.push({
          dueAt: log.dueOf(partition, index),
          eventTime: log.eventTimeOf(partition, index),
          value: decodeText(bytes.subarray(offsets[first]!, offsets[first + 1]! - 1)),
        })
      })
    }
  }
  return records
}

function added(digests: readonly Digest[]): Digest {
  const sum = new DigestSum()
  for (const digest of digests) sum.add(digest)
  return sum.take()
}

/** An event without anything but its page; or with when it happened, which is `AT` or near it. */
const eventOf = (url: string, at?: unknown): string => JSON.stringify({ url, at })

/** Holds the oracle to the plan. Returns how many rows there were, windows' and late ones, and how many views they count. */
function check(
  parameters: GivenParameters,
  events: readonly string[],
  input: InputConfig,
  partitions: number,
): Found {
  const pool = poolBytesOf(events)
  const ticks = [...multiplesOf(20 * MS, input.duration)]
  const records = recordsOf(pool, input, partitions)
  const endsAt = input.once ? input.duration : undefined
  const meant = interpret(planOf(plan(parameters)), records, ticks, undefined, endsAt)
  const expected = [...lateViews.oracle(parameters).expect({ pool, partitions, input, ticks })]
  const of = (output: number) => expected.filter((each) => each.output === output)
  const rowsOf = (output: number) => meant.filter((each) => each.output === output)
  expect(of(0).map(({ tick, digests }) => [tick, digests])).toEqual(
    rowsOf(0).map(({ tick, rows }) => [tick, digestsOf(rows, partitions)]),
  )
  // Which partition has a late view depends on its window, of which its row says nothing.
  expect(of(1).map(({ tick, digests }) => [tick, added(digests)])).toEqual(
    rowsOf(1).map(({ tick, rows }) => [tick, digestsOf(rows, 1)[0]]),
  )
  const countsOf = (output: number) =>
    rowsOf(output).flatMap(({ rows }) => rows.map(([, count]) => Number(count)))
  const [windows, late] = [countsOf(0), countsOf(1)]
  expect(total(expected.map(({ late = 0 }) => late))).toBe(total(late))
  return { windows: windows.length, late: late.length, views: total([...windows, ...late]) }
}

interface Found {
  readonly windows: number
  readonly late: number
  readonly views: number
}

const total = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0)

describe('the oracle of late-views', () => {
  it('says what the plan means, however late views are', () => {
    const ms = (least: number, most: number) =>
      fc.integer({ min: least, max: most }).map((count) => `${count}ms`)
    const parameters = fc
      .record({ length: ms(30, 90), slide: ms(10, 30), lateness: ms(0, 50) })
      .map((drawn) => ({ ...drawn, interval: '20ms' }))
    const disorder = fc.record({
      bound: fc.nat(120).map((count) => count * MS),
      share: fc.constantFrom(0, 0.3, 1),
      seed: fc.nat(0xffff_ffff),
    })
    const inputs = fc
      .record({ rate: fc.nat(400), disorder })
      .map((drawn) => ({ ...drawn, duration: 240 * MS }))
    const url = fc.constantFrom('/a', '/b', '/é')
    const urls = fc.array(
      url.map((each) => eventOf(each)),
      { minLength: 1, maxLength: 5 },
    )
    const partitions = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(parameters, urls, inputs, partitions, (...drawn) => {
        check(...drawn)
      }),
      { numRuns: 80 },
    )
  })

  it('speaks of windows and of late views', () => {
    const parameters = { interval: '20ms', length: '40ms', slide: '40ms', lateness: '20ms' }
    const disorder = { bound: 100 * MS, share: 0.5, seed: 1 }
    const input = { rate: 400, duration: 400 * MS, disorder }
    const events = ['/a', '/b', '/c'].map((url) => eventOf(url))
    const { windows, late } = check(parameters, events, input, 2)
    expect(windows).toBeGreaterThan(20)
    expect(late).toBeGreaterThan(20)
  })

  it('counts every view of an input that ends, whatever it says of its time', () => {
    const time = fc.oneof(
      fc.integer({ min: -300, max: 900 }).map((ms) => AT + ms),
      fc.integer({ min: -300, max: 900 }).map((ms) => `${AT + ms}.25`),
      fc.integer({ min: -300, max: 900 }).map((ms) => new Date(AT + ms).toISOString()),
    )
    const event = fc.tuple(fc.constantFrom('/a', '/b', '/é'), time)
    const events = fc.array(event, { maxLength: 30 })
    const slides = fc.constantFrom(1, 2, 3)
    const shapes = fc.record({ partitions: fc.integer({ min: 1, max: 4 }), rate: fc.nat(400) })
    fc.assert(
      fc.property(events, slides, shapes, fc.boolean(), (drawn, slide, shape, saysTime) => {
        const { partitions } = shape
        // Of each partition, some record a second.
        const input = { rate: shape.rate + partitions, duration: 30_000 * MS, once: true } as const
        const own = { time: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' }
        const parameters = {
          ...{ interval: '20ms', length: '60ms', slide: `${20 * slide}ms`, lateness: '30ms' },
          ...(saysTime && own),
        }
        const records = drawn.map(([url, at]) => eventOf(url, at))
        const { views } = check(parameters, records, input, partitions)
        // A view is in as many windows as begin within a length; where 40 ms do not divide it, in one or two.
        if (slide !== 2) expect(views).toBe((drawn.length * 3) / slide)
        else expect(views).toBeGreaterThanOrEqual(drawn.length)
      }),
      { numRuns: 40 },
    )
  })

  it('knows nothing of an event without its time', () => {
    const input = { rate: 1, duration: 1e9 }
    const own = { time: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' }
    for (const at of [undefined, null, 'yesterday', '2026-01-31T00:00:00', AT * 1e6]) {
      const pool = poolBytesOf([eventOf('/a', at)])
      const expected = lateViews.oracle(own).expect({ pool, partitions: 1, input, ticks: [1e9] })
      expect(() => [...expected], String(at)).toThrow(/^the truth for the (time|record) /)
    }
  })

  it('knows nothing of an event without a url of text', () => {
    const input = { rate: 1, duration: 1e9 }
    const pool = poolBytesOf(['{"url":5}'])
    const expected = lateViews.oracle().expect({ pool, partitions: 1, input, ticks: [1e9] })
    expect(() => [...expected]).toThrow('the record {"url":5}: an event without a url')
  })
})

it('late-views take an origin that is an instant', () => {
  const parameters = lateViews.plan({ time: 'at', origin: 'today' }).parameters
  expect(() => plan(parameters)).toThrow('the origin of the times in the field at: "today".')
})

it('late-views take a lateness of nothing, and none below it', () => {
  expect(lateViews.plan({ lateness: '0s' }).parameters).toMatchObject({ lateness: '0s' })
  expect(() => lateViews.plan({ lateness: '-1s' })).toThrow(/a duration is a positive number/)
})
