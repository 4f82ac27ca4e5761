/**
 * A task on its worker: one partition of one job stage in one batch (D-Streams §4).
 *
 * States, in order: *gathering* (rows are being fetched, blocks read back), *runnable*, *running*, *saving* (its rows are being
 * written to files), *committing* (the ledger had no room), *done*. Before it is saving it may be dropped, as another worker has
 * done it: then it leaves nothing. A cancelled task, whose generation is over, leaves nothing behind but blocks that it
 * had finished earlier, and files.
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { Commit, CommittedRows } from '../../core/output/commit.ts'
import type { OutputEffect } from '../../core/output/output-effects.ts'
import type { PartitionId } from '../../core/units.ts'
import type { StageDefinition } from '../graph.ts'
import { type BatchNumber, taskOrder } from '../rdd/rdd.ts'

/** What a task has to commit. */
export interface TaskOutput {
  readonly commit: Commit
  readonly rows: CommittedRows['rows']
}

export interface PendingCommit extends TaskOutput {
  /** What must be done before. */
  readonly effect: OutputEffect
}

export function readsInput({ stage }: WorkerTask): boolean {
  return stage.dstreams.some(({ operator }) => operator.kind === 'source')
}

export class WorkerTask {
  readonly stage: StageDefinition
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly mask: number
  /** Older batches first, then parents before children: what others wait for. */
  readonly order: number
  /** Things not yet here; runnable at zero. */
  waiting = 0
  /** Blocks pinned for it. */
  readonly pinned: number[] = []
  /** `fetched[shuffle][source]`: pieces from other workers, copied into this worker's region; undefined where local. */
  readonly fetched: (Bytes[] | undefined)[][]
  commits: PendingCommit[] = []
  /** Another worker has done it: when all that was asked for has come, it ends without having run. */
  isDropped = false
  /** It left something for the next round of a loop. */
  feeds = false

  constructor(
    stage: StageDefinition,
    place: {
      readonly batch: BatchNumber
      readonly partition: PartitionId
      readonly mask: number
      readonly sequence: number
    },
  ) {
    this.stage = stage
    this.batch = place.batch
    this.partition = place.partition
    this.mask = place.mask
    this.order = taskOrder(place.batch, stage.id, place.sequence)
    this.fetched = stage.shuffles.map(() => [])
  }
}
