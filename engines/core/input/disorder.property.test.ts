/**
 * Laws of disorder:
 *
 * 1. a lateness is from 0 to the bound, and is what BigInt arithmetic says;
 * 2. with a bound or a share of 0 nothing is late, and the log is what it is without disorder;
 * 3. about `share` of the records are late, by half the bound on average, whatever seed, partition and place;
 * 4. disorder changes when records happened, never which are due when.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InputDisorder } from '../run-config.ts'
import { milliseconds, seconds } from '../units.ts'
import { DISORDER_BOUND_MAX, latenessOf } from './disorder.ts'
import { createInputLog } from './looping-log.ts'

const bounds = fc.oneof(
  fc.integer({ min: 0, max: DISORDER_BOUND_MAX }),
  fc.integer({ min: 0, max: 9 }),
  fc.constant(DISORDER_BOUND_MAX),
)
const seeds = fc.integer({ min: 0, max: 0xffff_ffff })
const partitions = fc.nat(8_191)
const indices = fc.oneof(fc.nat(1_000_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))

const WORD = 2n ** 32n

/** The rule of `workloads/README.md` in BigInt. */
function exactly({ bound, seed }: InputDisorder, partition: number, index: number): bigint {
  const mix = (sum: bigint): bigint => {
    let h = sum % WORD
    h = ((h ^ (h >> 16n)) * 0x85ebca6bn) % WORD
    h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) % WORD
    return h ^ (h >> 16n)
  }
  const step = 0x9e3779b9n
  const which = mix(mix(mix(BigInt(seed)) + BigInt(partition) + step) + BigInt(index) + step)
  return (BigInt(bound) * (mix(which + step) + 1n)) / WORD
}

describe('a lateness', () => {
  it('is at most the bound, and what BigInt arithmetic says', () => {
    fc.assert(
      fc.property(bounds, seeds, partitions, indices, (bound, seed, partition, index) => {
        const disorder = { bound, share: 1, seed }
        const lateness = latenessOf(disorder, partition, index)
        expect(lateness).toBeLessThanOrEqual(bound)
        expect(BigInt(lateness)).toBe(exactly(disorder, partition, index))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is drawn for a share of the records, by half the bound on average', () => {
    const drawn = fc.tuple(seeds, partitions, fc.nat(2 ** 33), fc.constantFrom(0.1, 0.5, 0.9))
    fc.assert(
      fc.property(drawn, ([seed, partition, from, share]) => {
        const bound = seconds(1)
        const count = 4_000
        const late = Array.from({ length: count }, (_, at) =>
          latenessOf({ bound, share, seed }, partition, from + at),
        ).filter((lateness) => lateness > 0)
        // Eight standard deviations.
        expect(Math.abs(late.length / count - share)).toBeLessThan(8 * 0.5 * count ** -0.5)
        const mean = late.reduce((sum, lateness) => sum + lateness, 0) / late.length / bound
        expect(Math.abs(mean - 0.5)).toBeLessThan(8 * 0.29 * late.length ** -0.5)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a log that is out of order', () => {
  const pool = { bytes: 65_536, offsets: 65_536, records: 3 }
  const input = { rate: 1_000, duration: seconds(2) }
  const partitioned = { partitions: 3, input }
  const ordered = createInputLog(partitioned, pool)
  const counts = [0, 1, 2].map((partition) => ordered.dueBefore(partition, input.duration))

  function logOf(disorder: InputDisorder) {
    return createInputLog({ ...partitioned, input: { ...input, disorder } }, pool)
  }

  it('has its records due as ever, and happened by up to the bound before', () => {
    fc.assert(
      fc.property(seeds, fc.nat(milliseconds(700)), (seed, bound) => {
        const log = logOf({ bound, share: 0.5, seed })
        counts.forEach((count, partition) => {
          expect(log.dueBefore(partition, input.duration)).toBe(count)
          for (let index = 0; index < count; index++) {
            const due = ordered.dueOf(partition, index)
            expect(log.dueOf(partition, index)).toBe(due)
            const lateness = due - log.eventTimeOf(partition, index)
            expect(lateness).toBeGreaterThanOrEqual(0)
            expect(lateness).toBeLessThanOrEqual(bound)
          }
        })
      }),
      { numRuns: 5 },
    )
  })

  it.each([
    ['a bound of 0', { bound: 0, share: 1, seed: 7 }],
    ['a share of 0', { bound: seconds(1), share: 0, seed: 7 }],
  ])('is in order with %s', (_, disorder) => {
    const log = logOf(disorder)
    counts.forEach((count, partition) => {
      for (let index = 0; index < count; index++) {
        expect(ordered.eventTimeOf(partition, index)).toBe(ordered.dueOf(partition, index))
        expect(log.eventTimeOf(partition, index)).toBe(ordered.dueOf(partition, index))
      }
    })
  })

  it.each([
    { bound: -1, share: 0.5, seed: 1 },
    { bound: 0.5, share: 0.5, seed: 1 },
    { bound: DISORDER_BOUND_MAX + 1, share: 0.5, seed: 1 },
    { bound: 1, share: 1.01, seed: 1 },
    { bound: 1, share: Number.NaN, seed: 1 },
    { bound: 1, share: 0.5, seed: 2 ** 32 },
  ])('refuses %j', (disorder) => {
    expect(() => logOf(disorder)).toThrow(/out of order: a bound of .*Choose other numbers/)
  })
})
