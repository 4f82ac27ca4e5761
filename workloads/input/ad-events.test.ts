import { describe, expect, it } from 'vitest'
import { AD_EVENTS_DEFAULTS, adEvents, adPairs } from './ad-events.ts'
import { checksumOf } from './draw.ts'

describe('synthetic events of ads', () => {
  const pool = adEvents()
  const events = Buffer.from(pool.bytes).toString('latin1').trimEnd().split('\n')

  it('are lines with type, user, ad, page and the ad’s type, a third of them views', () => {
    const form =
      /^(view|click|purchase)\|u\d{1,4}\|a\d{1,3}\|p\d{1,2}\|(banner|modal|sponsored-search|mail|mobile)$/
    expect(events.filter((event) => !form.test(event))).toEqual([])
    const views = events.filter((event) => event.startsWith('view')).length / events.length
    expect(views).toBeGreaterThan(0.32)
    expect(views).toBeLessThan(0.35)
  })

  it('have half of the clicks on what was viewed last', () => {
    let viewed = ''
    let clicks = 0
    let again = 0
    for (const event of events) {
      const [type, user, ad] = event.split('|')
      if (type === 'view') viewed = `${user} ${ad}`
      if (type !== 'click') continue
      clicks += 1
      if (viewed === `${user} ${ad}`) again += 1
    }
    expect(again / clicks).toBeGreaterThan(0.48)
    expect(again / clicks).toBeLessThan(0.52)
  })

  it('are the published bytes', () => {
    expect(pool.offsets.length - 1).toBe(AD_EVENTS_DEFAULTS.events)
    expect(checksumOf(pool.bytes)).toBe('af2d48ee')
  })

  it('have the same types and ads as pairs of integers', () => {
    const { bytes, pairs } = adPairs()
    expect(pairs).toBe(true)
    const types = ['view', 'click', 'purchase']
    const numbers = events.flatMap((event) => {
      const [type, , ad] = event.split('|')
      return [types.indexOf(type!), Number(ad!.slice(1))]
    })
    expect(new Uint32Array(bytes.buffer)).toEqual(Uint32Array.from(numbers))
  })

  it('are refused where they cannot be', () => {
    expect(() => adEvents({ events: 0 })).toThrow(/1 to 50,000,000 events/)
    expect(() => adEvents({ seed: 0.5 })).toThrow(/32-bit seed/)
  })
})
