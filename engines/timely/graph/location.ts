/**
 * Locations: stages and connectors as one numbering, and the graph between them that progress is tracked on.
 *
 *   stage s ↦ s      connector c ↦ stages + c
 *
 * A message in flight is outstanding at its connector, a capability or a requested notification at its stage. From a
 * connector one gets to its target stage with the timestamp unchanged; from a stage to each connector that leaves it,
 * with what the stage does to timestamps.
 */

import { identitySummary } from '../progress/path-summary.ts'
import type { LocationId } from '../progress/pointstamp.ts'
import type { ProgressEdge, ProgressGraph } from '../progress/reachability.ts'
import type { ConnectorId } from './connector.ts'
import type { LogicalGraph } from './logical-graph.ts'
import { type StageId, stageSummary } from './stage.ts'

export function stageLocation(stage: StageId): LocationId {
  return stage
}

export function connectorLocation(graph: LogicalGraph, connector: ConnectorId): LocationId {
  return graph.stages.length + connector
}

export function progressGraph(graph: LogicalGraph): ProgressGraph {
  const { stages, connectors, contexts } = graph
  const depths: number[] = []
  const isStage: boolean[] = []
  const edges: ProgressEdge[] = []
  for (const stage of stages) {
    depths.push(contexts[stage.context]!.depth)
    isStage.push(true)
  }
  for (const connector of connectors) {
    const from = stages[connector.from]!
    const depth = contexts[from.outputContext]!.depth
    depths.push(depth)
    isStage.push(false)
    const location = connectorLocation(graph, connector.id)
    edges.push({
      from: stageLocation(connector.from),
      to: location,
      summary: stageSummary(from.kind, contexts[from.context]!.depth),
    })
    edges.push({
      from: location,
      to: stageLocation(connector.to),
      summary: identitySummary(depth),
    })
  }
  return { depths, isStage, edges }
}
