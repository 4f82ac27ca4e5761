/** `reduceByKey` and `runningReduce`: one value a key, over a period or over everything so far. */
import type { PlanFunction } from '../plan/plan.ts'
import { nameOf } from './canonical-name.ts'
import { ChangingTable } from './changing-table.ts'
import type { Pair, Records, Word } from './word.ts'

/** One row a key, by the key's name. */
export function reduced(records: Records, f: PlanFunction): Map<string, Pair> {
  const rows = new Map<string, Pair>()
  for (const pair of records as readonly Pair[]) {
    const name = nameOf(pair[0])
    rows.set(name, withValue(rows.get(name), pair, f))
  }
  return rows
}

function withValue(row: Pair | undefined, [key, value]: Pair, f: PlanFunction): Pair {
  return row === undefined ? [key, value] : [row[0], f(row[1], value)]
}

/** For the keys that came in a period. */
export function reducedByKey(f: PlanFunction): Word {
  return ([records]) => [...reduced(records!, f).values()]
}

/** A table. */
export function runningReduced(f: PlanFunction): Word {
  const table = new ChangingTable()
  return ([records]) => {
    for (const pair of records as readonly Pair[]) {
      const name = nameOf(pair[0])
      table.put(name, withValue(table.rows.get(name), pair, f))
    }
    return table.changes()
  }
}
