/**
 * A job stage: the tasks of one shuffle-free part of one batch (D-Streams §4; RDD §5.1).
 *
 * Tasks of a stage wait together for parent stages (shuffles), each for itself for earlier tables of its partition (narrow).
 * A task's states, in order: idle (not wanted, or done), waiting, ready, launched.
 */
import type { HistoryLog } from '../../core/metrics/history.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import { MAKE_EMISSION } from '../dstream/dstream.ts'
import type { StageDefinition } from '../graph.ts'
import { type BatchNumber, PARTITIONS_MAX, STAGES_MAX, type StageId } from '../rdd/rdd.ts'
import type { Move } from './launch.ts'

export const TASK_IDLE = 0
export const TASK_WAITING = 1
export const TASK_READY = 2
export const TASK_LAUNCHED = 3

export interface TaskRef {
  readonly jobStage: JobStage
  readonly partition: PartitionId
}

export class JobStage {
  readonly stage: StageDefinition
  readonly batch: BatchNumber
  /** By partition: state, what is wanted, what is wanted beyond what was launched. */
  readonly state: Uint8Array
  readonly mask: Uint8Array
  readonly again: Uint8Array
  /** Narrow parents that are not done. */
  readonly waiting: Uint16Array
  /** 1 while the batch's own job still lacks this task. */
  readonly owed: Uint8Array
  /** Masks whose dependencies have been looked up. */
  readonly expanded: Uint8Array
  /** Tasks wanted and not done. */
  pending = 0
  /** Parent stages that are not done; looked up once (`linked`). */
  parents = 0
  linked = false
  children: JobStage[] = []
  /** Tasks of later batches that wait for one of these, by partition. */
  readonly dependents: (TaskRef[] | undefined)[]
  /** Parents' blocks that are not with their partition's owner; undefined until the first launch. */
  moves: readonly Move[] | undefined
  readonly movesSentTo = new Set<ProcessId>()
  /** Tasks done here that were not owed: what recovery made again. */
  recomputed = 0

  constructor(stage: StageDefinition, batch: BatchNumber) {
    const { partitions } = stage
    this.stage = stage
    this.batch = batch
    this.state = new Uint8Array(partitions)
    this.mask = new Uint8Array(partitions)
    this.again = new Uint8Array(partitions)
    this.waiting = new Uint16Array(partitions)
    this.owed = new Uint8Array(partitions)
    this.expanded = new Uint8Array(partitions)
    this.dependents = new Array(partitions).fill(undefined)
  }

  /** A task is done. Returns whether the batch's own job has lacked it. */
  settle(partition: PartitionId, mask: number): boolean {
    if (this.owed[partition] === 0) {
      this.recomputed += 1
      return false
    }
    if ((mask & MAKE_EMISSION) === 0) return false
    this.owed[partition] = 0
    return true
  }

  /** Tells of what has been made again. */
  tellRecomputed(history: HistoryLog): void {
    if (this.recomputed === 0) return
    const { batch, stage, recomputed: tasks } = this
    history.append('block-recomputed', { batch, stage: stage.id, tasks })
    this.recomputed = 0
  }

  /** Forgets everything but what the job is owed: tasks will be planned anew. */
  reset(): void {
    this.state.fill(TASK_IDLE)
    this.mask.fill(0)
    this.again.fill(0)
    this.waiting.fill(0)
    this.expanded.fill(0)
    this.dependents.fill(undefined)
    this.pending = 0
    this.parents = 0
    this.linked = false
    this.children = []
    this.moves = undefined
    this.movesSentTo.clear()
  }
}

/** Job stages of which something is owed or wanted. */
export class JobStages {
  /** By `stageKey`. */
  #stages = new Map<number, JobStage>()

  /** That of a stage in a batch; it begins when it is first asked for. */
  of(stage: StageDefinition, batch: BatchNumber): JobStage {
    const key = stageKey(batch, stage.id)
    let jobStage = this.#stages.get(key)
    if (jobStage === undefined) {
      jobStage = new JobStage(stage, batch)
      this.#stages.set(key, jobStage)
    }
    return jobStage
  }

  find(stage: StageId, batch: BatchNumber): JobStage | undefined {
    return this.#stages.get(stageKey(batch, stage))
  }

  remove({ stage, batch }: JobStage): void {
    this.#stages.delete(stageKey(batch, stage.id))
  }

  /** All tasks will be planned anew; what no job owes may not be wanted then. */
  reset(hasJob: (batch: BatchNumber) => boolean): void {
    for (const [key, jobStage] of this.#stages) {
      jobStage.reset()
      if (!hasJob(jobStage.batch)) this.#stages.delete(key)
    }
  }
}

/** One number for a stage in a batch. */
function stageKey(batch: BatchNumber, stage: StageId): number {
  return batch * STAGES_MAX + stage
}

/** One for a partition of a stage. */
export function partitionKey(stage: StageId, partition: PartitionId): number {
  return stage * PARTITIONS_MAX + partition
}

/** One for a task. */
export function taskKey(
  { batch, stage }: Pick<JobStage, 'batch' | 'stage'>,
  partition: PartitionId,
): number {
  return stageKey(batch, stage.id) * PARTITIONS_MAX + partition
}
