/**
 * Laws of the placement of partitions, over any workers before and after:
 *
 * 1. all partitions have an owner that is there, and numbers differ by one at most;
 * 2. as few move as the first law allows: compared with every way to say who has one more;
 * 3. who has to give partitions gets none; where nobody comes or goes, nothing moves;
 * 4. without a placement before it, partitions go to the workers in turn.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { placePartitions } from './membership.ts'

const WORKERS_MAX = 6

const ids: fc.Arbitrary<readonly number[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: WORKERS_MAX - 1 }), { minLength: 1 })
  .map((workers) => workers.toSorted((a, b) => a - b))

/** Any owners at all: a placement that is not even, too. */
const placements = fc.array(fc.integer({ min: 0, max: WORKERS_MAX - 1 }), {
  minLength: 1,
  maxLength: 20,
})

function countOf(placement: readonly number[], worker: number): number {
  return placement.filter((owner) => owner === worker).length
}

/** The most partitions that can stay, by trying every choice of those that have one more than the others. */
function mostThatStay(previous: readonly number[], workers: readonly number[]): number {
  const least = Math.floor(previous.length / workers.length)
  const more = previous.length % workers.length
  let most = 0
  for (let chosen = 0; chosen < 1 << workers.length; chosen++) {
    const shares = workers.map((_, place) => least + ((chosen >> place) & 1))
    const given = shares.reduce((sum, share) => sum + share - least, 0)
    if (given !== more) continue
    const stay = workers.map((worker, place) => Math.min(countOf(previous, worker), shares[place]!))
    most = Math.max(
      most,
      stay.reduce((sum, count) => sum + count, 0),
    )
  }
  return most
}

it('is even, and moves as few as can be', () => {
  fc.assert(
    fc.property(placements, ids, (previous, workers) => {
      const placed = placePartitions(previous.length, workers, previous)
      expect(placed).toHaveLength(previous.length)
      for (const owner of placed) expect(workers).toContain(owner)
      const counts = workers.map((worker) => countOf(placed, worker))
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      const stayed = placed.filter((owner, partition) => owner === previous[partition])
      expect(stayed).toHaveLength(mostThatStay(previous, workers))
      for (const worker of workers) {
        const gives = previous.some((owner, p) => owner === worker && placed[p] !== worker)
        const gets = placed.some((owner, p) => owner === worker && previous[p] !== worker)
        expect(gives && gets, `worker ${worker} gives and gets`).toBe(false)
      }
    }),
  )
})

it('is the same each time, and again from itself', () => {
  fc.assert(
    fc.property(placements, ids, (previous, workers) => {
      const placed = placePartitions(previous.length, workers, previous)
      expect(placePartitions(previous.length, workers, previous)).toEqual(placed)
      expect(placePartitions(previous.length, workers, placed)).toEqual(placed)
    }),
  )
})

it('begins with one partition after the other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), ids, (partitions, workers) => {
      const placed = placePartitions(partitions, workers)
      expect(placed).toEqual(placed.map((_, partition) => workers[partition % workers.length]))
    }),
  )
})
