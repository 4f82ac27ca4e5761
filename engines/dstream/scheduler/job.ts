/** A job: all that is done for one batch, from its closing to its last commit (D-Streams §4.1). */
import type { BatchInfo } from './batch-info.ts'
import type { JobStage } from './job-stage.ts'

export interface Job {
  readonly info: BatchInfo
  readonly stages: readonly JobStage[]
  /** Tasks of the batch that are not done. */
  owed: number
}
