/**
 * The components of a graph that grows, by label propagation: each node has the least label that it has heard of, and tells its
 * neighbours when it has a smaller one. An edge gives its first node the lesser number of both, which goes on from there.
 *
 * What came before is kept by the loop: new edges carry labels only as far as they change something.
 */
import { bothWays, eventAndRow, min, withLesser } from '../../engines/core/plan/functions.ts'
import type { EventStream, TableStream } from '../../engines/core/plan/stream.ts'

type Node = number

/** The nodes at both ends. */
export type Edge = [from: Node, to: Node]

/** Of each node the least node that it is connected with. On pairs of integers all of it has kernels. */
export function components(edges: EventStream<Edge>): TableStream<Node, Node> {
  const neighbours = edges.flatMap(bothWays)
  return edges.map(withLesser).iterate((labels) => {
    const least = labels.runningReduce(min)
    const next = least.join(neighbours).map(eventAndRow)
    return { next, result: least }
  })
}
