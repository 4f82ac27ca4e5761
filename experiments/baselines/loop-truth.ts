/**
 * What a loop must have seen and must hold after some passes: from the oracle's own definitions of a word and a line, and
 * without a table. A baseline that miscounts is no baseline.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import { binaryOf } from '../../workloads/oracle-digest.ts'
import { linksOf } from '../../workloads/oracle-graphs.ts'
import { recordsOf, wordsOf } from '../../workloads/oracle-keys.ts'
import type { WindowLoopOptions } from './window-loops.ts'

export interface LoopCounts {
  /** Words, edges or matching records, in all passes and in the window's past. */
  readonly seen: number
  /** Words in the table or window, matching records so far, the sum of all nodes' labels. */
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

/** The window holds its last full slides; those of the past are read from the pool's beginning, too. */
export function windowTruth(pool: PoolBytes, options: WindowLoopOptions): LoopTruth {
  const { slides, slideRecords, historyRecords } = options
  const before = wordsBefore(pool)
  const records = pool.offsets.length - 1
  return (passes) => {
    const full = Math.floor((passes * records) / slideRecords)
    const past = Math.max(0, slides - full)
    return {
      seen: before(slides * historyRecords) + before(passes * records),
      held:
        before(full * slideRecords) -
        before(Math.max(0, full - slides) * slideRecords) +
        before(slides * historyRecords) -
        before((slides - past) * historyRecords),
    }
  }
}

/** Words in the first so many records of a pool that is read in a loop. */
function wordsBefore(pool: PoolBytes): (records: number) => number {
  const sums = [0]
  for (const record of recordsOf(pool)) sums.push(sums.at(-1)! + wordsOf(record).length)
  const all = sums.length - 1
  return (records) => Math.floor(records / all) * sums[all]! + sums[records % all]!
}
