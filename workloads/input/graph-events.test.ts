import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { graphEvents } from './graph-events.ts'

describe('synthetic events of a graph', () => {
  const pool = graphEvents({ events: 10_000 })
  const lines = Buffer.from(pool.bytes).toString('latin1').trimEnd().split('\n')

  it('link two nodes or ask for one, which one in ten does', () => {
    const form = /^(ask|link\|(0|[1-9]\d*))\|(0|[1-9]\d*)$/
    expect(lines.filter((line) => !form.test(line))).toEqual([])
    const asked = lines.filter((line) => line.startsWith('ask')).length / lines.length
    expect(asked).toBeGreaterThan(0.09)
    expect(asked).toBeLessThan(0.11)
  })

  it('are of half as many nodes', () => {
    const nodes = lines.flatMap((line) => line.split('|').slice(1).map(Number))
    expect(Math.max(...nodes)).toBeLessThan(5_000)
    expect(new Set(nodes).size / 5_000).toBeGreaterThan(0.95)
  })

  it('are the published bytes', () => {
    expect(checksumOf(pool.bytes)).toBe('407e7968')
  })

  it('are refused where they cannot be', () => {
    expect(() => graphEvents({ events: 0 })).toThrow(/1 to 50,000,000 events/)
    expect(() => graphEvents({ seed: 0.5 })).toThrow(/32-bit seed/)
  })
})
