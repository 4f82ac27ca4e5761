/** Arrays that are taken lie apart, are of zeros, and as long as was asked, longer than a page or not. */
import { expect, test } from 'vitest'
import { PagedBytes } from './paged-bytes.ts'

test('what one is filled with is in no other', () => {
  const paged = new PagedBytes()
  const lengths = [0, 1, 7, 40_000, 30_000, 64 * 1024, 100_000, 3, 0, 65_530, 6, 1]
  const taken = lengths.map((length, place) => {
    const bytes = paged.take(length)
    expect(bytes.every((byte) => byte === 0)).toBe(true)
    return bytes.fill(place + 1)
  })
  expect(taken.map(({ length }) => length)).toEqual(lengths)
  for (const [place, bytes] of taken.entries()) {
    expect(bytes.every((byte) => byte === place + 1)).toBe(true)
  }
})
