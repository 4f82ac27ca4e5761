/** A job: the tasks of one batch, by job stage (D-Streams §4.1). */
import type { StageDefinition } from '../graph.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { BatchInfo } from './batch-info.ts'
import type { EarlierTasks } from './earlier-tasks.ts'
import type { JobStage } from './job-stage.ts'

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
    readonly jobStageOf: (stage: StageDefinition) => JobStage
  },
): Job {
  const { batch } = info
  const { lineage, earlier, jobStageOf } = parts
  const stages: JobStage[] = []
  const done = earlier.take(batch)
  let owed = 0
  for (const stage of lineage.graph.stages) {
    if (!lineage.isActive(stage.id, batch)) continue
    const jobStage = jobStageOf(stage)
    stages.push(jobStage)
    jobStage.owed.fill(1)
    for (const partition of done.get(stage.id) ?? []) jobStage.owed[partition] = 0
    owed += stage.partitions - (done.get(stage.id)?.size ?? 0)
  }
  return { info, stages, owed }
}
