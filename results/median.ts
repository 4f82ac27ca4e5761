import { assert } from '../engines/core/assert.ts'

/**
 * The middle one of values, or the mean of the two in the middle; infinite ones may be among them. There is at least one, and none is
 * NaN, which would sort anywhere.
 */
export function median(values: readonly number[]): number {
  assert(values.length > 0, 'a median needs at least one value')
  const sorted = Float64Array.from(values).sort()
  // V8 sorts it last.
  assert(!Number.isNaN(sorted.at(-1)), 'a sample has a value that is not a number')
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
