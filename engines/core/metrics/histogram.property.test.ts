/**
 * Laws of the histogram: cells tile the safe integers in order; a quantile is not below the exact one and at most 1/128
 * above; merging is adding; it agrees with hdr-histogram-js.
 */
import fc from 'fast-check'
import { build } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { cellEnd, cellOf, cellStart, HISTOGRAM_SLOTS, Histogram } from './histogram.ts'

const values = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 3_000_000 }),
  fc.maxSafeInteger().map(Math.abs),
  fc.integer({ min: 0, max: 52 }).map((octave) => 2 ** octave),
  fc.integer({ min: 1, max: 53 }).map((octave) => 2 ** octave - 1),
)
const shares = fc.constantFrom(0, 0.25, 0.5, 0.95, 0.99, 0.999, 1)

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of list) histogram.add(value)
  return histogram
}

describe('the histogram', () => {
  it('has a cell for every value, no wider than 1/128 of it', () => {
    fc.assert(
      fc.property(values, (value) => {
        const cell = cellOf(value)
        expect(cell).toBeLessThan(HISTOGRAM_SLOTS - 2)
        expect(cellStart(cell)).toBeLessThanOrEqual(value)
        expect(cellEnd(cell)).toBeGreaterThan(value)
        expect(cellEnd(cell) - cellStart(cell)).toBeLessThanOrEqual(Math.max(1, value / 128))
      }),
      { numRuns: 2_000 },
    )
    for (let cell = 1; cell < HISTOGRAM_SLOTS - 2; cell++) {
      expect(cellOf(cellStart(cell))).toBe(cell)
      expect(cellOf(cellStart(cell) - 1)).toBe(cell - 1)
    }
  })

  it('gives quantiles that are not too low, and at most 1/128 too high', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 200 }), shares, (list, share) => {
        const sorted = [...list].sort((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(share * list.length)) - 1]!
        const found = histogramOf(list).quantile(share)!
        expect(found).toBeGreaterThanOrEqual(exact)
        expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 128))
        expect(histogramOf(list).max).toBe(sorted.at(-1))
        expect(histogramOf(list).quantile(1)).toBe(sorted.at(-1))
      }),
    )
  })

  it('merges as if all values had been added to one, on given memory too', () => {
    fc.assert(
      fc.property(fc.array(values), fc.array(values), (left, right) => {
        const memory = new SharedArrayBuffer(HISTOGRAM_SLOTS * 8)
        const merged = new Histogram(new Float64Array(memory))
        merged.merge(histogramOf(left))
        merged.merge(histogramOf(right))
        const again = new Histogram(new Float64Array(memory))
        expect([...again.slots]).toEqual([...histogramOf([...left, ...right]).slots])
      }),
      { numRuns: 50 },
    )
  })

  it('agrees with hdr-histogram-js within both precisions', () => {
    const list = fc.array(fc.integer({ min: 1, max: 2_000_000_000 }), {
      minLength: 1,
      maxLength: 500,
    })
    fc.assert(
      fc.property(list, (latencies) => {
        const ours = histogramOf(latencies)
        const theirs = build({ highestTrackableValue: 4e9, numberOfSignificantValueDigits: 3 })
        for (const latency of latencies) theirs.recordValue(latency)
        for (const percentile of [50, 95, 99, 99.9]) {
          const reference = theirs.getValueAtPercentile(percentile)
          const error = Math.abs(ours.quantile(percentile / 100)! - reference)
          expect(error).toBeLessThanOrEqual(reference * (1 / 128 + 1 / 1_000) + 1)
        }
      }),
    )
  })

  it('has no statistics when it is empty, and takes no negative or broken value', () => {
    const empty = new Histogram()
    expect([empty.count, empty.max, empty.quantile(0.5)]).toEqual([0, undefined, undefined])
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => empty.add(value)).toThrow(/a histogram was given/)
    }
    expect(() => empty.quantile(99)).toThrow(/from 0 to 1/)
  })

  it('visits its cells in order', () => {
    const histogram = histogramOf([5, 5, 1_000])
    histogram.add(70_000, 3)
    const cells: number[][] = []
    histogram.forEachCell((from, to, count) => cells.push([from, to, count]))
    expect(cells).toEqual([
      [5, 6, 2],
      [1_000, 1_004, 1],
      [69_632, 70_144, 3],
    ])
  })
})
