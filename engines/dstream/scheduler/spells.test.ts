/** Spells double while reasons come again at once, up to a limit, and begin anew after a batch without. */
import { expect, it } from 'vitest'
import { SPELL_MAX, Spells } from './spells.ts'

const SUBJECT = 7

it('lasts one batch', () => {
  const spells = new Spells()
  expect(spells.lasts(SUBJECT, 1)).toBe(false)
  expect(spells.begin(SUBJECT, 1)).toBe(2)
  expect([1, 2, 3].map((batch) => spells.lasts(SUBJECT, batch))).toEqual([true, true, false])
  expect(spells.lasts(SUBJECT + 1, 2)).toBe(false)
})

it('doubles each time that the first batch after it has a reason', () => {
  const spells = new Spells()
  const lengths: number[] = []
  for (let batch = 1; lengths.length < 7; ) {
    const until = spells.begin(SUBJECT, batch)
    lengths.push(until - batch)
    batch = until + 1
  }
  expect(lengths).toEqual([1, 2, 4, 8, SPELL_MAX, SPELL_MAX, SPELL_MAX])
})

it('is not longer for reasons that come meanwhile: they were on their way', () => {
  const spells = new Spells()
  expect([1, 1, 2].map((batch) => spells.begin(SUBJECT, batch))).toEqual([2, 2, 2])
  expect(spells.begin(SUBJECT, 3)).toBe(5)
})

it('begins anew after a batch without a reason', () => {
  const spells = new Spells()
  expect(spells.begin(SUBJECT, 1)).toBe(2)
  expect(spells.begin(SUBJECT, 3)).toBe(5)
  expect(spells.begin(SUBJECT, 7)).toBe(8)
})
