/**
 * Vertices: what a stage does on one worker, and what it may ask for (Naiad §2.2).
 *
 * A vertex is called back with messages and with notifications; it sends and asks for notifications through its context.
 * A callback at time t may send and ask only at times t' with t ≤ t'. Messages are delivered before notifications.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { PartitionId } from '../../core/units.ts'
import type { Timestamp } from '../progress/timestamp.ts'
import type { ConnectorId } from './connector.ts'
import type { StageId } from './stage.ts'

/** A message between vertices: rows for one logical partition. The bytes are in the run's memory. */
export interface Parcel {
  readonly partition: PartitionId
  readonly rows: Bytes
}

/**
 * What came of a notification. `again`: the work is long, call it again in the next step. `blocked`: a queue of the world
 * is full or storage is not done, call it again later. `held`: call it again when this worker's view of progress has changed.
 * Until it is done, its capability is kept and nothing passes it.
 */
export type NotifyOutcome = 'done' | 'again' | 'blocked' | 'held'

export interface Vertex {
  /** Whether `onRecv` may be called while a callback of the vertex runs: its own sends come back at once (Naiad §3.2). Not given: no. */
  readonly isReentrant?: boolean
  /** The parcel is valid until the call returns. */
  onRecv(connector: ConnectorId, parcel: Parcel, time: Timestamp): void
  /** No message at `time` or before will come any more. Until it says `done`, the capability for `time` is kept. */
  onNotify(time: Timestamp): NotifyOutcome
}

export interface VertexContext {
  readonly stage: StageId
  /** Sends along a connector that leaves this stage. `time` is a time of this stage; what the stage does to it is added. */
  sendBy(connector: ConnectorId, parcel: Parcel, time: Timestamp): void
  /** Asks for one notification at a time, once however often it is asked for. */
  notifyAt(time: Timestamp): void
}

export type VertexFactory = (context: VertexContext) => Vertex
