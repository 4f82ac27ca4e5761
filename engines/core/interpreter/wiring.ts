/**
 * A plan's nodes as steps: those outside of all loops, with each loop as one step among them, and so on inwards.
 *
 * A node is in a loop if it is computed from the loop variable, other than through the `iterate` that ends the loop. What
 * a body reads from outside enters with the loop's input.
 */
import type { NodeId, Plan, PlanNode } from '../plan/plan.ts'
import { Evaluation, type Step } from './evaluation.ts'
import { iterated } from './loops.ts'
import { inputsOf, isOutput, isTable, neededNodes, type OutputNode } from './nodes.ts'
import { type Period, periodsOf } from './periods.ts'
import { newWord, type Surroundings, type WordNode } from './words.ts'

type IterateNode = Extract<PlanNode, { kind: 'iterate' }>

export interface Wired extends Surroundings {
  /** What is wired: all that these are computed from. */
  readonly outputs: readonly OutputNode[]
}

export class Wiring {
  readonly periods: readonly Period[]
  readonly #plan: Plan
  readonly #surroundings: Surroundings
  readonly #needed: readonly PlanNode[]
  /** By node: the innermost loop that it is in, by its variable. */
  readonly #loops: readonly (NodeId | undefined)[]

  constructor(plan: Plan, { outputs, ...surroundings }: Wired) {
    this.periods = periodsOf(plan)
    this.#plan = plan
    this.#surroundings = surroundings
    this.#needed = neededNodes(plan, outputs)
    this.#loops = innermostLoops(plan)
  }

  /** Of the plan, without state. What sources put out enters it. */
  evaluation(): Evaluation {
    return new Evaluation(this.#stepsIn(undefined))
  }

  #stepsIn(loop: NodeId | undefined): readonly Step[] {
    const steps: Step[] = []
    for (const node of this.#needed) {
      if (this.#loops[node.id] !== loop || isOutput(node)) continue
      if (node.kind === 'iterate') steps.push(this.#iterateStep(node, loop))
      else if (node.kind !== 'source' && node.kind !== 'loop') steps.push(this.#step(node, loop))
    }
    return steps
  }

  #step(node: WordNode, loop: NodeId | undefined): Step {
    const period = this.periods[node.id]!
    const isWindow = node.kind === 'window' || node.kind === 'reduceByWindow'
    return {
      id: node.id,
      inputs: inputsOf(node),
      word: newWord(node, period, this.#surroundings),
      period: isWindow || loop !== undefined ? 'tick' : period,
    }
  }

  #iterateStep(node: IterateNode, outer: NodeId | undefined): Step {
    const [variable, next, result] = node.inputs
    const loop = this.#plan.nodes[variable]!
    if (loop.kind !== 'loop') throw new Error(`iterate (node ${node.id}): ${variable} is no loop`)
    const own = this.#stepsIn(variable)
    const inside = new Set([variable, ...own.map(({ id }) => id)])
    const read = [...own.flatMap(({ inputs }) => inputs), next, result]
    const outside = read.filter((id) => !inside.has(id))
    const entering = [...new Set([loop.input, ...outside])]
    const word = iterated({
      variable,
      next,
      result,
      input: loop.input,
      rounds: loop.rounds,
      fresh: loop.fresh,
      resultIsTable: isTable(this.#plan, result),
      entering,
      newBody: () => new Evaluation(this.#stepsIn(variable)),
    })
    const period = outer === undefined ? this.periods[node.id]! : 'tick'
    return { id: node.id, inputs: entering, word, period }
  }
}

function innermostLoops({ nodes }: Plan): readonly (NodeId | undefined)[] {
  const around: ReadonlySet<NodeId>[] = []
  /** By a loop's variable: the iterate that closes it. A loop in another is closed before it. */
  const closedBy = new Map<NodeId, NodeId>()
  for (const node of nodes) {
    const loops = new Set(inputsOf(node).flatMap((input) => [...around[input]!]))
    if (node.kind === 'loop') loops.add(node.id)
    if (node.kind === 'iterate') {
      loops.delete(node.inputs[0])
      closedBy.set(node.inputs[0], node.id)
    }
    around.push(loops)
  }
  const closedAt = (loop: NodeId): number => closedBy.get(loop) ?? nodes.length
  return around.map((loops) => [...loops].sort((a, b) => closedAt(a) - closedAt(b))[0])
}
