/**
 * What a loop must have seen and must hold after some passes: from the oracle's own definitions of a word and a line, and
 * without a table. A baseline that miscounts is no baseline.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import {
  binaryOf,
  INTEGER,
  integerBody,
  keyLanes,
  partitionOfLane,
} from '../../workloads/oracle-digest.ts'
import { linksOf } from '../../workloads/oracle-graphs.ts'
import { recordsOf, wordsOf } from '../../workloads/oracle-keys.ts'
import type { WindowLoopOptions } from './window-loops.ts'

export interface LoopCounts {
  /** Words, edges, pairs or matching records, in all passes and in the window's past. */
  readonly seen: number
  /** Words in the table or window, matching records so far, the sum of all nodes' labels, or of what pairs went to. */
  readonly held: number
}

/** Of a loop after so many passes over its pool. */
export type LoopTruth = (passes: number) => LoopCounts

export function matchTruth(pool: PoolBytes, pattern: string): LoopTruth {
  const text = binaryOf(pattern)
  let matches = 0
  for (const record of recordsOf(pool)) if (record.includes(text)) matches += 1
  return (passes) => ({ seen: matches * passes, held: matches * passes })
}

export function wordTruth(pool: PoolBytes): LoopTruth {
  const words = wordsBefore(pool)(pool.offsets.length - 1)
  return (passes) => ({ seen: words * passes, held: words * passes })
}

/** Each pass is over a whole graph. A component is what is reached from its least node. */
export function componentsTruth(pool: PoolBytes): LoopTruth {
  const links = linksOf(pool).filter((link) => link !== undefined)
  const nodes = 1 + links.flat().reduce((a, b) => Math.max(a, b), -1)
  const neighbours = Array.from({ length: nodes }, (): number[] => [])
  for (const [from, to] of links) {
    neighbours[from]!.push(to)
    neighbours[to]!.push(from)
  }
  const reached = new Set<number>()
  let held = 0
  for (let least = 0; least < nodes; least++) {
    const found = reached.has(least) ? [] : [least]
    for (let node = found.pop(); node !== undefined; node = found.pop()) {
      if (reached.has(node)) continue
      reached.add(node)
      held += least
      for (const next of neighbours[node]!) found.push(next)
    }
  }
  return (passes) => ({ seen: links.length * passes, held })
}

/** Of pairs that are exchanged: each pass begins with empty partitions. */
export function partitionTruth({ bytes }: PoolBytes, partitions: number): LoopTruth {
  let held = 0
  for (const [first] of pairsOf(bytes)) {
    const { lane0 } = keyLanes({ tag: INTEGER, body: integerBody(first) })
    held += partitionOfLane(lane0, partitions)
  }
  return (passes) => ({ seen: passes * (bytes.length / 8), held })
}

/** Of views, which are of the type 0, of the ads 0 to 999, of which ten are of one campaign. */
export function campaignTruth({ bytes }: PoolBytes): LoopTruth {
  const views = [...pairsOf(bytes)].filter(([type, ad]) => type === 0 && ad < 1_000)
  const campaigns = views.reduce((sum, [, ad]) => sum + Math.floor(ad / 10), 0)
  return (passes) => ({ seen: passes * views.length, held: passes * campaigns })
}

function* pairsOf(bytes: Uint8Array): Generator<readonly [first: number, second: number]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += 8) {
    yield [view.getUint32(at, true), view.getUint32(at + 4, true)]
  }
}

/**
 * By the loop's options, since words are counted once for all loops. A pass is a slide. The window holds the last ones; those of the past
 * are read from the pool's beginning, too.
 */
export function windowTruth(pool: PoolBytes): (options: WindowLoopOptions) => LoopTruth {
  const before = wordsBefore(pool)
  return ({ slideRecords, past }) => {
    const pastRecords = (slides: number): number =>
      past.slice(0, slides).reduce((sum, count) => sum + count, 0)
    const all = before(pastRecords(past.length))
    return (passes) => ({
      seen: all + before(passes * slideRecords),
      held:
        before(passes * slideRecords) -
        before(Math.max(0, passes - past.length) * slideRecords) +
        all -
        before(pastRecords(passes)),
    })
  }
}

/** Words in the first so many records of a pool that is read in a loop. */
function wordsBefore(pool: PoolBytes): (records: number) => number {
  const sums = [0]
  for (const record of recordsOf(pool)) sums.push(sums.at(-1)! + wordsOf(record).length)
  const all = sums.length - 1
  return (records) => Math.floor(records / all) * sums[all]! + sums[records % all]!
}
