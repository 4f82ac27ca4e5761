/** The vertex of a stage that has operators of the plan: what a worker asks of it beside its callbacks. */
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { PartitionId } from '../../core/units.ts'
import type { Vertex } from '../graph/vertex.ts'
import type { PartitionOperator } from './partition-operator.ts'

/** What a checkpoint asks of an operator's partition. */
export type KeptState = Pick<PartitionOperator, 'save' | 'restore'>

export interface OperatorVertex extends Vertex {
  /** Bytes of rows that came early, and wait. */
  readonly stashedBytes: number
  /** The state of an operator's partition, between two ticks. */
  state(operator: OperatorId, partition: PartitionId): KeptState | undefined
  release(): void
}
