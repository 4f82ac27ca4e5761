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

/** Holds the oracle to the plan. Returns how many rows there were: windows' and late ones. */
function check(
  parameters: GivenParameters,
  urls: readonly string[],
  input: InputConfig,
  partitions: number,
): [windows: number, late: number] {
  const pool = poolBytesOf(urls.map((url) => JSON.stringify({ url })))
  const ticks = [...multiplesOf(20 * MS, input.duration)]
  const meant = interpret(planOf(plan(parameters)), recordsOf(pool, input, partitions), ticks)
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
  return [0, 1].map((output) => rowsOf(output).flatMap(({ rows }) => rows).length) as [
    number,
    number,
  ]
}

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
    const urls = fc.array(fc.constantFrom('/a', '/b', '/é'), { minLength: 1, maxLength: 5 })
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
    const [windows, late] = check(parameters, ['/a', '/b', '/c'], input, 2)
    expect(windows).toBeGreaterThan(20)
    expect(late).toBeGreaterThan(20)
  })

  it('knows nothing of an event without a url of text', () => {
    const input = { rate: 1, duration: 1e9 }
    const pool = poolBytesOf(['{"url":5}'])
    const expected = lateViews.oracle().expect({ pool, partitions: 1, input, ticks: [1e9] })
    expect(() => [...expected]).toThrow('the record {"url":5}: an event without a url')
  })
})

it('late-views take a lateness of nothing, and none below it', () => {
  expect(lateViews.plan({ lateness: '0s' }).parameters).toMatchObject({ lateness: '0s' })
  expect(() => lateViews.plan({ lateness: '-1s' })).toThrow(/a duration is a positive number/)
})
