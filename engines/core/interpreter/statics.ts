/**
 * Static data: inputs that are read once and wholly, what is computed of them, and the joins of streams with that.
 *
 * All of it has one period. The words that make it are the plan's own, called once.
 */
import type { NodeId, Plan } from '../plan/plan.ts'
import { nameOf } from './canonical-name.ts'
import { grouped } from './grouping.ts'
import { inputsOf, isOutput, type OutputNode } from './nodes.ts'
import type { Pair, Records, Word } from './word.ts'

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

/** By node, whether it is computed from static sources. */
export function staticNodes({ nodes }: Plan): readonly boolean[] {
  const found: boolean[] = []
  for (const node of nodes) {
    const isSource = node.kind === 'source' && node.static === true
    found.push(isSource || inputsOf(node).some((input) => found[input]!))
  }
  return found
}

/** The outputs of a plan: those of static data, or the others. */
export function outputsOf(plan: Plan, of: 'static data' | 'streams'): readonly OutputNode[] {
  const isStatic = staticNodes(plan)
  return plan.nodes.filter(isOutput).filter(({ id }) => isStatic[id] === (of === 'static data'))
}

/** What each static source puts out, given the records of each input. Errors: `Error` for an input that is not there. */
export function staticRecords(
  { nodes }: Plan,
  inputs: ReadonlyMap<string, Records>,
): ReadonlyMap<NodeId, Records> {
  const records = new Map<NodeId, Records>()
  for (const node of nodes) {
    if (node.kind !== 'source' || node.static !== true) continue
    const found = inputs.get(node.url)
    if (found === undefined) throw new Error(`static data of '${node.url}': no records`)
    records.set(node.id, found)
  }
  return records
}
