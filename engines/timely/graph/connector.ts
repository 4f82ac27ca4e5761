/**
 * Connectors: the logical edges of a dataflow (Naiad §3.1).
 *
 * A *pipeline* connector goes from a vertex to the vertex of the same worker; an *exchange* goes to the worker that owns
 * the message's partition.
 */
import type { StageId } from './stage.ts'

export type ConnectorId = number

export type Channel = 'pipeline' | 'exchange'

export interface Connector {
  readonly id: ConnectorId
  readonly from: StageId
  readonly to: StageId
  readonly channel: Channel
}
