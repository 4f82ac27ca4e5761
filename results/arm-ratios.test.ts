import { describe, expect, it } from 'vitest'
import { type ArmRow, calmMedianOf, maximumOf, ratiosBeside } from './arm-ratios.ts'

const probe = (arm: string, pace: number | undefined, more: Partial<ArmRow> = {}): ArmRow => ({
  role: 'probe',
  verdict: 'valid',
  arm,
  throughput_records_per_s: pace,
  offered_records_per_s: 130,
  ...more,
})
const ratios = (...rows: readonly ArmRow[]): readonly number[] =>
  ratiosBeside(rows, { arm: 'a', against: 'none', role: 'probe' }, maximumOf)

describe('a ratio beside neighbours', () => {
  it('is of the mean of those before and after, whatever stands further away', () => {
    expect(ratios(probe('none', 80), probe('a', 70), probe('none', 120))).toEqual([0.7])
    expect(ratios(probe('none', 70), probe('none', 100), probe('a', 90))).toEqual([0.9])
    const b = probe('b', 10)
    expect(
      ratios(probe('none', 100), b, probe('none', 100), probe('a', 90), probe('none', 100)),
    ).toEqual([0.9])
  })

  it('is one a trial of the arm, in order', () => {
    const none = probe('none', 100)
    expect(ratios(none, probe('a', 90), none, probe('a', 80), none)).toEqual([0.9, 0.8])
  })

  it('is missing where a trial did not count, or stands beside none', () => {
    const none = probe('none', 100)
    expect(ratios(none, probe('a', 90, { verdict: 'unknown' }), none)).toEqual([])
    expect(ratios(none, probe('a', 90), probe('none', 100, { verdict: 'invalid' }))).toEqual([])
    expect(ratios(probe('a', 90))).toEqual([])
    expect(ratios({ ...none, role: 'search' }, probe('a', 90))).toEqual([])
  })
})

it('a maximum is of an overload, and of no other load', () => {
  expect(maximumOf(probe('a', 100))).toBe(100)
  // It kept up; it was offered far more than it could do.
  expect(maximumOf(probe('a', 129))).toBeUndefined()
  expect(maximumOf(probe('a', 60))).toBeUndefined()
  expect(maximumOf(probe('a', undefined))).toBeUndefined()
  expect(maximumOf({ ...probe('a', 100), role: 'control' })).toBeUndefined()
})

it('a median latency is of who kept up in peace', () => {
  const calm: ArmRow = { role: 'control', verdict: 'valid', sustained: true, latency_ns_p50: 7 }
  expect(calmMedianOf(calm)).toBe(7)
  expect(calmMedianOf({ ...calm, sustained: false })).toBeUndefined()
  expect(calmMedianOf({ ...calm, role: 'fault' })).toBeUndefined()
  expect(calmMedianOf({ ...calm, verdict: 'invalid' })).toBeUndefined()
})
