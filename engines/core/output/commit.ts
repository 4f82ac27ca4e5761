/**
 * The commit: a sink partition's one publication of a tick (DESIGN §4).
 *
 * *Visible* is the instant just after the commit. The first commit of (output, partition, tick) counts; a later one with
 * another digest is the verdict *contradicted*; one of an older generation is refused. That is exactly-once, checked
 * rather than assumed.
 */
import type { Nanos, PartitionId, TickEnd } from '../units.ts'
import type { Digest } from './digest.ts'

export interface Commit extends Digest {
  readonly generation: number
  /** Index of the output in the plan, from 0. */
  readonly output: number
  readonly partition: PartitionId
  readonly tick: TickEnd
  /**
   * The instant at which the committing worker had read its share of the tick: what a system that stamps records as it
   * reads them would count from. Absent where the worker read none of it. Says nothing of what is committed: no check of
   * outputs looks at it.
   */
  readonly readAt?: Nanos | undefined
}

/** A commit as the ledger keeps it: with the instant at which it became visible. */
export interface VisibleCommit extends Commit {
  readonly visibleAt: Nanos
}

export type CommitOutcome =
  /** Published; visible from now on. */
  | 'accepted'
  /** The committer's generation is over; nothing was published. */
  | 'stale'
  /** The ledger's queue is full; nothing was published. Try again in a later step. */
  | 'full'

export interface CommitLedger {
  commit(commit: Commit): CommitOutcome
}

/** Rows of a tick, kept only when a run asks for them (`keepRows`), for tests and for showing a mismatch. */
export interface CommittedRows {
  readonly generation: number
  readonly output: number
  readonly partition: PartitionId
  readonly tick: TickEnd
  /** `value` is `undefined` where the key left the result. */
  readonly rows: readonly (readonly [key: unknown, value: unknown])[]
}
