/** Shares of an output: what is encoded in pieces is added up again, whatever is kept and however long it is. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { digestOfRows } from '../../core/output/digest.ts'
import { encodeShare, type Share, Shares } from './output-share.ts'

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  // Equal as a key to 0, and decoded as it.
  fc.double({ noNaN: true }).map((number) => (number === 0 ? 0 : number)),
  fc.constantFrom(undefined, null, true),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.integer({ min: 0, max: 40_000 }).map((length) => 'x'.repeat(length)),
)
const share: fc.Arbitrary<Share> = fc
  .tuple(fc.array(fc.tuple(value, value), { maxLength: 20 }), fc.boolean())
  .map(([rows, kept]) => ({ digest: digestOfRows(rows), rows: kept ? rows : [] }))

it('the sum of shares is that of their pieces', () => {
  fc.assert(
    fc.property(fc.array(share, { maxLength: 4 }), (given) => {
      const shares = new Shares()
      for (const each of given) encodeShare(each, (piece) => shares.add(piece))
      const { digest, rows } = shares.take()
      const all = given.flatMap((each) => each.rows)
      expect(rows).toEqual(all)
      if (given.every((each) => each.rows.length === each.digest.rows)) {
        expect(digest).toEqual(digestOfRows(all))
      }
      expect(digest.rows).toBe(given.reduce((sum, each) => sum + each.digest.rows, 0))
      expect(shares.take().digest.rows).toBe(0)
    }),
  )
})

it('keeps pieces short, unless a row is long', () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => [`key ${index}`, index] as const)
  const pieces: number[] = []
  encodeShare({ digest: digestOfRows(rows), rows }, (piece) => pieces.push(piece.length))
  expect(pieces.length).toBeGreaterThan(5)
  expect(Math.max(...pieces)).toBeLessThan(17 * 1024)
})
