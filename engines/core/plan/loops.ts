/**
 * Loops of a plan: which node is in which, and what settles their results.
 *
 * A loop has no operator. It is in the paths between operators, as crossings of its border (`dataflow.ts`):
 *
 *   input ──ingress──▶ body ──egress──▶ settled ──▶
 *                      ▲  │ next
 *                      └──┘ feedback
 *
 * A node is in a loop if it is computed from the loop's variable, other than through the `iterate` that closes the loop. What
 * a body reads from outside enters with the first round of each loop that it comes into.
 *
 * A result leaves round by round; behind the loop stands an operator that waits for all rounds of a period. Of a table it
 * keeps the rows, each as the last round had it, and gives what has changed since the period before; records it passes on.
 * Rows of a least or greatest value go one way from round to round: of them it keeps the least or greatest, which is the last.
 */
import { UserFunctionError } from '../errors.ts'
import type { Nanos, TickEnd } from '../units.ts'
import type { CoreNode, OperatorFields } from './core-plan.ts'
import type { DataflowLoop, LoopId, NarrowNode, Step } from './dataflow.ts'
import { formatDuration, instantText } from './duration.ts'
import { gather } from './gathering.ts'
import { inputsOf } from './node-kinds.ts'
import { type NodeId, type Plan, type PlanNode, ROUNDS_MAX } from './plan.ts'
import type { CheckedPlan } from './plan-check.ts'
import { wholePeriod } from './plan-periods.ts'

export interface LoopNesting {
  /** `loops[id].id === id`; a loop comes after the one that it is in. */
  readonly loops: readonly DataflowLoop[]
  /** By node: the loops that it is in, outermost first. */
  readonly around: readonly (readonly LoopId[])[]
}

type Iterate = Extract<PlanNode, { kind: 'iterate' }>
type Loop = Extract<PlanNode, { kind: 'loop' }>

/** The loops of a plan that keeps the rules of `loop-check.ts`. */
export function nestingOf(plan: Plan, { interval, periods }: CheckedPlan): LoopNesting {
  // Static data has none, and what else the plan has does not run with it.
  if (plan.static !== undefined) return { loops: [], around: plan.nodes.map(() => []) }
  const open = openLoops(plan)
  const loops: DataflowLoop[] = []
  /** By variable. */
  const chains = new Map<NodeId, readonly LoopId[]>()
  const innermost = (variables: ReadonlySet<NodeId>): readonly LoopId[] =>
    [...variables].map((variable) => chains.get(variable)!).reduce(longer, [])
  const iterates = plan.nodes.filter((node): node is Iterate => node.kind === 'iterate')
  // A loop is closed before the one that it is in.
  for (const iterate of iterates.toReversed()) {
    const [variable] = iterate.inputs
    const { rounds, fresh } = plan.nodes[variable] as Loop
    const outer = innermost(open[iterate.id]!)
    const id = loops.length
    const period = wholePeriod(periods[variable]!, interval)
    loops.push({ id, node: iterate.id, parent: outer.at(-1), rounds, fresh, period })
    chains.set(variable, [...outer, id])
  }
  return { loops, around: open.map(innermost) }
}

/** By node: the variables of the loops that it is computed from, and that are not closed before it. */
function openLoops(plan: Plan): readonly ReadonlySet<NodeId>[] {
  const open: ReadonlySet<NodeId>[] = []
  for (const node of plan.nodes) {
    const variables = new Set(inputsOf(node).flatMap((input) => [...open[input]!]))
    if (node.kind === 'loop') variables.add(node.id)
    if (node.kind === 'iterate') variables.delete(node.inputs[0])
    open.push(variables)
  }
  return open
}

function longer(a: readonly LoopId[], b: readonly LoopId[]): readonly LoopId[] {
  return b.length > a.length ? b : a
}

/** What waits for the rounds of a period. */
export function settling(
  { fresh, period }: DataflowLoop,
  gives: 'table' | 'events',
): OperatorFields {
  if (gives === 'events') return { kind: 'window', length: period, slide: period }
  const step = fresh ? freshStep(period) : settledStep
  return { kind: 'evolve', gather, step, gives: 'table', order: placeOf }
}

/**
 * What keeps the last rows of a table without their rounds: its own reduce, where that is `min` or `max` and it keeps its rows
 * from period to period.
 */
export function ownSettling(
  result: CoreNode,
  around: readonly DataflowLoop[],
): OperatorFields | undefined {
  if (result.kind !== 'runningReduce' || around.some(({ fresh }) => fresh)) return undefined
  const name = result.f.kernel?.name
  return name === 'min' || name === 'max' ? { kind: 'runningReduce', f: result.f } : undefined
}

/** [round or tick, row]; the row is undefined where the key left. */
type Item = readonly [at: number, row: unknown]

const placeOf = ([at]: Item): number => at

/** Rows of a table that leave a loop are numbered by the round. Those of one that never was in it, by the tick. */
export function numbering(
  { id, word }: Pick<NarrowNode, 'id' | 'word'>,
  by: 'round' | 'tick',
): NarrowNode {
  return { kind: 'stamp', f: by === 'round' ? numberedByRound : numberedByTick, id, word }
}

const numberedByRound = (_at: TickEnd, [key, row]: readonly [unknown, unknown], round: number) => [
  key,
  [[round, row]],
]

const numberedByTick = (at: TickEnd, [key, row]: readonly [unknown, unknown]) => [key, [[at, row]]]

/** Something has come: nothing is ever due. */
export const settledStep: Step = (_key, _state, arrived) => {
  const [, state] = arrived.at(-1) as Item
  return { state }
}

/** A loop that begins anew in each period has no row that it did not put out in it. */
function freshStep(period: Nanos): Step {
  return (_key, _state, arrived, end) => {
    const state = (arrived.at(-1) as Item | undefined)?.[1]
    return state === undefined ? undefined : { state, dueAt: end + period }
  }
}

/** Of a loop that nothing bounds, and that has come to `ROUNDS_MAX` rounds. `clock`: where the run's clock starts. */
export function endless(
  { node }: Pick<DataflowLoop, 'node'>,
  tick: TickEnd,
  clock: Nanos,
): UserFunctionError {
  return new UserFunctionError(
    {
      asked: `iterate (node ${node})`,
      found: `round ${ROUNDS_MAX} in the tick that ends at ${instantText(tick, clock, formatDuration)}`,
      rule: 'A loop ends when a round puts nothing out',
      remedy: 'Bound it with rounds, or stop passing on what has not changed',
    },
    { operator: 'iterate', node, tick },
  )
}
