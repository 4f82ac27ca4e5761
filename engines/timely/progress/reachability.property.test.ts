/** Minimal summaries against brute force: every path of bounded length is dominated, and each summary is some path's. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from '../../core/world/random.ts'
import { progressGraph } from '../graph/location.ts'
import { randomGraph } from '../graph/random-graph.fixture.ts'
import {
  composeSummaries,
  equalSummaries,
  identitySummary,
  type PathSummary,
  summaryLessEqual,
} from './path-summary.ts'
import { Reachability } from './reachability.ts'

it('holds the minimal ones of all paths', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const graph = progressGraph(randomGraph(seededRandom(seed, 1), 3))
      const reachability = new Reachability(graph)
      const from = seededRandom(seed, 2).below(graph.depths.length)
      // All paths up to a length, by location; those that are equal are kept once.
      const seen: PathSummary[][] = graph.depths.map(() => [])
      let fringe: [number, PathSummary][] = [[from, identitySummary(graph.depths[from]!)]]
      for (let length = 0; length <= 2 * graph.depths.length && fringe.length > 0; length++) {
        const next: [number, PathSummary][] = []
        for (const [at, summary] of fringe) {
          if (summary.increment > 2 || summary.suffix.some((counter) => counter > 2)) continue
          if (seen[at]!.some((other) => equalSummaries(other, summary))) continue
          seen[at]!.push(summary)
          for (const edge of graph.edges) {
            if (edge.from === at) next.push([edge.to, composeSummaries(summary, edge.summary)])
          }
        }
        fringe = next
      }
      for (let to = 0; to < graph.depths.length; to++) {
        const minimal = reachability.summaries(from, to)
        for (const summary of seen[to]!) {
          expect(minimal.some((least) => summaryLessEqual(least, summary))).toBe(true)
        }
        for (const least of minimal) {
          expect(seen[to]!.some((summary) => equalSummaries(least, summary))).toBe(true)
          for (const other of minimal) {
            expect(other === least || !summaryLessEqual(other, least)).toBe(true)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})
