/**
 * Laws of the looping log: `dueBefore` and `dueOf` equal BigInt arithmetic at any instant of an hour and any rate;
 * `dueBefore(t) = #{i : dueOf(i) < t}`; shares add up to the rate; `locate` visits every record once, in order.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInputLog } from './looping-log.ts'

const HOUR = 3_600_000_000_000
const poolOf = (records: number) => ({ bytes: 65_536, offsets: 65_536, records })

const instants = fc.oneof(fc.integer({ min: 0, max: HOUR }), fc.integer({ min: 0, max: 2_000_000 }))
const rates = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000_000 }),
  fc.integer({ min: 1, max: 1_000 }),
  fc.constantFrom(1, 3, 7, 999_999_999, 1_000_000_000, 333_333_333, 30_000_000),
)

describe('the looping log', () => {
  it('counts due records as BigInt does', () => {
    fc.assert(
      fc.property(rates, instants, (rate, instant) => {
        const log = createInputLog({ partitions: 1, input: { rate, duration: HOUR } }, poolOf(1))
        const product = BigInt(instant) * BigInt(rate)
        expect(BigInt(log.dueBefore(0, instant))).toBe((product + 999_999_999n) / 1_000_000_000n)
      }),
      { numRuns: 5_000 },
    )
  })

  it('gives due instants as BigInt does, and counts them', () => {
    fc.assert(
      fc.property(rates, instants, (rate, instant) => {
        const log = createInputLog({ partitions: 1, input: { rate, duration: HOUR } }, poolOf(1))
        const index = Math.max(0, log.dueBefore(0, instant) - 1)
        const due = log.dueOf(0, index)
        expect(BigInt(due)).toBe((BigInt(index) * 1_000_000_000n) / BigInt(rate))
        expect(log.dueBefore(0, due)).toBeLessThanOrEqual(index)
        expect(log.dueBefore(0, due + 1)).toBeGreaterThan(index)
      }),
      { numRuns: 5_000 },
    )
  })

  it('shares the rate, the first partitions getting one more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 64 }),
        (rate, partitions) => {
          const input = { rate, duration: 1_000_000_000 }
          const log = createInputLog({ partitions, input }, poolOf(10))
          const counts = Array.from({ length: partitions }, (_, p) =>
            log.dueBefore(p, 1_000_000_000),
          )
          expect(counts.reduce((a, b) => a + b)).toBe(rate)
          expect(counts).toEqual([...counts].sort((a, b) => b - a))
          expect(counts[0]! - counts[partitions - 1]!).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('has no record that is due at the end or later', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 1_000_000 }), (rate, duration) => {
        const log = createInputLog({ partitions: 1, input: { rate, duration } }, poolOf(10))
        const count = log.dueBefore(0, HOUR)
        expect(log.dueOf(0, count - 1)).toBeLessThan(duration)
        expect(BigInt(count) * 1_000_000_000n).toBeGreaterThanOrEqual(
          BigInt(duration) * BigInt(rate),
        )
        expect(log.dueBefore(0, -5)).toBe(0)
      }),
    )
  })

  it('has each stretch of a history at its own rate, one after the other', () => {
    const short = fc.integer({ min: 0, max: 1_000_000_000 })
    const slow = fc.integer({ min: 0, max: 1_000 })
    fc.assert(
      fc.property(
        fc.tuple(short, short, short),
        fc.tuple(slow, slow, slow),
        fc.integer({ min: 0, max: 3_000_000_000 }),
        ([leaving, thin, own], rates, instant) => {
          const history = {
            duration: leaving + thin,
            rate: rates[1],
            leaving: { duration: leaving, rate: rates[0] },
          }
          const input = { rate: rates[2], duration: leaving + thin + own, history }
          const log = createInputLog({ partitions: 1, input }, poolOf(1))
          let expected = 0n
          let from = 0
          for (const [index, length] of [leaving, thin, own].entries()) {
            const within = BigInt(Math.max(0, Math.min(instant - from, length)))
            expected += (within * BigInt(rates[index]!) + 999_999_999n) / 1_000_000_000n
            from += length
          }
          const count = log.dueBefore(0, instant)
          expect(BigInt(count)).toBe(expected)
          if (count > 0) expect(log.dueOf(0, count - 1)).toBeLessThan(instant)
          if (count < log.dueBefore(0, from)) {
            expect(log.dueOf(0, count)).toBeGreaterThanOrEqual(Math.min(instant, from))
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('visits the records of a range in order, cut where the pool wraps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(8),
        fc.nat(60),
        fc.nat(60),
        (records, partitions, draw, from, count) => {
          const partition = draw % partitions
          const input = { rate: 1_000, duration: 1_000_000_000 }
          const log = createInputLog({ partitions, input }, poolOf(records))
          const visited: number[] = []
          log.locate(partition, from, from + count, (range) => {
            expect(range.count).toBeGreaterThan(0)
            expect(range.first + range.count).toBeLessThanOrEqual(records)
            for (let i = 0; i < range.count; i++) visited.push(range.first + i)
          })
          const start = Math.floor((partition * records) / partitions)
          expect(visited).toEqual(
            Array.from({ length: count }, (_, i) => (start + from + i) % records),
          )
        },
      ),
    )
  })

  it('refuses rates, durations and pools that cannot be', () => {
    const log = (rate: number, duration: number, records: number) => () =>
      createInputLog({ partitions: 2, input: { rate, duration } }, poolOf(records))
    expect(log(1.5, 1_000, 1)).toThrow(/a rate is a whole number/)
    expect(log(-1, 1_000, 1)).toThrow(/a rate is a whole number/)
    expect(log(2_000_000_001, 1_000, 1)).toThrow(/a rate is a whole number/)
    expect(log(1, 0.5, 1)).toThrow(/a duration is a whole number/)
    expect(log(1, 1_000, 0)).toThrow(/a pool without records/)
    expect(log(0, 1_000, 0)).not.toThrow()
  })
})
