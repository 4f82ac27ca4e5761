import { expect, it } from 'vitest'
import { knownRate, paceOf, rateBracket, rateTrialsOf } from './rate-bracket.ts'

const held = (rate: number) => ({ rate, held: true, pace: rate })
const failed = (rate: number, pace = rate) => ({ rate, held: false, pace })

it('lies between the highest rate that held and the lowest above it that failed', () => {
  expect(rateBracket([])).toEqual({ held: undefined, limit: Number.POSITIVE_INFINITY })
  expect(rateBracket([held(80)])).toEqual({ held: 80, limit: Number.POSITIVE_INFINITY })
  expect(rateBracket([held(80), failed(120)])).toEqual({ held: 80, limit: 120 })
  expect(rateBracket([failed(200, 100), failed(110)])).toEqual({ held: undefined, limit: 110 })
})

it('whatever the pace under overload was: at that rate nothing was tried', () => {
  expect(rateBracket([held(80), failed(200, 100)])).toEqual({ held: 80, limit: 200 })
})

it('what held outweighs failures below it; what failed once did not hold', () => {
  expect(rateBracket([failed(90), held(100)])).toEqual({
    held: 100,
    limit: Number.POSITIVE_INFINITY,
  })
  expect(rateBracket([held(80), held(100), failed(100)])).toEqual({ held: 80, limit: 100 })
})

it('has a limit to rely on where two tries failed, at it or below it', () => {
  const limit = Number.POSITIVE_INFINITY
  const confirmed = (...trials: Parameters<typeof knownRate>[0]) => knownRate(trials).confirmed
  expect(confirmed(held(80), failed(120))).toEqual({ held: 80, limit })
  expect(confirmed(held(80), failed(120), failed(120))).toEqual({ held: 80, limit: 120 })
  expect(confirmed(held(80), failed(120), failed(110))).toEqual({ held: 80, limit: 120 })
  // What failed once did not hold, and what held once does not fail below it.
  expect(confirmed(held(80), held(90), held(90), failed(90))).toEqual({ held: 80, limit })
  expect(confirmed(failed(90), held(100), failed(120))).toEqual({ held: 100, limit })
})

it('a pace under overload is the highest of those that fell behind', () => {
  expect(paceOf([held(80), failed(200, 90), failed(150, 120), failed(100, 99)])).toBe(120)
  expect(paceOf([held(80), failed(100, 98)])).toBe(0)
})

it('an error is a rate that was not held, and no limit to rely on', () => {
  const limit = Number.POSITIVE_INFINITY
  const crashed = (rate: number) => ({ ...failed(rate), crashed: true }) as const
  expect(knownRate([held(80), crashed(120)]).bracket).toEqual({ held: 80, limit: 120 })
  expect(rateBracket([held(80), crashed(80)])).toEqual({ held: undefined, limit: 80 })
  expect(knownRate([held(80), crashed(120), failed(130)]).confirmed).toEqual({ held: 80, limit })
  expect(knownRate([held(80), crashed(120), failed(130), failed(140)]).confirmed).toEqual({
    held: 80,
    limit: 140,
  })
})

it('is read from rows that searched, and never from a wrong output', () => {
  const row = { verdict: 'valid', offered_records_per_s: 100, throughput_records_per_s: 90 }
  expect(
    rateTrialsOf([
      { ...row, role: 'probe', sustained: false },
      { ...row, role: 'search', sustained: true },
      { ...row, role: 'half-load', sustained: true },
      { ...row, role: 'maximum', sustained: true, verdict: 'invalid' },
      { ...row, role: 'search', sustained: false, verdict: 'unknown', outcome: 'failed' },
    ]),
  ).toEqual([
    { rate: 100, held: false, pace: 90 },
    { rate: 100, held: true, pace: 90 },
    { rate: 100, held: false, pace: 90, crashed: true },
  ])
})
