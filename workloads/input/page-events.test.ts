import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { PAGE_EVENTS_DEFAULTS, pageEvents } from './page-events.ts'

describe('synthetic page views', () => {
  it('are JSON lines with a url and a user', () => {
    const lines = Buffer.from(pageEvents({ events: 50 }).bytes)
      .toString('latin1')
      .split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.length).toBe(50)
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual({
        url: expect.stringMatching(/^\/articles\/\d{1,3}$/),
        user: expect.stringMatching(/^u\d{1,4}$/),
      })
    }
  })

  it('are the published bytes', () => {
    const pool = pageEvents()
    expect(pool.offsets.length - 1).toBe(PAGE_EVENTS_DEFAULTS.events)
    expect(checksumOf(pool.bytes)).toBe('50962aa4')
  })

  it('are refused where they cannot be', () => {
    expect(() => pageEvents({ events: 0 })).toThrow(/1 to 50,000,000 events/)
    expect(() => pageEvents({ seed: 0.5 })).toThrow(/32-bit seed/)
  })
})
