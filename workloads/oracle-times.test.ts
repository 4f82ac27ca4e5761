/** Times that records carry, read twice: the engines' reader and the oracles' agree. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { poolBytesOf } from '../engines/core/input/pool.ts'
import { stampBy, TIME_UNITS } from '../engines/core/plan/record-times.ts'
import { recordsOf } from './oracle-keys.ts'
import { timesOf } from './oracle-times.ts'

/** 2026-01-31T00:00:00Z, in ns since 1970. */
const ZERO = 1_769_817_600n * 10n ** 9n
const PLACES = { ns: 0, us: 3, ms: 6, s: 9 }

const DAYS = 100n * 86_400n * 10n ** 9n

/** An instant near the origin, and ways to write it: in units with what is left as decimals, or as a date in some zone. */
const written = fc
  .record({
    ns: fc.oneof(fc.bigInt({ min: -DAYS, max: DAYS }), fc.bigInt({ min: -3n, max: 3n })),
    unit: fc.constantFrom(...TIME_UNITS),
    form: fc.constantFrom('number', 'text', 'date'),
    zone: fc.integer({ min: -23, max: 23 }),
  })
  .map(({ ns, unit, form, zone }) => {
    const at = ZERO + ns
    const places = PLACES[unit]
    const whole = at / 10n ** BigInt(places)
    const rest = String(at % 10n ** BigInt(places)).padStart(places, '0')
    const text = places === 0 ? `${whole}` : `${whole}.${rest}`
    if (form === 'date') return { unit, at: dateOf(at, zone) }
    // What a number cannot tell to the ns is told in whole units.
    return { unit, at: form === 'text' ? text : unit === 'ns' ? `${whole}` : Number(whole) }
  })

function dateOf(at: bigint, zone: number): string {
  const seconds = at / 10n ** 9n
  const local = new Date(Number(seconds) * 1_000 + zone * 3_600_000).toISOString().slice(0, 19)
  const fraction = String(at % 10n ** 9n).padStart(9, '0')
  const hours = String(Math.abs(zone)).padStart(2, '0')
  return `${local}.${fraction}${zone === 0 ? 'Z' : `${zone < 0 ? '-' : '+'}${hours}:00`}`
}

it('engines and oracles read the same', () => {
  fc.assert(
    fc.property(written, ({ unit, at }) => {
      const event = { é: at }
      const how = { unit, origin: '2026-01-31T00:00:00Z' }
      const [expected] = stampBy({ field: 'é', ...how })(event)
      const pool = poolBytesOf([JSON.stringify(event)])
      expect([...timesOf(recordsOf(pool), { time: 'é', ...how })]).toEqual([expected])
    }),
    { numRuns: 400 },
  )
})

it('what is too far away has no truth', () => {
  const how = { time: 'at', unit: 's', origin: '1970-01-01T00:00:00Z' }
  expect(() => timesOf(['{"at":1769817600}'], how)).toThrow('it happened too far from 1970')
})
