/** Algebra of change batches: a batch is its sums; updates commute; an update and its inverse leave nothing. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChangeBatch } from './change-batch.ts'
import type { Timestamp } from './timestamp.ts'

const updates = fc.array(
  fc.tuple(fc.array(fc.nat(3), { minLength: 2, maxLength: 2 }), fc.integer({ min: -3, max: 3 })),
  { maxLength: 80 },
)

function contents(batch: ChangeBatch): [Timestamp, number][] {
  return Array.from({ length: batch.size }, (_, at) => [batch.timeAt(at), batch.deltaAt(at)])
}

function fill(changes: readonly (readonly [Timestamp, number])[]): ChangeBatch {
  const batch = new ChangeBatch()
  for (const [time, delta] of changes) batch.update(time, delta)
  return batch
}

it('holds the sums other than zero, in order', () => {
  fc.assert(
    fc.property(updates, (changes) => {
      const sums = new Map<string, number>()
      for (const [time, delta] of changes) {
        sums.set(`${time}`, (sums.get(`${time}`) ?? 0) + delta)
      }
      const expected = [...sums].filter(([, sum]) => sum !== 0).sort()
      const batch = fill(changes)
      for (const [time] of changes) expect(batch.at(time)).toBe(sums.get(`${time}`))
      expect(contents(batch).map(([time, sum]) => [`${time}`, sum])).toEqual(expected)
      expect(batch.size).toBe(expected.length)
    }),
  )
})

it('commutes, and inverts', () => {
  fc.assert(
    fc.property(updates, (changes) => {
      expect(contents(fill(changes))).toEqual(contents(fill(changes.toReversed())))
      const undone = changes.map(([time, delta]) => [time, -delta] as const)
      expect(fill([...changes, ...undone]).empty).toBe(true)
    }),
  )
})
