/**
 * Desugaring: a plan's words become the few that have operators, so that most of the language costs the engines nothing.
 *
 * Every word becomes a chain of core nodes; what a word becomes is said where it is rewritten (`joins.ts`, `tracking.ts`,
 * `event-time.ts`). The plan's hash and its interpreter look at the plan before this: only so is this tested too.
 */
import type { TickEnd } from '../units.ts'
import type { CoreId, CoreKind, CoreNode, CorePlan, Rewriting } from './core-plan.ts'
import { eventWindow } from './event-time.ts'
import { cogroup, distinct, groupByKey, join, staticJoin, tableJoin } from './joins.ts'
import { inputsOf, wordOf } from './node-kinds.ts'
import type { Plan } from './plan.ts'
import type { CheckedPlan } from './plan-check.ts'
import { wholePeriod } from './plan-periods.ts'
import { runningNodes } from './static-data.ts'
import { track } from './tracking.ts'

/** The core of a plan that has been checked: of the nodes of it that run. */
export function desugar(plan: Plan, { interval, periods }: CheckedPlan): CorePlan {
  const nodes: CoreNode[] = []
  /** By plan node: the core node that emits what it emits. */
  const made: CoreId[] = []
  const running = runningNodes(plan)
  for (const node of plan.nodes) {
    if (!running.has(node.id)) continue
    const word = wordOf(node)
    const add = (kind: CoreKind, ...inputs: readonly CoreId[]): CoreId => {
      const id = nodes.length
      nodes.push({ ...kind, id, origin: node.id, word, inputs })
      return id
    }
    const period = wholePeriod(periods[node.id]!, interval)
    const inputs = inputsOf(node).map((input) => made[input]!)
    made[node.id] = rewritten({ node, word, add }, inputs, period)
  }
  return { nodes }
}

function rewritten(rewriting: Rewriting, inputs: readonly CoreId[], period: number): CoreId {
  const { node, add } = rewriting
  const [first, second] = inputs as [CoreId, CoreId]
  switch (node.kind) {
    case 'source': {
      const { kind, url, interval, format, stamped } = node
      const numbers = format === 'u32x2' && { format }
      return add({ kind, url, interval, ...numbers, ...(stamped && { stamped }) })
    }
    case 'map':
    case 'filter':
    case 'flatMap':
    case 'keyBy':
      return add({ kind: node.kind, f: node.f }, first)
    case 'reduceByKey':
    case 'runningReduce':
      return add({ kind: node.kind, f: node.f }, first)
    case 'stamp':
      return add({ kind: 'stamp', f: withTick }, first)
    case 'union':
    case 'changes':
      return add({ kind: 'union' }, ...inputs)
    case 'exchange':
      return add({ kind: 'exchange' }, first)
    case 'groupByKey':
      return groupByKey(rewriting, first)
    case 'cogroup':
      return cogroup(rewriting, first, second)
    case 'join':
      return join(rewriting, first, second)
    case 'distinct':
      return distinct(rewriting, first)
    case 'staticJoin':
      return staticJoin({ ...rewriting, node }, first)
    case 'tableJoin':
      return tableJoin(rewriting, first, second)
    case 'track':
      return track({ ...rewriting, node }, first, period)
    case 'eventWindow':
      return eventWindow({ ...rewriting, node }, first, period)
    case 'window':
      return add({ kind: 'window', length: node.length, slide: node.slide }, first)
    case 'reduceByWindow': {
      const { kind, length, slide, merge, inverse } = node
      return add({ kind, length, slide, merge, ...(inverse && { inverse }) }, first)
    }
    case 'loop':
    case 'iterate':
      return add({ kind: node.kind }, ...inputs)
    case 'topK':
      return add({ kind: 'topK', k: node.k }, first)
    case 'collect':
    case 'save':
    case 'foreachBatch':
      return add({ kind: 'output', node }, first)
    case 'query':
      return add({ kind: 'query', name: node.name }, first)
  }
}

const withTick = (at: TickEnd, record: unknown): readonly [TickEnd, unknown] => [at, record]
