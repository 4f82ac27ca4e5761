/**
 * Where values spread: loops in which a table of extremes is joined with events, and all that the join gives goes around to be rows
 * of the table again, as it is.
 *
 *   ──rows──▶ runningReduce(min or max) ──▶ join(events) ──eventAndRow──┐
 *                 ▲      │ egress, to the same reduce behind the loop   │
 *                 └──────┼──────────────────────feedback────────────────┘
 *
 * What such a loop comes to does not depend on the order in which rows go along events, nor on how often: a value goes on as it is,
 * and of several the best one stays. So within a process both operators are one (`tables/spread-table.ts`), and a round is what
 * processes tell each other, as in an asynchronous loop of Naiad (§2.4), where nothing waits for a notification. Where events
 * all go both ways, keys that they connect come to one value, and a process keeps sets of keys (`tables/union-table.ts`).
 *
 * Not where rounds are seen: those of a loop that they bound, or that begins anew in each period, and rows that anyone else
 * reads in the loop, or that leave it for more than their best.
 */
import type { Dataflow, DataflowOperator, DataflowPath, OperatorId } from '../plan/dataflow.ts'
import { ROUNDS_MAX } from '../plan/plan.ts'
import type { Extreme } from '../tables/extremes-table.ts'
import { carriedOn, numberFormOf, numberKernels } from './number-form.ts'

export interface Spread {
  /** The table of extremes. */
  readonly extremes: OperatorId
  readonly join: OperatorId
  readonly reduce: Extreme
  /** Whether for each event (a, b) there is (b, a), of the same period. */
  readonly goesBothWays: boolean
}

const known = new WeakMap<Dataflow, readonly Spread[]>()

/** All of a dataflow. Only where kernels may be used. */
export function spreadsOf(dataflow: Dataflow): readonly Spread[] {
  let spreads = known.get(dataflow)
  if (spreads === undefined) {
    spreads = dataflow.operators.flatMap((operator) => spreadFrom(dataflow, operator) ?? [])
    known.set(dataflow, spreads)
  }
  return spreads
}

/** The one that a table of extremes begins, if it does. */
function spreadFrom(dataflow: Dataflow, operator: DataflowOperator): Spread | undefined {
  const { id, loops } = operator
  const form = numberFormOf(dataflow, operator)
  if (form?.kind !== 'extremes' || loops.length !== 1) return undefined
  const { fresh, rounds } = dataflow.loops[loops[0]!]!
  if (fresh || rounds !== ROUNDS_MAX) return undefined
  const inner = dataflow.paths.filter((path) => path.from === id && !isEgress(path))
  const leaving = dataflow.paths.filter((path) => path.from === id && isEgress(path))
  const [only] = inner
  if (only?.to.kind !== 'operator' || inner.length !== 1 || only.crossings.length > 0) {
    return undefined
  }
  const { reduce } = form
  const join = only.to.operator
  const spreads =
    isSpreading(dataflow, { extremes: id, join }) &&
    leaving.every((path) => keepsExtremes(dataflow, path, reduce))
  if (!spreads) return undefined
  const events = pathsInto(dataflow, join).filter(({ from }) => from !== id)
  const goesBothWays = events.every((path) => areBothWays(dataflow, path))
  return { extremes: id, join, reduce, goesBothWays }
}

/** Whether the join takes no other table, and all that it gives goes around. */
function isSpreading(
  dataflow: Dataflow,
  { extremes, join }: Pick<Spread, 'extremes' | 'join'>,
): boolean {
  const { paths, operators } = dataflow
  if (numberFormOf(dataflow, { id: join })?.kind !== 'join') return false
  const into = pathsInto(dataflow, join)
  const out = paths.filter(({ from }) => from === join)
  const [around] = out
  return (
    operators[join]!.loops.length === 1 &&
    into.every(
      (path) => carriedOn(dataflow, path) === (path.from === extremes ? 'rows' : 'events'),
    ) &&
    out.length === 1 &&
    around!.to.kind === 'operator' &&
    around!.to.operator === extremes &&
    around!.chain.length === 1 &&
    around!.crossings.length === 1 &&
    around!.crossings[0]!.kind === 'feedback'
  )
}

/** Whether a path carries each event as it is and turned around, in one period. `beyond`: operators that it is asked of already. */
function areBothWays(
  dataflow: Dataflow,
  path: DataflowPath,
  beyond: readonly OperatorId[] = [],
): boolean {
  const last = numberKernels(path).at(-1)
  if (last !== undefined) return last.name === 'both-ways'
  const { from } = path
  // What waits at a border, or is exchanged, leaves as it came.
  if (numberFormOf(dataflow, { id: from })?.kind !== 'pairs' || beyond.includes(from)) return false
  const into = pathsInto(dataflow, from)
  return into.every((each) => areBothWays(dataflow, each, [...beyond, from]))
}

function pathsInto({ paths }: Dataflow, id: OperatorId): readonly DataflowPath[] {
  return paths.filter(({ to }) => to.kind === 'operator' && to.operator === id)
}

function isEgress({ crossings }: DataflowPath): boolean {
  return crossings.some(({ kind }) => kind === 'egress')
}

/** Whether a path leads out of the loop to where the best of all rows is kept. */
function keepsExtremes(
  dataflow: Dataflow,
  { to, chain, crossings }: DataflowPath,
  reduce: Extreme,
): boolean {
  if (to.kind !== 'operator' || chain.length > 0 || crossings.length !== 1) return false
  const form = numberFormOf(dataflow, { id: to.operator })
  return form?.kind === 'extremes' && form.reduce === reduce
}
