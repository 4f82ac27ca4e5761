/** Seeds: numbers as they are, 64 bits folded, git hashes by their first digits. */
import { expect, it } from 'vitest'
import { parseSeed } from './seed.ts'

it('reads', () => {
  const table: Readonly<Record<string, number>> = {
    '0': 0,
    '42': 42,
    '9007199254740991': Number.MAX_SAFE_INTEGER,
    // 2^53 folds its high bit onto the lowest.
    '9007199254740992': 1,
    '0xff': 255,
    cac3e24: 0xcac3e24,
    f22c2e8a9b1c4d5e6f708192a3b4c5d6e7f80912: 0xf22c2e8a9b1c4,
  }
  for (const [text, seed] of Object.entries(table)) expect(parseSeed('seed', text), text).toBe(seed)
  expect(parseSeed('seed', '18446744073709551615')).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
})

it('refuses', () => {
  for (const text of ['', '-1', '1.5', 'abc', 'seed', '18446744073709551616', '1 2']) {
    expect(() => parseSeed('seed', text), text).toThrow(/up to 64 bits, or a git hash/)
  }
})
