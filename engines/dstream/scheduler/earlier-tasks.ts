/**
 * Tasks that workers have done for a driver before this one, as they say (`inventory.ts`): when their batch is begun again, they are
 * not owed any more. What they have left, and is still needed, is in the block tracker or is made again like all lost work.
 */
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, StageId } from '../rdd/rdd.ts'
import type { TaskDone } from './report.ts'

export class EarlierTasks {
  /** Partitions by batch and stage. */
  #tasks = new Map<BatchNumber, Map<StageId, Set<PartitionId>>>()

  get size(): number {
    let size = 0
    for (const stages of this.#tasks.values()) {
      for (const partitions of stages.values()) size += partitions.size
    }
    return size
  }

  add({ batch, stage, partition }: Pick<TaskDone, 'batch' | 'stage' | 'partition'>): void {
    const stages = this.#tasks.get(batch) ?? new Map<StageId, Set<PartitionId>>()
    this.#tasks.set(batch, stages)
    const partitions = stages.get(stage) ?? new Set<PartitionId>()
    stages.set(stage, partitions)
    partitions.add(partition)
  }

  /** Partitions by stage of a batch that begins; they are not kept. */
  take(batch: BatchNumber): ReadonlyMap<StageId, ReadonlySet<PartitionId>> {
    const stages = this.#tasks.get(batch)
    this.#tasks.delete(batch)
    return stages ?? NOTHING
  }

  /** Batches up to this one do not begin again. */
  forget(completed: BatchNumber): void {
    for (const batch of this.#tasks.keys()) if (batch <= completed) this.#tasks.delete(batch)
  }
}

const NOTHING: ReadonlyMap<StageId, ReadonlySet<PartitionId>> = new Map()
