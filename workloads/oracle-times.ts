/**
 * Times that records carry, as logical time: the rule of `engines/core/plan/record-times.ts`, written a second time. A number
 * counts units since 1970, a text is such a number or an instant of ISO 8601 with its zone; logical 0 is the origin.
 */
import type { Nanos } from '../engines/core/units.ts'
import type { Binary } from './oracle-digest.ts'

export interface TimeParameters {
  /** A field of each record, or `INPUT_TIME`. */
  readonly time: string
  readonly unit: string
  readonly origin: string
}

/** In place of a field: when the input says that a record happened. */
export const INPUT_TIME = 'input'

/** How far a number's point moves to make ns of it. */
const PLACES: Readonly<Record<string, number>> = { ns: 0, us: 3, ms: 6, s: 9 }

/** By record of a pool, of records that are JSON objects. Errors: throws for what is no time. */
export function timesOf(records: Iterable<Binary>, parameters: TimeParameters): Float64Array {
  const { time, unit, origin } = parameters
  const zero = nanosOf(origin, unit)
  return Float64Array.from(records, (record): Nanos => {
    const event = JSON.parse(Buffer.from(record, 'latin1').toString('utf8'))
    const at = Number(nanosOf(event?.[time], unit) - zero)
    if (Number.isSafeInteger(at)) return at
    throw new TypeError(`the truth for the record ${record}: it happened too far from ${origin}`)
  })
}

function nanosOf(value: unknown, unit: string): bigint {
  const isExact = typeof value === 'number' && Number.isSafeInteger(Math.trunc(value))
  const text = isExact || typeof value === 'string' ? String(value) : ''
  const [, minus, units, parts = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? []
  if (units !== undefined) {
    const places = PLACES[unit]!
    const moved = (parts + '0'.repeat(places)).slice(0, places)
    if (BigInt(`0${parts.slice(places)}`) === 0n) return BigInt(`${minus}${units}${moved}`)
  }
  const iso = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):?(\d*)\.?(\d*)(Z|[+-]\d\d:?\d\d)$/.exec(text)
  if (iso === null) throw new TypeError(`the truth for the time ${String(value)}: it is none`)
  const [year, month, day, hour, minute, second] = iso.slice(1, 7).map(Number) as number[]
  const seconds = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1_000
  const zone = iso[8] === 'Z' ? '+0000' : iso[8]!.replace(':', '')
  const ahead = Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
  return BigInt(seconds - ahead * 60) * 10n ** 9n + BigInt(iso[7]!.padEnd(9, '0'))
}
