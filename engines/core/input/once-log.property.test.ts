/**
 * Laws of the log of a bounded input, for any pool, partitions and rate:
 *
 * 1. the partitions together have each record of the pool once, in order, and as many as each other or one more;
 * 2. record i of a partition is due as BigInt says, and `dueBefore(t) = #{i : dueOf(i) < t}`;
 * 3. all are due before the end that `boundedConfig` gives, and at 0 where there is no rate.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sum, withOne } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import { boundedConfig } from './bounded-config.ts'
import { createInputLog } from './looping-log.ts'

const lines = () => readStream<string>('input:lines', '1s')
const counted = planOf(
  lines()
    .map(withOne<string>)
    .reduceByKey(sum),
)
const windowed = planOf(lines().window('3s', '2s'))

const drawn = fc
  .record({
    records: fc.integer({ min: 0, max: 300 }),
    partitions: fc.integer({ min: 1, max: 12 }),
    perPartition: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(333_333, 1_000_000_000)),
    extra: fc.nat(11),
    plan: fc.constantFrom(counted, windowed),
  })
  .map(({ records, partitions, perPartition, extra, plan }) => {
    const rate = perPartition * partitions + Math.min(extra, partitions - 1)
    return { records, partitions, rate: Math.min(rate, 1e9 * partitions), plan }
  })

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

function logOf({ plan, ...shape }: Drawn) {
  const { input } = boundedConfig(plan, shape)
  const pool = { bytes: 65_536, offsets: 65_536, records: shape.records }
  return { input, log: createInputLog({ partitions: shape.partitions, input }, pool) }
}

describe('a bounded input', () => {
  it('has each record once', () => {
    fc.assert(
      fc.property(drawn, (shape) => {
        const { input, log } = logOf(shape)
        const visited: number[] = []
        const counts: number[] = []
        for (let partition = 0; partition < shape.partitions; partition++) {
          const count = log.dueBefore(partition, input.duration)
          counts.push(count)
          log.locate(partition, 0, count, ({ first, count: found }) => {
            for (let i = 0; i < found; i++) visited.push(first + i)
          })
        }
        expect(visited).toEqual(Array.from({ length: shape.records }, (_, record) => record))
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is read in pieces as it is read whole', () => {
    fc.assert(
      fc.property(drawn, fc.nat(), fc.nat(), (shape, a, b) => {
        const { input, log } = logOf(shape)
        const partition = a % shape.partitions
        const count = log.dueBefore(partition, input.duration)
        const cut = count === 0 ? 0 : b % (count + 1)
        const pieces: number[] = []
        const visit = ({ first, count: found }: { first: number; count: number }): void => {
          for (let i = 0; i < found; i++) pieces.push(first + i)
        }
        log.locate(partition, 0, cut, visit)
        log.locate(partition, cut, count, visit)
        const start = Math.floor((partition * shape.records) / shape.partitions)
        expect(pieces).toEqual(Array.from({ length: count }, (_, i) => start + i))
      }),
    )
  })

  it('is due by its rate, and before its end', () => {
    fc.assert(
      fc.property(drawn, fc.nat(), (shape, draw) => {
        const { input, log } = logOf(shape)
        const { partitions } = shape
        for (let partition = 0; partition < partitions; partition++) {
          const count = log.dueBefore(partition, input.duration)
          expect(log.dueBefore(partition, 0)).toBe(0)
          if (count === 0) continue
          const index = draw % count
          const due = log.dueOf(partition, index)
          const extra = partition < input.rate % partitions ? 1 : 0
          const share = BigInt(Math.floor(input.rate / partitions) + extra)
          const exact = share === 0n ? 0n : (BigInt(index) * 1_000_000_000n) / share
          expect(BigInt(due)).toBe(exact)
          expect(due).toBeLessThan(input.duration)
          expect(log.dueBefore(partition, due)).toBeLessThanOrEqual(index)
          expect(log.dueBefore(partition, due + 1)).toBeGreaterThan(index)
        }
      }),
    )
  })
})
