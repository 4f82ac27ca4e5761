import { expect, test } from 'vitest'
import { ConfigurationError, UserFunctionError } from '../errors.ts'
import { milliseconds, seconds } from '../units.ts'
import { type RecordTime, stampBy } from './record-times.ts'

const MIDNIGHT = '2026-01-31T00:00:00Z'
/** The same in seconds since 1970. */
const AT = 1_769_817_600

function timeOf(at: unknown, how: Partial<RecordTime> = {}): number {
  const record = { at, url: '/a' }
  const [time, same] = stampBy({ field: 'at', origin: MIDNIGHT, ...how })(record)
  expect(same).toBe(record)
  return time
}

test.each<[RecordTime['unit'], unknown, number]>([
  ['ms', AT * 1e3, 0],
  ['ms', AT * 1e3 + 1, 1e6],
  // Before the origin.
  ['ms', AT * 1e3 - 250, -250e6],
  [undefined, AT * 1e3 + 5, 5e6],
  ['s', AT + 60, 60e9],
  ['us', AT * 1e6 + 7, 7e3],
  // The decimal that was written, not the double that it is nearest to.
  ['s', AT + 0.1, 100e6],
  ['s', `${AT}.000000001`, 1],
  ['ms', `${AT}000.25`, 250_000],
  ['ms', AT * 1e3 + 0.5, 500_000],
  // More than 53 bits: as a text.
  ['ns', `${AT}000000123`, 123],
  ['s', `${AT}.1000000000`, 100e6],
])('a number of %s: %j is %d ns', (unit, value, expected) => {
  expect(timeOf(value, unit === undefined ? {} : { unit })).toBe(expected)
})

test.each([
  ['2026-01-31T00:00:01Z', seconds(1)],
  ['2026-01-31T00:00Z', 0],
  ['2026-01-31T00:00:00.123456789Z', 123_456_789],
  ['2026-01-31T01:00:00+01:00', 0],
  ['2026-01-30T19:00:00.5-0500', milliseconds(500)],
  ['2026-01-30T23:59:59.999Z', -milliseconds(1)],
])('an instant: %s is %d ns', (value, expected) => {
  for (const unit of ['ns', 's'] as const) expect(timeOf(value, { unit })).toBe(expected)
})

test('the origin is written as the field is', () => {
  for (const origin of [AT * 1e3, `${AT}000`, '2026-01-31T01:00:00+01:00']) {
    expect(timeOf(AT * 1e3 + 5, { origin })).toBe(5e6)
  }
  expect(timeOf(5, { origin: 0 })).toBe(5e6)
  // No whole number of units, and too many for a number.
  expect(timeOf(AT + 1, { unit: 's', origin: `${AT}.25` })).toBe(750e6)
  expect(timeOf(`${AT}000000005`, { unit: 'ns', origin: `${AT}000000003` })).toBe(2)
})

test.each([
  undefined,
  null,
  true,
  '',
  'yesterday',
  Number.NaN,
  // Rounded when it was read.
  AT * 1e9,
  // Of which zone?
  '2026-01-31T00:00:00',
  '2026-01-31',
  // No such days and hours.
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-31T24:00:00Z',
  // Less than a nanosecond.
  '2026-01-31T00:00:00.1234567891Z',
  { ms: [AT] },
])('%j is no time', (value) => {
  const refused = () => timeOf(value, { unit: 'ns' })
  expect(refused).toThrow(UserFunctionError)
  expect(refused).toThrow(
    /event time from the field at: the record \{.*\. A time is an exact number/,
  )
})

test('less than a nanosecond is none, and the record may be anything', () => {
  expect(() => timeOf(`${AT}.0000000005`, { unit: 's' })).toThrow(UserFunctionError)
  for (const record of [null, 5, 'text', {}]) {
    const refused = () => stampBy({ field: 'at', origin: MIDNIGHT })(record)
    expect(refused).toThrow(UserFunctionError)
  }
})

test('logical time ends 104 days from its origin', () => {
  const last = Number.MAX_SAFE_INTEGER
  const [day, beyond] = [86_400e9, last + 1]
  expect(timeOf(String(BigInt(AT) * 10n ** 9n + BigInt(last)), { unit: 'ns' })).toBe(last)
  const far = String(BigInt(AT) * 10n ** 9n + BigInt(beyond))
  expect(() => timeOf(far, { unit: 'ns' })).toThrow(
    `event time from the field at, with the origin "${MIDNIGHT}": the record {"at":"${far}","url":"/a"}. ` +
      'Logical time is exact up to 104 days from its origin. Give an origin that is nearer, or check the unit.',
  )
  expect(Math.floor(last / day)).toBe(104)
  // Milliseconds that are taken for seconds.
  expect(() => timeOf(AT * 1e3, { unit: 's' })).toThrow(/check the unit/)
  expect(() => timeOf(AT * 1e3, { origin: 0 })).toThrow(/an origin that is nearer/)
})

test.each<[Partial<RecordTime>, string]>([
  [{ origin: 'yesterday' }, 'the origin of the times in the field at: "yesterday". '],
  [{ origin: '2026-01-31' }, 'the origin of the times in the field at: "2026-01-31". '],
  [{ field: '' }, 'event time from a field: the field "" and the unit "ms". '],
  [{ unit: 'm' as 's' }, 'event time from a field: the field "at" and the unit "m". '],
])('%j is refused before anything is read', (how, message) => {
  const refused = () => stampBy({ field: 'at', origin: MIDNIGHT, ...how })
  expect(refused).toThrow(ConfigurationError)
  expect(refused).toThrow(message)
})
