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

/** The nodes that an output is computed from, in the plan's order. */
export function neededNodes(plan: Plan): readonly PlanNode[] {
  const needed = new Set<NodeId>()
  for (const node of plan.nodes.toReversed()) {
    if (!isOutput(node) && !needed.has(node.id)) continue
    needed.add(node.id)
    for (const input of inputsOf(node)) needed.add(input)
  }
  return plan.nodes.filter(({ id }) => needed.has(id))
}
