/**
 * Connected components on one thread, over the same bytes: what COST (HotOS 2015) held graph systems against.
 *
 * A pass begins with bytes and ends with the least node of each component: of a whole graph, once. Nodes are small numbers,
 * so that arrays are indexed by them. Edges are pairs of integers, or lines; those that begin with `#` are none.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import type { PlainLoop } from './plain-loops.ts'

/** Both ends of each edge, one after the other. */
interface Edges {
  readonly ends: Uint32Array
  /** More than any node. */
  readonly nodes: number
}

const HASH = 0x23
const ZERO = 0x30
const LINE_FEED = 0x0a

function edgesIn(pool: PoolBytes): Edges {
  return pool.pairs ? edgesOfPairs(pool) : edgesOfLines(pool)
}

/** In place, where they begin at a whole number. */
function edgesOfPairs({ bytes }: PoolBytes): Edges {
  const { buffer, byteOffset, length } = byteIsWhole(bytes) ? bytes : bytes.slice()
  const ends = new Uint32Array(buffer, byteOffset, length / 4)
  let most = -1
  for (let at = 0; at < ends.length; at++) if (ends[at]! > most) most = ends[at]!
  return { ends, nodes: most + 1 }
}

function byteIsWhole({ byteOffset }: Uint8Array): boolean {
  return byteOffset % 4 === 0
}

function edgesOfLines({ bytes, offsets }: PoolBytes): Edges {
  const ends = new Uint32Array(2 * (offsets.length - 1))
  const last = bytes.length
  let used = 0
  let nodes = 0
  let at = 0
  while (at < last) {
    const isEdge = bytes[at] !== HASH
    for (let end = 0; isEdge && end < 2; end++) {
      let node = 0
      let digit = bytes[at]! - ZERO
      do {
        node = node * 10 + digit
        at += 1
        digit = bytes[at]! - ZERO
      } while (digit >= 0 && digit <= 9)
      while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1
      if (node >= nodes) nodes = node + 1
      ends[used] = node
      used += 1
    }
    while (bytes[at] !== LINE_FEED) at += 1
    at += 1
  }
  return { ends: ends.subarray(0, used), nodes }
}

/** Goes over all edges, and gives both ends the smaller of their labels, until no label changes. */
export function labelPropagation(pool: PoolBytes): PlainLoop {
  return graphLoop('label propagation', pool, ({ ends, nodes }) => {
    const labels = identity(nodes)
    let changed = true
    while (changed) {
      changed = false
      for (let at = 0; at < ends.length; at += 2) {
        const from = ends[at]!
        const to = ends[at + 1]!
        const a = labels[from]!
        const b = labels[to]!
        if (a === b) continue
        changed = true
        if (a < b) labels[to] = a
        else labels[from] = b
      }
    }
    return labels
  })
}

/** Unites sets of nodes; the smaller root stays, and ways to it are halved as they are gone. One look at each edge. */
export function unionFind(pool: PoolBytes): PlainLoop {
  return graphLoop('union-find', pool, ({ ends, nodes }) => {
    const parents = identity(nodes)
    const rootOf = (node: number): number => {
      let parent = parents[node]!
      while (parent !== node) {
        const above = parents[parent]!
        parents[node] = above
        node = above
        parent = parents[node]!
      }
      return node
    }
    for (let at = 0; at < ends.length; at += 2) {
      const a = rootOf(ends[at]!)
      const b = rootOf(ends[at + 1]!)
      if (a < b) parents[b] = a
      else parents[a] = b
    }
    // A parent is at most its child: ascending, each has its root already.
    for (let node = 0; node < nodes; node++) parents[node] = parents[parents[node]!]!
    return parents
  })
}

function identity(nodes: number): Uint32Array {
  const labels = new Uint32Array(nodes)
  for (let node = 0; node < nodes; node++) labels[node] = node
  return labels
}

/** Sees edges; holds the sum of the labels of all numbers up to the greatest node, each its own where no edge has it. */
function graphLoop(
  name: string,
  pool: PoolBytes,
  labelled: (edges: Edges) => Uint32Array,
): PlainLoop {
  let seen = 0
  let labels: Uint32Array = new Uint32Array(0)
  return {
    name,
    pass() {
      const edges = edgesIn(pool)
      labels = labelled(edges)
      seen += edges.ends.length / 2
      return seen
    },
    held: () => labels.reduce((sum, label) => sum + label, 0),
  }
}
