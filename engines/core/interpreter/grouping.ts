/**
 * Words that bring together what has the same key, in one period: `groupByKey`, `join`, `cogroup`; and `distinct`.
 *
 * Neither the order of records in a period nor the side that came first shows: values are in ascending order of their
 * canonical encodings.
 */
import { ascending, nameOf } from './canonical-name.ts'
import type { Pair, Records, Word } from './word.ts'

export interface Group {
  readonly key: unknown
  /** In order of arrival. */
  readonly values: unknown[]
}

/** The values of each key, by the key's name. */
export function grouped(records: Records): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const [key, value] of records as readonly Pair[]) {
    const name = nameOf(key)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { key, values: [value] })
    else group.values.push(value)
  }
  return groups
}

/** Pairs become [key, all its values in the period]. */
export function groupedByKey(): Word {
  return ([records]) =>
    [...grouped(records!).values()].map(({ key, values }) => [key, ascending(values)])
}

/** For each key of either side: [key, [values on the left, values on the right]]. */
export function cogrouped(): Word {
  return (arrived) => {
    const left = grouped(arrived[0]!)
    const right = grouped(arrived[1]!)
    const names = new Set([...left.keys(), ...right.keys()])
    return [...names].map((name) => {
      const sides = [left.get(name), right.get(name)]
      const key = (sides[0] ?? sides[1])!.key
      return [key, sides.map((side) => ascending(side?.values ?? []))]
    })
  }
}

/** Every value on the left with every value of its key on the right: [key, [left, right]]. */
export function joined(): Word {
  return ([left, right]) => {
    const others = grouped(right!)
    return (left as readonly Pair[]).flatMap(([key, value]) => {
      const matches = others.get(nameOf(key))?.values ?? []
      return matches.map((other) => [key, [value, other]])
    })
  }
}

/** Records that never came before. */
export function distinct(): Word {
  const seen = new Set<string>()
  return ([records]) =>
    records!.filter((record) => {
      const name = nameOf(record)
      const isNew = !seen.has(name)
      seen.add(name)
      return isNew
    })
}
