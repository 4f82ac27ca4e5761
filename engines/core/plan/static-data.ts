/**
 * Static data in a plan: what is computed of inputs that are read once and wholly, before the run, and then joined.
 *
 *   readStatic ──map──▶ … ──collect 'ads'──┐ (no rows pass here: the join names the output)
 *   readStream ──map──────────────────▶ staticJoin 'ads' ──▶ …
 *
 * A plan with static data is several: one part for each static data that is joined, and the rest. All of them are the same
 * nodes with the same numbers; they differ in which of them run (`Plan.static`).
 */
import { inputsOf, refusal } from './node-kinds.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'

type Kind = PlanNode['kind']

/** Static data has one period, so what speaks of time means nothing there. */
const STATIC_KINDS: ReadonlySet<Kind> = new Set<Kind>([
  'source',
  'map',
  'filter',
  'flatMap',
  'keyBy',
  'union',
  'distinct',
  'reduceByKey',
  'groupByKey',
  'collect',
])

function isStaticSource(node: PlanNode): boolean {
  return node.kind === 'source' && node.static === true
}

/** What is computed from static sources. */
function staticNodes({ nodes }: Plan): ReadonlySet<NodeId> {
  const found = new Set<NodeId>()
  for (const node of nodes) {
    if (isStaticSource(node) || inputsOf(node).some((input) => found.has(input))) found.add(node.id)
  }
  return found
}

/** Names of the static data that a plan joins, each once. */
export function staticNames({ nodes, static: part }: Plan): readonly string[] {
  if (part !== undefined) return []
  const names = nodes.flatMap((node) => (node.kind === 'staticJoin' ? [node.static] : []))
  return [...new Set(names)]
}

/** What computes static data of a plan. */
export function staticPart(plan: Plan, name: string): Plan {
  return { nodes: plan.nodes, static: name }
}

/** The nodes of a plan that run: of a part, what its static data is computed from; else all that is not static. */
export function runningNodes(plan: Plan): ReadonlySet<NodeId> {
  const { nodes, static: part } = plan
  if (part === undefined) {
    const isStatic = staticNodes(plan)
    return new Set(nodes.map(({ id }) => id).filter((id) => !isStatic.has(id)))
  }
  const needed = new Set<NodeId>()
  for (const node of nodes.toReversed()) {
    if (!needed.has(node.id) && !(node.kind === 'collect' && node.name === part)) continue
    needed.add(node.id)
    for (const input of inputsOf(node)) needed.add(input)
  }
  return needed
}

/** Errors: `PlanError` where static data is mixed with a stream, needs time, or is not there. */
export function checkStatics(plan: Plan): void {
  const isStatic = staticNodes(plan)
  for (const node of plan.nodes) {
    if (isStatic.has(node.id)) checkStatic(plan, node, isStatic)
    if (node.kind !== 'staticJoin') continue
    const rows = plan.nodes.find((each) => each.kind === 'collect' && each.name === node.static)
    if (rows !== undefined && isStatic.has(rows.id)) continue
    throw refusal(
      node,
      `no static data '${node.static}'`,
      'A stream is joined with what a readStatic ends in',
      'Give join what static() returns',
    )
  }
}

function checkStatic(plan: Plan, node: PlanNode, isStatic: ReadonlySet<NodeId>): void {
  if (!STATIC_KINDS.has(node.kind)) {
    throw refusal(
      node,
      'static data as its input',
      `Static data has one period and no time: it goes through ${[...STATIC_KINDS].slice(1, -1).join(', ')}`,
      'End it in static(), and join the stream with that',
    )
  }
  const stream = inputsOf(node).find((input) => !isStatic.has(input))
  if (stream === undefined) return
  throw refusal(
    node,
    `static data and ${plan.nodes[stream]?.kind ?? 'nothing'} (node ${stream}) as its inputs`,
    'Static data is computed before the stream begins',
    'Join the stream with it',
  )
}
