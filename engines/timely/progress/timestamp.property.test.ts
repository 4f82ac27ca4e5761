/**
 * Laws of timestamps: partial order (reflexive, antisymmetric, transitive), lattice (join and meet are least upper and
 * greatest lower bounds, commute, absorb), and the total order extends the partial one.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareTimes,
  equalTimes,
  joinTimes,
  lessEqual,
  meetTimes,
  type Timestamp,
} from './timestamp.ts'

const times = (count: number) =>
  fc
    .integer({ min: 0, max: 3 })
    .chain((depth) =>
      fc.array(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: depth + 1, maxLength: depth + 1 }),
        { minLength: count, maxLength: count },
      ),
    ) as fc.Arbitrary<Timestamp[]>

const law = (count: number, holds: (...times: Timestamp[]) => boolean): void =>
  fc.assert(fc.property(times(count), (drawn) => holds(...drawn)))

describe('timestamps', () => {
  it('follow the order of Naiad §2.1', () => {
    expect(lessEqual([1, 2, 5], [2, 3, 0])).toBe(true)
    expect(lessEqual([2, 0, 0], [1, 9, 9])).toBe(false)
    expect(lessEqual([1, 3, 0], [2, 2, 9])).toBe(false)
    expect(lessEqual([1, 2, 5], [1, 2, 5])).toBe(true)
  })

  it('are partially ordered', () => {
    law(1, (a) => lessEqual(a!, a!))
    law(2, (a, b) => !(lessEqual(a!, b!) && lessEqual(b!, a!)) || equalTimes(a!, b!))
    law(3, (a, b, c) => !(lessEqual(a!, b!) && lessEqual(b!, c!)) || lessEqual(a!, c!))
  })

  it('are totally ordered by an extension', () => {
    law(2, (a, b) => !lessEqual(a!, b!) || compareTimes(a!, b!) <= 0)
    law(2, (a, b) => (compareTimes(a!, b!) === 0) === equalTimes(a!, b!))
    law(2, (a, b) => Math.sign(compareTimes(a!, b!)) === -Math.sign(compareTimes(b!, a!)))
  })

  it('are a lattice', () => {
    law(2, (a, b) => lessEqual(a!, joinTimes(a!, b!)) && lessEqual(b!, joinTimes(a!, b!)))
    law(2, (a, b) => lessEqual(meetTimes(a!, b!), a!) && lessEqual(meetTimes(a!, b!), b!))
    law(
      3,
      (a, b, c) => lessEqual(joinTimes(a!, b!), c!) === (lessEqual(a!, c!) && lessEqual(b!, c!)),
    )
    law(
      3,
      (a, b, c) => lessEqual(c!, meetTimes(a!, b!)) === (lessEqual(c!, a!) && lessEqual(c!, b!)),
    )
    law(2, (a, b) => equalTimes(joinTimes(a!, b!), joinTimes(b!, a!)))
    law(2, (a, b) => equalTimes(meetTimes(a!, joinTimes(a!, b!)), a!))
  })
})
