/** The arithmetic of costs, key laws and scales. */
import { describe, expect, it } from 'vitest'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { sum, withOne, words } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import { costOf, NOMINAL_COSTS } from './cost-model.ts'
import { distinctKeys } from './key-law.ts'
import { checkScale, scaleBy } from './scale.ts'

const COSTS = {
  kernels: { other: 10, words: 2.5 },
  messageNs: 500,
  messageByteNs: 0.25,
  dispatchNs: 7,
  progressNs: 3,
  parkNs: 2,
  stepNs: 1,
}

it.each([
  ['kernel', 3, 'words', 8],
  ['kernel', 3, 'unheard of', 30],
  ['kernel', 3, undefined, 30],
  ['message', 6, undefined, 2],
  ['dispatch', 5, undefined, 35],
  ['progress', 5, undefined, 15],
] as const)('charges %s × %d of %s: %d ns', (seam, units, kernel, ns) => {
  expect(costOf(COSTS, seam, units, kernel)).toBe(ns)
})

it('lets no step be free: virtual time must go on', () => {
  expect(NOMINAL_COSTS.stepNs).toBeGreaterThan(0)
})

describe('a key law', () => {
  it('linear: every draw is a key', () => {
    const law = distinctKeys({ kind: 'linear' })
    expect(law.among(17)).toBe(17)
    expect(law.drawsFor(17)).toBe(17)
  })

  it('uniform: K · (1 − (1 − 1/K)^n)', () => {
    const law = distinctKeys({ kind: 'zipf', keys: 100, exponent: 0 })
    for (const draws of [1, 10, 100, 1_000]) {
      const expected = 100 * (1 - 0.99 ** draws)
      expect(law.among(draws) / expected).toBeCloseTo(1, 2)
    }
  })

  it('Zipf: rises, never faster than the draws, up to the vocabulary, and can be turned round', () => {
    const law = distinctKeys({ kind: 'zipf', keys: 10_000, exponent: 1 })
    let last = 0
    for (let draws = 1; draws < 1e9; draws *= 7) {
      const distinct = law.among(draws)
      expect(distinct).toBeGreaterThanOrEqual(last)
      expect(distinct).toBeLessThanOrEqual(Math.min(draws, 10_000) + 1e-6)
      if (distinct < 9_990) expect(law.drawsFor(distinct) / draws).toBeCloseTo(1, 3)
      last = distinct
    }
    expect(last).toBeCloseTo(10_000, 0)
  })

  it.each([
    [0, 1],
    [1.5, 1],
    [10, -1],
  ])('refuses %d keys with the exponent %d', (keys, exponent) => {
    expect(() => distinctKeys({ kind: 'zipf', keys, exponent })).toThrow('not a law')
  })
})

describe('a scale', () => {
  const counts = buildDataflow(
    planOf(readStream<string>('log', '1s').flatMap(words).map(withOne).runningReduce(sum)),
  )
  const matches = buildDataflow(
    planOf(readStream<string>('log', '1s').filter((line) => line !== '')),
  )
  const law = { kind: 'zipf', keys: 10, exponent: 1 } as const

  it('above 1 is refused for an operator without a law, by name', () => {
    expect(() => checkScale(counts, scaleBy(counts, 10, undefined), 'log')).toThrow('runningReduce')
    expect(() => checkScale(counts, scaleBy(counts, 1, undefined), 'log')).not.toThrow()
    expect(() => checkScale(counts, scaleBy(counts, 10, law), 'log')).not.toThrow()
  })

  it('needs no law where no operator reduces by key', () => {
    expect(() => checkScale(matches, scaleBy(matches, 10, undefined), 'log')).not.toThrow()
  })

  it.each([0.5, 0, Number.NaN, Number.POSITIVE_INFINITY])('is not %d', (factor) => {
    expect(() => checkScale(matches, scaleBy(matches, factor, law), 'log')).toThrow('scale')
  })

  it('is refused for the pushed ingest', () => {
    expect(() => checkScale(matches, scaleBy(matches, 10, law), 'pushed')).toThrow('pushed')
  })
})
