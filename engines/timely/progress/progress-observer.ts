/**
 * Who is told of progress where it happens, before any view knows: invariants (`invariants.ts`). A run that is measured has
 * no observer.
 */
import type { ProcessId } from '../../core/units.ts'
import type { LocationId } from './pointstamp.ts'
import type { ProgressBroadcast } from './progress-broadcast.ts'
import type { Reachability } from './reachability.ts'
import type { Timestamp } from './timestamp.ts'

export interface ProgressObserver {
  /** A worker begins a generation. What happens to it in this generation is told to what is returned. */
  began(view: ObservedView): ViewObserver
}

export interface ObservedView {
  readonly generation: number
  readonly worker: ProcessId
  /** All workers that share progress: of the generation, or of a replica of the dataflow. */
  readonly workers: readonly ProcessId[]
  /** Theirs: a replica that is begun again has the same workers. */
  readonly incarnations: readonly number[]
  readonly reachability: Reachability
}

export interface ViewObserver {
  /** What is outstanding at the start, over all workers. */
  stated(location: LocationId, time: Timestamp, total: number): void
  /** Something has happened at this worker. */
  happened(location: LocationId, time: Timestamp, delta: number): void
  /** Updates were applied to this worker's view. */
  applied(progress: ProgressBroadcast): void
  /** The worker goes on in another generation: its view is not of this one any more. */
  ended(): void
  /** A notification is about to be delivered. */
  notified(location: LocationId, time: Timestamp): void
}
