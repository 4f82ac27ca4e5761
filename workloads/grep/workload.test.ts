import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { grep } from './workload.ts'

describe('grep', () => {
  it('puts out each matching line once for each time it is due, where it came in', () => {
    // 2 records a second in each partition: at 0 s, 0.5 s, 1 s, 1.5 s. Partition 1 starts at record 1 of 3.
    const expected = grep.oracle({ pattern: 'needle' }).expect({
      pool: poolBytesOf(['hay', 'a needle', 'needles, needles']),
      partitions: 2,
      input: { rate: 4, duration: 2e9 },
      ticks: [1e9, 2e9],
    })
    const one = ['a needle', 1] as const
    const two = ['needles, needles', 1] as const
    expect([...expected]).toEqual([
      { output: 0, tick: 1e9, digests: [digestOfRows([one]), digestOfRows([one, two])] },
      { output: 0, tick: 2e9, digests: [digestOfRows([two]), digestOfRows([one])] },
    ])
  })

  it('has a pattern that is not empty, and commits empty ticks too', () => {
    expect(() => grep.plan({ pattern: '' })).toThrow(/a text, not empty/)
    const expected = grep.oracle({ pattern: 'none' }).expect({
      pool: poolBytesOf(['hay']),
      partitions: 1,
      input: { rate: 4, duration: 1e9 },
      ticks: [1e9],
    })
    expect([...expected]).toEqual([
      { output: 0, tick: 1e9, digests: [{ rows: 0, lane0: 0, lane1: 0 }] },
    ])
  })
})
