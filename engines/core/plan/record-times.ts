/**
 * Times that records carry: the event time of a user's own data, from a field of each record, as logical time.
 *
 * Logical time counts nanoseconds from 0, and a whole number of them is exact up to about 104 days from there; the epoch of 1970
 * is too far away to count from. So a time is told with its *origin*, the instant that is logical 0: of a log of one day, say, its
 * midnight. A time may lie before it. When a record is due is another matter: windows close by that, whatever times records have.
 *
 * A number counts units since 1970; a text is such a number, of any length, or an instant of ISO 8601 with its zone. What is read is
 * the decimal that was written, so 1767225600.1 s is a tenth of a second behind 1767225600, though no double is.
 */
import { ConfigurationError, UserFunctionError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { Nanos } from '../units.ts'
import type { PlanFunction } from './plan.ts'

export interface RecordTime {
  /** Name of the field of each record that has its time. */
  readonly field: string
  /** What a number counts since 1970. Default: ms. */
  readonly unit?: TimeUnit
  /** The instant that is logical 0, written as the field is. */
  readonly origin: string | number
}

export type TimeUnit = 'ns' | 'us' | 'ms' | 's'

/** Digits of a unit behind the decimal point, in ns. */
const DIGITS: Readonly<Record<TimeUnit, number>> = { ns: 0, us: 3, ms: 6, s: 9 }

const NANOS: Readonly<Record<TimeUnit, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

export const TIME_UNITS = Object.keys(DIGITS) as readonly TimeUnit[]

const DAYS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 86_400e9)

const RULE =
  'A time is an exact number of units since 1970 (as a text, where it is beyond 53 bits), or an instant of ISO 8601 with its zone, down to the ns'

/**
 * record → [event time, record].
 *
 * Errors: `ConfigurationError` now, for an origin that is no instant, a unit that is none or no name of a field. The function throws
 * `UserFunctionError` for a record without the field, for what is no time, and for a time that is too far from the origin.
 */
export function stampBy({ field, unit = 'ms', origin }: RecordTime): PlanFunction {
  checkNames(field, unit)
  const zero = instantOf(origin, unit)
  if (zero === undefined) {
    throw new ConfigurationError({
      asked: `the origin of the times in the field ${field}`,
      found: JSON.stringify(origin) ?? String(origin),
      rule: RULE,
      remedy: `Give an instant near the first record, like '2026-01-31T00:00:00Z'`,
    })
  }
  // Most times are whole numbers near a whole origin: their difference is exact without digits.
  const scale = NANOS[unit]
  const whole = wholeUnits(zero, unit)
  return (record: unknown): readonly [at: Nanos, record: unknown] => {
    const value = (record as Readonly<Record<string, unknown>> | null | undefined)?.[field]
    if (whole !== undefined && typeof value === 'number' && Number.isSafeInteger(value)) {
      const near = (value - whole) * scale
      if (Number.isSafeInteger(near)) return [near, record]
    }
    const instant = instantOf(value, unit)
    if (instant === undefined) throw noTime(field, record)
    const at = Number(instant - zero)
    if (!Number.isSafeInteger(at)) throw tooFar({ field, record, origin })
    return [at, record]
  }
}

function checkNames(field: string, unit: TimeUnit): void {
  if (typeof field === 'string' && field !== '' && TIME_UNITS.includes(unit)) return
  throw new ConfigurationError({
    asked: 'event time from a field',
    found: `the field ${JSON.stringify(field)} and the unit ${JSON.stringify(unit)}`,
    rule: `A field has a name, and a unit is one of ${TIME_UNITS.join(', ')}`,
    remedy: `Write it like { field: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' }`,
  })
}

/** An origin in whole units, where it is one that a number tells. */
function wholeUnits(zero: bigint, unit: TimeUnit): number | undefined {
  const scale = BigInt(NANOS[unit])
  const units = Number(zero / scale)
  return zero % scale === 0n && Number.isSafeInteger(units) ? units : undefined
}

/** Nanoseconds since 1970, or undefined for what is no time. */
function instantOf(value: unknown, unit: TimeUnit): bigint | undefined {
  if (typeof value === 'number') {
    // A larger one was rounded when it was read.
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? decimalOf(String(value), unit) : undefined
  }
  return typeof value === 'string' ? (decimalOf(value, unit) ?? isoOf(value)) : undefined
}

/** Of a decimal number of units, of which ns are left. */
function decimalOf(text: string, unit: TimeUnit): bigint | undefined {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = DIGITS[unit]
  if (/[1-9]/.test(fraction.slice(digits))) return undefined
  const nanos = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  return sign === '-' ? -nanos : nanos
}

/** Of `2026-01-31T09:30:00.5+01:00`: seconds and their parts may be left out, the zone may not. */
function isoOf(text: string): bigint | undefined {
  const found =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/.exec(text)
  if (found === null) return undefined
  const [, minute, second = '00', fraction = '', sign, hours = '0', minutes = '0'] = found
  const local = `${minute}:${second}`
  const ms = Date.parse(`${local}Z`)
  // There is a 31st of February for who reads it, and none for who writes it.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, local.length) !== local)
    return undefined
  const behind = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  return BigInt(ms - behind) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

function noTime(field: string, record: unknown): UserFunctionError {
  return new UserFunctionError({
    asked: `event time from the field ${field}`,
    found: `the record ${shownRecord(record)}`,
    rule: RULE,
    remedy: 'Name the field and its unit, or leave such records out of the input',
  })
}

function tooFar({
  field,
  record,
  origin,
}: Pick<RecordTime, 'field' | 'origin'> & { readonly record: unknown }): UserFunctionError {
  return new UserFunctionError({
    asked: `event time from the field ${field}, with the origin ${JSON.stringify(origin)}`,
    found: `the record ${shownRecord(record)}`,
    rule: `Logical time is exact up to ${DAYS_MAX} days from its origin`,
    remedy: 'Give an origin that is nearer, or check the unit',
  })
}
