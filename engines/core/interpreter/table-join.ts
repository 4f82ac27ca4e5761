/**
 * A table joined with a stream, running: the pairs that have become true in the period.
 *
 * A row that is another at the end of the period than at the end of the last one is paired with all records of its key
 * so far, those of this period too. Otherwise the period's records are paired with the row as it is. A row that changed
 * and changed back has not changed; one that left is paired with nothing, and its key's records wait for another row.
 * So nothing depends on how the period was cut into ticks.
 */
import { nameOf } from './canonical-name.ts'
import { ChangingTable } from './changing-table.ts'
import { grouped } from './grouping.ts'
import type { Word } from './word.ts'

/** Inputs: the table's changes, and records `[key, w]`. Puts out `[key, [value of the row, w]]`. */
export function joinedWithTable(): Word {
  const table = new ChangingTable()
  const valuesSoFar = new Map<string, unknown[]>()
  return ([changes, records]) => {
    table.follow(changes!)
    const toPair = new Map<string, readonly unknown[]>()
    for (const [name, { values }] of grouped(records!)) {
      const earlier = valuesSoFar.get(name)
      if (earlier === undefined) valuesSoFar.set(name, [...values])
      else for (const value of values) earlier.push(value)
      toPair.set(name, values)
    }
    for (const [key] of table.changes()) {
      const name = nameOf(key)
      toPair.set(name, valuesSoFar.get(name) ?? [])
    }
    return [...toPair].flatMap(([name, values]) => {
      const row = table.rows.get(name)
      return row === undefined ? [] : values.map((value) => [row[0], [row[1], value]])
    })
  }
}
