/**
 * The components of a graph that grows, by label propagation: each node has the least label that it has heard of, at first its
 * own number, and tells its neighbours when it has a smaller one.
 *
 * What came before is kept by the loop: new edges carry labels only as far as they change something.
 */
import type { EventStream, TableStream } from '../../engines/core/plan/stream.ts'

type Node = number

/** The nodes at both ends. */
export type Edge = [from: Node, to: Node]

/** Of each node the least node that it is connected with. */
export function components(edges: EventStream<Edge>): TableStream<Node, Node> {
  const neighbours = edges.flatMap(([from, to]): Edge[] => [
    [from, to],
    [to, from],
  ])
  return neighbours
    .map(([node]): [Node, Node] => [node, node])
    .iterate((labels) => {
      const least = labels.runningReduce(smaller)
      const next = least
        .join(neighbours)
        .map(([, [label, neighbour]]): [Node, Node] => [neighbour, label])
      return { next, result: least }
    })
}

const smaller = (a: number, b: number): number => Math.min(a, b)
