/**
 * Could-result-in: which pointstamps may still lead to which (Naiad §2.3).
 *
 * Ψ[from, to] is the antichain of minimal path summaries between two locations, computed once, when the graph is built:
 * a pointstamp (t1, l1) could result in (t2, l2) iff some s in Ψ[l1, l2] gives s(t1) ≤ t2. Paths that go around a loop
 * are dominated by those that do not, because every cycle must pass a feedback (`graph/logical-graph.ts` refuses others),
 * so the computation ends.
 *
 * Shape: `summaries[from · locations + to]`. Cost of building: small graphs only, O(locations² · edges) in practice; of
 * a question: the few summaries of one pair.
 */
import { assert } from '../../core/assert.ts'
import { type Antichain, newSummaries } from './antichain.ts'
import {
  composeSummaries,
  identitySummary,
  isIdentity,
  leadsBelow,
  type PathSummary,
} from './path-summary.ts'
import type { LocationId } from './pointstamp.ts'
import type { Timestamp } from './timestamp.ts'

/** A graph of locations, as far as progress is concerned. */
export interface ProgressGraph {
  /** Loops around each location: how many counters its timestamps have. */
  readonly depths: readonly number[]
  /** Whether a location is a stage; else it is a connector. */
  readonly isStage: readonly boolean[]
  readonly edges: readonly ProgressEdge[]
}

export interface ProgressEdge {
  readonly from: LocationId
  readonly to: LocationId
  readonly summary: PathSummary
}

const NONE: readonly PathSummary[] = []

export class Reachability {
  readonly graph: ProgressGraph
  readonly locations: number
  #summaries: (readonly PathSummary[])[]

  constructor(graph: ProgressGraph) {
    this.graph = graph
    this.locations = graph.depths.length
    this.#summaries = minimalSummaries(graph)
  }

  /** Ψ[from, to]; empty when no path leads there. Contains the identity when both are the same. */
  summaries(from: LocationId, to: LocationId): readonly PathSummary[] {
    return this.#summaries[from * this.locations + to]!
  }

  /** Makes no object: a tracker asks it for each active pointstamp, at each update. */
  couldResultIn(from: LocationId, earlier: Timestamp, to: LocationId, later: Timestamp): boolean {
    const summaries = this.#summaries[from * this.locations + to]!
    for (let at = 0; at < summaries.length; at++) {
      if (leadsBelow(summaries[at]!, earlier, later)) return true
    }
    return false
  }
}

function minimalSummaries(graph: ProgressGraph): (readonly PathSummary[])[] {
  const locations = graph.depths.length
  const out: ProgressEdge[][] = graph.depths.map(() => [])
  for (const edge of graph.edges) {
    const { from, to, summary } = edge
    assert(
      summary.keep <= graph.depths[from]! &&
        summary.keep + summary.suffix.length === graph.depths[to]!,
      `summary of the edge ${from} → ${to} does not lead from depth ${graph.depths[from]} to ${graph.depths[to]}`,
    )
    out[from]!.push(edge)
  }
  const result: (readonly PathSummary[])[] = []
  for (let from = 0; from < locations; from++) {
    const reached: (Antichain<PathSummary> | undefined)[] = new Array(locations).fill(undefined)
    const pending: { readonly at: LocationId; readonly summary: PathSummary }[] = []
    const reach = (at: LocationId, summary: PathSummary): void => {
      let summaries = reached[at]
      if (summaries === undefined) {
        summaries = newSummaries()
        reached[at] = summaries
      }
      if (summaries.insert(summary)) pending.push({ at, summary })
    }
    reach(from, identitySummary(graph.depths[from]!))
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const edge of out[next.at]!) {
        reach(edge.to, composeSummaries(next.summary, edge.summary))
      }
    }
    for (let to = 0; to < locations; to++) result.push(reached[to]?.elements ?? NONE)
    assert(
      result[from * locations + from]!.some((summary) => isIdentity(summary, graph.depths[from]!)),
      `location ${from} has a cycle that does not advance its timestamps`,
    )
  }
  return result
}
