/**
 * The logical graph: stages, connectors and loop contexts, checked when it is built (Naiad §2.1).
 *
 * A graph is refused when an edge crosses a loop's border other than through ingress or egress, and when it has a cycle
 * that does not pass the feedback of the outermost loop that it goes through: its timestamps would come back unchanged or
 * smaller, and no notification on it would ever be safe.
 */
import { PlanError } from '../../core/errors.ts'
import type { Channel, Connector, ConnectorId } from './connector.ts'
import { type ContextId, isWithin, type LoopContext, ROOT_CONTEXT } from './loop-context.ts'
import type { Stage, StageId, StageKind } from './stage.ts'

export interface LogicalGraph {
  readonly contexts: readonly LoopContext[]
  readonly stages: readonly Stage[]
  readonly connectors: readonly Connector[]
}

/** Builds a graph; `finish` checks it. Stages may be connected in any order, so that loops can be closed. */
export class GraphBuilder {
  #contexts: LoopContext[] = [{ id: ROOT_CONTEXT, parent: undefined, depth: 0 }]
  #stages: Stage[] = []
  #connectors: Connector[] = []

  /** A loop inside of a context. */
  loop(parent: ContextId = ROOT_CONTEXT): ContextId {
    const id = this.#contexts.length
    this.#contexts.push({ id, parent, depth: this.#contexts[parent]!.depth + 1 })
    return id
  }

  input(name: string): StageId {
    return this.#add(name, 'input', ROOT_CONTEXT, ROOT_CONTEXT)
  }

  stage(name: string, context: ContextId = ROOT_CONTEXT): StageId {
    return this.#add(name, 'regular', context, context)
  }

  /** Into the loop, from the context around it. */
  ingress(name: string, loop: ContextId): StageId {
    return this.#add(name, 'ingress', this.#around(loop), loop)
  }

  egress(name: string, loop: ContextId): StageId {
    return this.#add(name, 'egress', loop, this.#around(loop))
  }

  feedback(name: string, loop: ContextId): StageId {
    this.#around(loop)
    return this.#add(name, 'feedback', loop, loop)
  }

  connect(from: StageId, to: StageId, channel: Channel): ConnectorId {
    const id = this.#connectors.length
    this.#connectors.push({ id, from, to, channel })
    return id
  }

  /** Errors: `PlanError` when the graph is not one that progress can be tracked on. */
  finish(): LogicalGraph {
    const graph = {
      contexts: this.#contexts,
      stages: this.#stages,
      connectors: this.#connectors,
    }
    checkBorders(graph)
    checkCycles(graph)
    return graph
  }

  #add(name: string, kind: StageKind, context: ContextId, outputContext: ContextId): StageId {
    const id = this.#stages.length
    this.#stages.push({ id, name, kind, context, outputContext })
    return id
  }

  #around(loop: ContextId): ContextId {
    const parent = this.#contexts[loop]?.parent
    if (parent === undefined) {
      throw new PlanError(`ingress, egress or feedback of context ${loop}: it is not a loop`)
    }
    return parent
  }
}

function checkBorders(graph: LogicalGraph): void {
  for (const connector of graph.connectors) {
    const from = graph.stages[connector.from]!
    const to = graph.stages[connector.to]!
    if (to.kind === 'input') {
      throw new PlanError(
        `connector from ${from.name} to the input ${to.name}: inputs take nothing`,
      )
    }
    if (from.outputContext === to.context) continue
    throw new PlanError({
      asked: `connect ${from.name} to ${to.name}`,
      found: `the one sends in loop context ${from.outputContext}, the other receives in ${to.context}`,
      rule: 'an edge enters a loop through an ingress and leaves it through an egress',
      remedy: 'Put an ingress or an egress between them',
    })
  }
}

function checkCycles(graph: LogicalGraph): void {
  const { contexts, stages, connectors } = graph
  const targets: StageId[][] = stages.map(() => [])
  for (const { from, to } of connectors) targets[from]!.push(to)
  for (const context of contexts) {
    // Without the feedback of this loop no path may come back to a stage that is directly in it.
    const passable = stages.map(
      (stage) =>
        isWithin(contexts, stage.context, context.id) &&
        !(stage.kind === 'feedback' && stage.context === context.id),
    )
    for (const stage of stages) {
      if (stage.context !== context.id || !passable[stage.id]) continue
      if (!returns(stage.id, targets, passable)) continue
      throw new PlanError({
        asked: 'a dataflow graph',
        found: `a cycle through ${stage.name} that passes no feedback of its loop context`,
        rule: 'every cycle must advance a loop counter (Naiad §2.1)',
        remedy: 'Close the loop through a feedback stage',
      })
    }
  }
}

function returns(
  start: StageId,
  targets: readonly (readonly StageId[])[],
  passable: readonly boolean[],
): boolean {
  const seen = new Set<StageId>()
  const pending = [start]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const next of targets[at]!) {
      if (next === start) return true
      if (!passable[next] || seen.has(next)) continue
      seen.add(next)
      pending.push(next)
    }
  }
  return false
}
