import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import { NEXMARK_EVENTS_DEFAULTS, nexmarkEvents } from './nexmark-events.ts'

const pool = nexmarkEvents()
const events = Buffer.from(pool.bytes).toString('latin1').trimEnd().split('\n')

describe('Nexmark events', () => {
  it('are one person, three auctions and 46 bids of fifty, in this order', () => {
    expect(events.length).toBe(NEXMARK_EVENTS_DEFAULTS.events)
    const kinds = 'PAAA'.padEnd(50, 'B')
    for (let at = 0; at < 5_000; at += 50) {
      expect(
        events
          .slice(at, at + 50)
          .map((event) => event[0])
          .join(''),
      ).toBe(kinds)
    }
  })

  it('are what they look like', () => {
    const forms = {
      P: /^P\|\d{4,5}\|[A-Z][a-z]+ [A-Z][a-z]+\|[A-Z][A-Za-z ]+\|(AZ|CA|ID|OR|WA|WY)$/,
      A: /^A\|\d{4,5}\|\d{4,5}\|1[0-4]$/,
      B: /^B\|\d{4,5}\|\d{4,5}\|[1-9]\d{2,7}$/,
    }
    const wrong = events.filter((event) => !forms[event[0] as keyof typeof forms]?.test(event))
    expect(wrong).toEqual([])
  })

  it('have people and auctions once, and half of the bids for hot auctions', () => {
    const idsOf = (kind: string) =>
      events.filter((event) => event.startsWith(kind)).map((event) => event.split('|')[1]!)
    expect(new Set(idsOf('P')).size).toBe(10_000)
    expect(new Set(idsOf('A')).size).toBe(30_000)
    const bids = idsOf('B')
    const hot = bids.filter((id) => Number(id) % 100 === 0).length / bids.length
    expect(hot).toBeGreaterThan(0.49)
    expect(hot).toBeLessThan(0.52)
  })

  it('are what the README says', () => {
    const readme = readFileSync(new URL('../nexmark/README.md', import.meta.url), 'utf8')
    const vector = (what: string): string =>
      readme
        .split('\n')
        .find((line) => line.startsWith(`| ${what}`))!
        .replace(/^\| [^|]* \| | \|$/g, '')
    const shown = events.slice(0, 6).map((event) => `    ${event}\n`)
    expect(readme).toContain(`begin so:\n\n${shown.join('')}\n`)
    const [end] = pool.offsets.slice(1_000, 1_001)
    expect(vector('FNV-1a (32 bits)')).toBe(checksumOf(pool.bytes.subarray(0, end)))
    expect(vector('FNV-1a of all')).toBe(checksumOf(pool.bytes))
  })

  it('are the same again, and others for another seed', () => {
    const events = 500
    expect(nexmarkEvents({ events })).toEqual(nexmarkEvents({ events }))
    expect(nexmarkEvents({ events, seed: 2 })).not.toEqual(nexmarkEvents({ events }))
  })
})
