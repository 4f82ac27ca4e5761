/**
 * How an RDD's partition hangs on others: narrow (on a few partitions, here always the same one of earlier RDDs) or
 * shuffle (on all partitions of a parent) (RDD §4; D-Streams §4). Job stages are cut at shuffles.
 */
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, RddId, StageId } from './rdd.ts'

/** Rows of the same batch, or of an earlier one, from partitions of another job stage. */
export interface ShuffleDependency {
  readonly kind: 'shuffle'
  readonly rdd: RddId
  readonly path: number
  /** The stage that makes it. */
  readonly parent: StageId
  /** Partitions of the parent stage. */
  readonly sources: number
  /** Only the parent partition of the same number sends rows (a same-partition path that could not be fused). */
  readonly samePartition: boolean
  /** The batch of the rows that a task of a batch reads; 0: none, as the parent emits nothing for it. */
  madeAt(batch: BatchNumber): BatchNumber
  /** Of the batch before: what goes around in a loop, each round of which is a batch. */
  readonly feedback: boolean
}

/**
 * Visits narrow dependencies: blocks of the same partition, in this or an earlier batch. Co-partitioned, so they never cross
 * workers. The allocation-free form of a list.
 */
export type NarrowVisitor = (rdd: RddId, batch: BatchNumber) => void

/** Whether source partition `source` can hold rows for `target`. */
export function feeds(
  dependency: ShuffleDependency,
  source: PartitionId,
  target: PartitionId,
): boolean {
  return !dependency.samePartition || source === target
}
