import { describe, expect, it } from 'vitest'
import { checksumOf, Draw } from './draw.ts'
import { NUMBER_PAIRS_DEFAULTS, numberPairs } from './number-pairs.ts'

describe('pairs of numbers', () => {
  it('are what is drawn, little endian, 8 bytes each', () => {
    const { bytes, offsets, pairs } = numberPairs({ events: 3, seed: 7 })
    const draw = new Draw(7)
    const view = new DataView(bytes.buffer)
    expect(Array.from({ length: 6 }, (_, at) => view.getUint32(at * 4, true))).toEqual(
      Array.from({ length: 6 }, () => draw.next()),
    )
    expect([...offsets]).toEqual([0, 8, 16, 24])
    expect(pairs).toBe(true)
  })

  it('are the published bytes', () => {
    const pool = numberPairs()
    expect(pool.offsets.length - 1).toBe(NUMBER_PAIRS_DEFAULTS.events)
    expect(checksumOf(pool.bytes)).toBe('b29005fc')
  })

  it('are refused where they cannot be', () => {
    expect(() => numberPairs({ events: 0 })).toThrow(/1 to 50,000,000 events/)
  })
})
