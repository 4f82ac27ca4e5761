/** A stream joined with static data: every record with the static rows of its key. */
import { nameOf } from './canonical-name.ts'
import { grouped } from './grouping.ts'
import type { Pair, Word } from './word.ts'

/** Rows of static data, by the output of the static plan that made them. Several rows may have one key. */
export type Statics = ReadonlyMap<string, readonly Pair[]>

/** Records `[key, v]` become `[key, [v, w]]` for each static row `[key, w]`. Errors: `Error` for data that is not there. */
export function joinedWithStatic(statics: Statics, name: string): Word {
  const rows = statics.get(name)
  if (rows === undefined) {
    throw new Error(`static data '${name}': not given. The interpreter is handed static rows`)
  }
  const byKey = grouped(rows)
  return ([records]) =>
    (records as readonly Pair[]).flatMap(([key, value]) => {
      const matches = byKey.get(nameOf(key))?.values ?? []
      return matches.map((match) => [key, [value, match]])
    })
}
