import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { TWEETS_DEFAULTS, tweets } from './tweets.ts'

describe('synthetic tweets', () => {
  const pool = tweets()
  const lines = Buffer.from(pool.bytes).toString('latin1').trimEnd().split('\n')

  it('are lines with an author, a user and a tag; authors write as much, users are heard by Zipf', () => {
    expect(lines.filter((line) => !/^u\d{1,4}\|u\d{1,4}\|t\d{1,3}$/.test(line))).toEqual([])
    const most = (place: number): number => {
      const counts = new Map<string, number>()
      for (const line of lines) {
        const field = line.split('|')[place]!
        counts.set(field, (counts.get(field) ?? 0) + 1)
      }
      return Math.max(...counts.values()) / lines.length
    }
    expect(most(0)).toBeLessThan(0.001)
    expect(most(1)).toBeGreaterThan(0.09)
    expect(most(2)).toBeGreaterThan(0.12)
  })

  it('are the published bytes', () => {
    expect(pool.offsets.length - 1).toBe(TWEETS_DEFAULTS.events)
    expect(checksumOf(pool.bytes)).toBe('e7b8da69')
  })
})
