/** What the kind of a node says: what it reads, whether it is a table, whether it is an output. */
import type { NodeId, Plan, PlanNode } from '../plan/plan.ts'

export type OutputNode = Extract<PlanNode, { kind: 'collect' | 'save' | 'foreachBatch' }>

export function isOutput(node: PlanNode): node is OutputNode {
  return node.kind === 'collect' || node.kind === 'save' || node.kind === 'foreachBatch'
}

export function inputsOf(node: PlanNode): readonly NodeId[] {
  if (node.kind === 'source') return []
  return 'inputs' in node ? node.inputs : [node.input]
}

/** Whether what the node puts out are changes of rows. */
export function isTable(plan: Plan, id: NodeId): boolean {
  const node = plan.nodes[id]!
  switch (node.kind) {
    case 'runningReduce':
    case 'reduceByWindow':
    case 'topK':
    case 'track':
      return true
    case 'query':
      return isTable(plan, node.input)
    case 'iterate':
      return isTable(plan, node.inputs[2])
    default:
      return false
  }
}

/** The nodes that outputs are computed from, in the plan’s order. */
export function neededNodes(plan: Plan, outputs: readonly OutputNode[]): readonly PlanNode[] {
  const needed = new Set<NodeId>(outputs.map(({ id }) => id))
  for (const node of plan.nodes.toReversed()) {
    if (!needed.has(node.id)) continue
    for (const input of inputsOf(node)) needed.add(input)
  }
  return plan.nodes.filter(({ id }) => needed.has(id))
}
