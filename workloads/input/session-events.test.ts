import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { SESSION_EVENTS_DEFAULTS, sessionEvents } from './session-events.ts'

describe('synthetic events of clients', () => {
  it('are JSON lines with a client and a type, an exit in one of twenty', () => {
    const lines = Buffer.from(sessionEvents({ events: 2_000 }).bytes)
      .toString('latin1')
      .split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.length).toBe(2_000)
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual({
        client: expect.stringMatching(/^c\d{1,4}$/),
        type: expect.stringMatching(/^(view|exit)$/),
      })
    }
    const exits = lines.filter((line) => line.includes('exit')).length
    expect(exits).toBeGreaterThan(70)
    expect(exits).toBeLessThan(130)
  })

  it('are the published bytes', () => {
    const pool = sessionEvents()
    expect(pool.offsets.length - 1).toBe(SESSION_EVENTS_DEFAULTS.events)
    expect(checksumOf(pool.bytes)).toBe('c9a37e1b')
  })

  it('are refused where they cannot be', () => {
    expect(() => sessionEvents({ events: 0 })).toThrow(/1 to 50,000,000 events/)
    expect(() => sessionEvents({ seed: 0.5 })).toThrow(/32-bit seed/)
  })
})
