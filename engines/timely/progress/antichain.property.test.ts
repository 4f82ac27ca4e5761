/** Laws of antichains: no element is ≤ another; what is ≤ some inserted element stays so; order of insertion is no matter. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newFrontier } from './antichain.ts'
import { compareTimes, lessEqual } from './timestamp.ts'

const times = fc.array(fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }), { maxLength: 12 })

it('keeps the minimal elements only', () => {
  fc.assert(
    fc.property(times, (inserted) => {
      const frontier = newFrontier()
      for (const time of inserted) frontier.insert(time)
      for (const a of frontier.elements) {
        for (const b of frontier.elements) expect(a === b || !lessEqual(a, b)).toBe(true)
      }
      for (const time of inserted) expect(frontier.lessEqual(time)).toBe(true)
      for (const kept of frontier.elements) expect(inserted).toContain(kept)
    }),
  )
})

it('does not depend on the order of insertion', () => {
  fc.assert(
    fc.property(times, (inserted) => {
      const forth = newFrontier()
      const back = newFrontier()
      for (const time of inserted) forth.insert(time)
      for (const time of inserted.toReversed()) back.insert(time)
      expect(forth.elements.toSorted(compareTimes)).toEqual(back.elements.toSorted(compareTimes))
    }),
  )
})
