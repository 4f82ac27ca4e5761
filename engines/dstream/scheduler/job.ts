/** A job: all that is done for one batch, from its closing to its last commit (D-Streams §4.1). */
import type { Lineage } from '../rdd/lineage.ts'
import type { BatchInfo } from './batch-info.ts'
import type { EarlierTasks } from './earlier-tasks.ts'
import type { JobStage, JobStages } from './job-stage.ts'

export interface Job {
  readonly info: BatchInfo
  readonly stages: readonly JobStage[]
  /** Tasks of the batch that are not done. */
  owed: number
}

/** The job of a batch that begins, or begins again after a driver that had it. */
export function openJob(
  info: BatchInfo,
  parts: {
    readonly lineage: Lineage
    readonly earlier: EarlierTasks
    readonly jobStages: JobStages
  },
): Job {
  const { batch } = info
  const { lineage, earlier, jobStages } = parts
  const stages: JobStage[] = []
  const done = earlier.take(batch)
  let owed = 0
  for (const stage of lineage.graph.stages) {
    if (!lineage.isActive(stage.id, batch)) continue
    const jobStage = jobStages.of(stage, batch)
    stages.push(jobStage)
    jobStage.owed.fill(1)
    for (const partition of done.get(stage.id) ?? []) jobStage.owed[partition] = 0
    owed += stage.partitions - (done.get(stage.id)?.size ?? 0)
  }
  return { info, stages, owed }
}
