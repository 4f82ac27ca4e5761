/** The disorder of an input, written twice, and specified in the README: all three agree. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DISORDER_BOUND_MAX, latenessOf as engineLateness } from '../engines/core/input/disorder.ts'
import { createInputLog } from '../engines/core/input/looping-log.ts'
import { poolBytesOf } from '../engines/core/input/pool.ts'
import type { InputConfig } from '../engines/core/run-config.ts'
import { latenessOf, StampedCursor } from './oracle-disorder.ts'

const MS = 1_000_000

const disorder = fc.record({
  bound: fc.oneof(fc.integer({ min: 0, max: DISORDER_BOUND_MAX }), fc.nat(100)),
  share: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)),
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
})

const READERS = { engines: engineLateness, oracles: latenessOf }

describe.each(Object.entries(READERS))('the lateness of the %s', (_, lateness) => {
  it('has the vectors of the README', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| partition (\d+), records (\d+) to (\d+) \| (.*) \|$/gm)]
    expect(rows).toHaveLength(2)
    for (const [, partition, from, to, shown] of rows) {
      const vectors = Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) =>
        lateness({ bound: 1_000 * MS, share: 0.9, seed: 1 }, Number(partition), Number(from) + at),
      )
      expect(vectors.join(', ')).toBe(shown)
    }
  })
})

describe('a cursor of the oracles', () => {
  /** What it visits in a partition, step by step. */
  function visited(
    input: InputConfig,
    partitions: number,
    records: number,
    cuts: readonly number[],
  ) {
    const pool = poolBytesOf(Array.from({ length: records }, (_, record) => `${record}`))
    const cursor = new StampedCursor({ pool, partitions, input, ticks: [] })
    return Array.from({ length: partitions }, (_, partition) =>
      [...cuts, input.duration].flatMap((instant) => {
        const seen: (readonly [record: number, eventTime: number])[] = []
        cursor.advance(partition, instant, (record, eventTime) => seen.push([record, eventTime]))
        return seen
      }),
    )
  }

  /** The same by the engines' log. */
  function logged(input: InputConfig, partitions: number, records: number) {
    const log = createInputLog({ partitions, input }, { bytes: 65_536, offsets: 65_536, records })
    return Array.from({ length: partitions }, (_, partition) => {
      const seen: (readonly [record: number, eventTime: number])[] = []
      let index = 0
      log.locate(partition, 0, log.dueBefore(partition, input.duration), ({ first, count }) => {
        for (let at = 0; at < count; at++) {
          seen.push([first + at, log.eventTimeOf(partition, index)])
          index += 1
        }
      })
      return seen
    })
  }

  it('sees each record once, and when it happened, as the engines’ log does', () => {
    const span = fc.nat(300).map((ms) => ms * MS)
    const rate = fc.nat(200)
    const history = fc.record({
      duration: fc.constant(300 * MS),
      rate,
      leaving: fc.record({ duration: span, rate }),
    })
    const inputs = fc.record({ rate, duration: fc.constant(600 * MS), disorder, history })
    const cuts = fc.array(fc.nat(700).map((ms) => ms * MS)).map((all) => all.sort((a, b) => a - b))
    fc.assert(
      fc.property(
        fc.oneof(
          inputs,
          inputs.map(({ rate, duration, disorder }) => ({ rate, duration, disorder })),
          // A rate with which every partition has one.
          fc
            .oneof(fc.constant(0), fc.integer({ min: 5, max: 200 }))
            .map((rate) => ({ rate, duration: 10_000 * MS, once: true as const })),
        ),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 7 }),
        cuts,
        (input, partitions, records, instants) => {
          expect(visited(input, partitions, records, instants)).toEqual(
            logged(input, partitions, records),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('sees each record of an input that ends once, as the engines’ log does', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(40), fc.nat(4))
    fc.assert(
      fc.property(shapes, fc.nat(500), ([partitions, records, more], cut) => {
        // Every partition has a share of the rate, or all is due at 0.
        const rate = more === 0 ? 0 : partitions * more
        const input = { rate, duration: 60_000 * MS, once: true } as const
        expect(visited(input, partitions, records, [cut * MS])).toEqual(
          logged(input, partitions, records),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('sees what arrived when it arrived', () => {
    const pool = poolBytesOf(['a', 'b', 'c'])
    const arrivals = [Float64Array.of(1, 5), Float64Array.of(2)]
    const input = { rate: 0, duration: 5 }
    const cursor = new StampedCursor({ pool, partitions: 2, input, ticks: [], arrivals })
    const seen: number[][] = []
    for (const partition of [0, 1]) {
      cursor.advance(partition, 9, (record, eventTime) => seen.push([partition, record, eventTime]))
    }
    expect(seen).toEqual([
      [0, 0, 1],
      [1, 2, 2],
    ])
  })
})
