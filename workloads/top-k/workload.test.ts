import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { topK } from './workload.ts'

describe('top-k', () => {
  it('puts out ranks whose word or count changed, ties by ascending bytes, on partition 0', () => {
    const expected = topK.oracle({ k: 2, length: '2s' }).expect({
      pool: poolBytesOf(['b a', 'a a c', 'é z', '', '']),
      partitions: 1,
      input: { rate: 1, duration: 5e9 },
      ticks: [1e9, 2e9, 3e9, 4e9, 5e9],
    })
    const rows: readonly (readonly [number, unknown])[][] = [
      [
        [1, ['a', 1]],
        [2, ['b', 1]],
      ],
      [[1, ['a', 3]]],
      [
        [1, ['a', 2]],
        [2, ['c', 1]],
      ],
      // `z` is before `é`, whose first byte is 0xC3.
      [
        [1, ['z', 1]],
        [2, ['é', 1]],
      ],
      [
        [1, undefined],
        [2, undefined],
      ],
    ]
    expect([...expected]).toEqual(
      rows.map((tick, index) => ({
        output: 0,
        tick: (index + 1) * 1e9,
        digests: [digestOfRows(tick)],
      })),
    )
  })

  it('has at least one rank', () => {
    expect(() => topK.plan({ k: 0 })).toThrow(/from 1 to 10000/)
  })
})
