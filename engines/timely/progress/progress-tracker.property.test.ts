/**
 * The tracker against a naive recomputation from all updates, on random graphs with loops: counts, precursors and
 * frontiers agree after every update, with counts that are transiently negative.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from '../../core/world/random.ts'
import { progressGraph } from '../graph/location.ts'
import { randomGraph } from '../graph/random-graph.fixture.ts'
import { newFrontier } from './antichain.ts'
import { followPath } from './path-summary.ts'
import type { Pointstamp } from './pointstamp.ts'
import { ProgressTracker } from './progress-tracker.ts'
import { Reachability } from './reachability.ts'
import { compareTimes, equalTimes, type Timestamp } from './timestamp.ts'

it('agrees with a naive recomputation', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = seededRandom(seed, 1)
      const graph = progressGraph(randomGraph(random, 3))
      const reachability = new Reachability(graph)
      const tracker = new ProgressTracker(reachability)
      const counts: { point: Pointstamp; count: number }[] = []
      const draw = (): Pointstamp => {
        const location = random.below(graph.depths.length)
        const time: number[] = []
        for (let at = 0; at <= graph.depths[location]!; at++) time.push(random.below(3))
        return { location, time }
      }
      for (let update = 0; update < 40; update++) {
        const point = draw()
        const delta = random.below(5) - 2
        tracker.update(point.location, point.time, delta)
        const known = counts.find(
          (other) =>
            other.point.location === point.location && equalTimes(other.point.time, point.time),
        )
        if (known) known.count += delta
        else counts.push({ point, count: delta })
        const active = counts.filter(({ count }) => count > 0)
        expect(tracker.active).toBe(active.length)
        expect(tracker.outstanding).toBe(counts.filter(({ count }) => count !== 0).length)
        const asked = draw()
        const others = active.filter(
          ({ point: other }) =>
            other.location !== asked.location || !equalTimes(other.time, asked.time),
        )
        expect(tracker.hasPrecursor(asked.location, asked.time)).toBe(
          others.some(({ point: other }) =>
            reachability.couldResultIn(other.location, other.time, asked.location, asked.time),
          ),
        )
        const frontier = newFrontier()
        for (const { point: other } of active) {
          for (const summary of reachability.summaries(other.location, asked.location)) {
            frontier.insert(followPath(summary, other.time))
          }
        }
        const sorted = (times: readonly Timestamp[]) => times.toSorted(compareTimes)
        expect(sorted(tracker.frontier(asked.location).elements)).toEqual(sorted(frontier.elements))
      }
    }),
    { numRuns: 150 },
  )
})
