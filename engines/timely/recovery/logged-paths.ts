/**
 * Which rows are logged: those that sources send to where something is kept from tick to tick, directly or further down.
 *
 * All else follows from them: what operators send to each other, rounds of loops, what outputs commit. A plan that keeps
 * nothing between two ticks has nothing to restore, and logs no rows.
 */
import type { Dataflow, DataflowOperator } from '../../core/plan/dataflow.ts'
import type { TimelyPlan } from '../lower.ts'

/** Paths by number. */
export function loggedPaths(
  { operators, paths }: Dataflow,
  { periods }: Pick<TimelyPlan, 'periods'>,
): ReadonlySet<number> {
  const matters: boolean[] = []
  // An operator comes after those it reads from, but in a loop, where all keep something.
  for (const operator of operators.toReversed()) {
    const { id } = operator
    matters[id] =
      keeps(operator, periods[id]!) ||
      paths.some(({ from, to }) => from === id && to.kind === 'operator' && matters[to.operator])
  }
  const logged = new Set<number>()
  for (const { id, from, to } of paths) {
    if (operators[from]!.kind !== 'source' || to.kind !== 'operator') continue
    if (matters[to.operator]) logged.add(id)
  }
  return logged
}

/** Whether an operator has a state between two ticks; `ticks` is its period. */
function keeps({ kind, loops }: DataflowOperator, ticks: number): boolean {
  if (loops.length > 0) return true
  if (kind === 'source') return false
  return !((kind === 'exchange' || kind === 'reduceByKey') && ticks === 1)
}
