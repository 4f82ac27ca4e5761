/** `topK`: the rows of a table with the greatest values, as a table rank (from 1) → [key, value]. */
import { compareNames, nameOf } from './canonical-name.ts'
import { ChangingTable } from './changing-table.ts'
import type { Pair, Word } from './word.ts'

type NamedRow = readonly [name: string, row: Pair]

/** Ties by ascending keys. Cost: all rows of the table, whenever it emits. */
export function ranked(k: number): Word {
  const table = new ChangingTable()
  const ranks = new ChangingTable()
  return ([changes]) => {
    table.follow(changes!)
    const best = [...table.rows].sort(byValueThenKey).slice(0, k)
    const rows = best.map(([, row], index): [string, Pair] => {
      return [nameOf(index + 1), [index + 1, row]]
    })
    ranks.become(new Map(rows))
    return ranks.changes()
  }
}

/** Greatest value first, then ascending keys. */
function byValueThenKey(a: NamedRow, b: NamedRow): number {
  return compareValues(b[1][1], a[1][1]) || compareNames(a[0], b[0])
}

/** Numbers of all types by size, NaN below them; what is not a number by its encoding, before or after all numbers. */
function compareValues(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) {
    if (a < b) return -1
    if (a > b) return 1
    return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  }
  return compareNames(placeOf(a), placeOf(b))
}

/** Where numbers are among the encodings of other values: at the tag of an integer. */
const PLACE_OF_NUMBERS = nameOf(0).slice(0, 1)

function placeOf(value: unknown): string {
  return isNumber(value) ? PLACE_OF_NUMBERS : nameOf(value)
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
