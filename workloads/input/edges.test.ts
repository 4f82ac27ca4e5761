import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { edgePairs, edges } from './edges.ts'

describe('synthetic edges', () => {
  const pool = edges({ events: 10_000 })
  const lines = Buffer.from(pool.bytes).toString('latin1').trimEnd().split('\n')
  const ends = lines.map((line) => line.split(' ').map(Number))

  it('are two nodes a line, half as many as there are edges', () => {
    expect(lines.filter((line) => !/^(0|[1-9]\d*) (0|[1-9]\d*)$/.test(line))).toEqual([])
    expect(Math.max(...ends.flat())).toBeLessThan(5_000)
    // A node is in none of 20,000 draws with a probability of e^-4.
    expect(new Set(ends.flat()).size / 5_000).toBeGreaterThan(0.97)
  })

  it('are the published bytes', () => {
    expect(pool.offsets.length - 1).toBe(10_000)
    expect(checksumOf(pool.bytes)).toBe('d59f6ff4')
  })

  it('are the same as pairs', () => {
    const { bytes, pairs } = edgePairs({ events: 10_000 })
    expect(pairs).toBe(true)
    const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    expect([...numbers]).toEqual(ends.flat())
  })

  it('are refused where they cannot be', () => {
    expect(() => edges({ events: 0 })).toThrow(/1 to 50,000,000 events/)
    expect(() => edges({ seed: -1 })).toThrow(/32-bit seed/)
  })
})
