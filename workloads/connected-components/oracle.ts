/** What connected components must put out: of each node whose component has another least node now, that node. */
import { multiplesOf, type Oracle } from '../oracle.ts'
import { DigestSums } from '../oracle-digest.ts'
import { nanosOf } from '../oracle-folds.ts'
import { dueIn, linksOf, NodeKeys } from '../oracle-graphs.ts'
import { UnionFind } from './union-find.ts'

export interface ConnectedComponentsParameters {
  readonly interval: string
}

/** Errors: throws for a line that is no edge, on which the plan fails. */
export function connectedComponentsOracle({ interval }: ConnectedComponentsParameters): Oracle {
  const links = dueIn(linksOf)
  return {
    *expect(input) {
      const due = links(input)
      const graph = new UnionFind()
      const keys = new NodeKeys(input.partitions)
      const sums = new DigestSums(input.partitions)
      for (const tick of multiplesOf(nanosOf(interval), input.input.duration)) {
        for (const [link] of due(tick)) if (link) graph.unite(...link)
        for (const [node, least] of graph.changes()) {
          const { partition, lane0, lane1 } = keys.of(node)
          sums.addInteger(partition, lane0, lane1, least)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}
