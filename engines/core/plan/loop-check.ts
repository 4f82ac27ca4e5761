/**
 * The rules of loops. A node is *in* a loop if it depends on the loop's variable and lies before the end of its `iterate`;
 * a stream from outside that a node of the body reads enters with the first round.
 */
import type { Nanos } from '../units.ts'
import { formatDuration } from './duration.ts'
import { described, givenBy, inputsOf, refusal } from './node-kinds.ts'
import { type NodeId, type Plan, type PlanNode, ROUNDS_MAX } from './plan.ts'
import { type Period, wholePeriod } from './plan-periods.ts'

type Loop = Extract<PlanNode, { kind: 'loop' }>
type Iterate = Extract<PlanNode, { kind: 'iterate' }>

/** What needs logical time, or leaves the plan. */
const OUTSIDE: ReadonlySet<PlanNode['kind']> = new Set([
  'source',
  'window',
  'reduceByWindow',
  'eventWindow',
  'stamp',
  'topK',
  'collect',
  'save',
  'foreachBatch',
  'query',
])

/** What lets records on without having seen all of a round. */
const PASSING: ReadonlySet<PlanNode['kind']> = new Set([
  'map',
  'filter',
  'flatMap',
  'keyBy',
  'union',
  'changes',
  'exchange',
  'staticJoin',
  'loop',
])

/** Errors: `PlanError` for the first loop that breaks a rule, outermost first. */
export function checkLoops(plan: Plan, interval: Nanos, periods: readonly Period[]): void {
  for (const loop of plan.nodes) {
    if (loop.kind !== 'loop') continue
    const iterate = plan.nodes.find(
      (node): node is Iterate => node.kind === 'iterate' && node.inputs[0] === loop.id,
    )
    if (iterate === undefined) {
      throw refusal(loop, 'a loop without an end', 'a loop is closed by one iterate', 'Add it')
    }
    checkRounds(loop, iterate)
    const body = dependentsOf(plan, loop.id)
    checkBody(body, iterate)
    checkKeyed(plan, loop, iterate)
    checkFresh(plan, loop, iterate)
    checkEntering({ body, iterate, period: (id) => wholePeriod(periods[id]!, interval) })
  }
}

function checkRounds({ rounds }: Loop, iterate: Iterate): void {
  if (Number.isSafeInteger(rounds) && rounds >= 0 && rounds <= ROUNDS_MAX) return
  throw refusal(
    iterate,
    `${rounds} rounds`,
    `a loop has a whole number of rounds, at most ${ROUNDS_MAX}`,
    'Bound it with fewer, or let it end by itself',
  )
}

/** The nodes of a loop: from its variable on, not beyond its `iterate`. */
function dependentsOf(plan: Plan, loop: NodeId): readonly PlanNode[] {
  const inside = new Set<NodeId>([loop])
  for (const node of plan.nodes) {
    if (node.kind === 'iterate' && node.inputs[0] === loop) continue
    if (inputsOf(node).some((input) => inside.has(input))) inside.add(node.id)
  }
  return plan.nodes.filter(({ id }) => inside.has(id))
}

function checkBody(body: readonly PlanNode[], iterate: Iterate): void {
  const found = body.find((node) =>
    node.kind === 'track' ? node.timeout !== undefined : OUTSIDE.has(node.kind),
  )
  if (found === undefined) return
  throw refusal(
    iterate,
    `${described(found)} in its body`,
    'Within a loop no logical time passes, so sources, windows, timeouts, stamps, topK and outputs stay outside',
    'Window the stream before iterate',
  )
}

/** A round ends when keyed operators have seen all of it: one lies on each way from the variable to `next`. */
function checkKeyed(plan: Plan, loop: Loop, iterate: Iterate): void {
  const passed = new Set<NodeId>([loop.id])
  for (const node of plan.nodes) {
    if (!PASSING.has(node.kind)) continue
    if (inputsOf(node).some((input) => passed.has(input))) passed.add(node.id)
  }
  if (!passed.has(iterate.inputs[1])) return
  throw refusal(
    iterate,
    'a body without a keyed operator',
    'A round ends when a keyed operator has seen all of it',
    'Add a reduceByKey, runningReduce or join to the body',
  )
}

/** In a round in which nothing comes to it, a fresh loop has no rows; but such a round does not get to it. */
function checkFresh(plan: Plan, loop: Loop, iterate: Iterate): void {
  if (!loop.fresh || givenBy(plan, iterate) !== 'table') return
  const outer = plan.nodes.some(
    (node) =>
      node.kind === 'loop' &&
      node.id !== loop.id &&
      dependentsOf(plan, node.id).some(({ id }) => id === iterate.id),
  )
  if (!outer) return
  throw refusal(
    iterate,
    'a fresh loop in another, whose result is a table',
    'A round gives nothing where nothing came to it, and so cannot take rows away',
    'Take the changes() of the table as the result',
  )
}

function checkEntering({
  body,
  iterate,
  period,
}: {
  readonly body: readonly PlanNode[]
  readonly iterate: Iterate
  readonly period: (id: NodeId) => Nanos
}): void {
  const inside = new Set(body.map(({ id }) => id))
  const entering = body.flatMap(inputsOf).filter((input) => !inside.has(input))
  const periods = [...new Set(entering.map(period))].sort((a, b) => a - b)
  if (periods.length < 2) return
  throw refusal(
    iterate,
    `periods of ${periods.map(formatDuration).join(' and ')}`,
    'Streams that enter a loop emit at equal periods',
    'Window both with one slide',
  )
}
