/**
 * The RDDs of a dataflow: what each D-Stream is a series of (D-Streams §3.1; RDD §2).
 *
 * An RDD here is named by its place in the graph and a batch number, and is cut into partitions; (rdd, batch, partition)
 * names one immutable *block*. Who makes and who reads a block is the DStream's business (`dstream/`), where it lies is
 * the block tracker's. Batch n covers the records due in `[(n - 1) · interval, n · interval)`; batches up to 0 lie before
 * the zero time: their RDDs are empty and have no blocks.
 *
 * Blocks of pushed input are the ingest's (`core/ingest`), and no RDDs.
 */
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { PartitionId } from '../../core/units.ts'

export type RddId = number
/** Number of a batch, from 1: its batch time is `number · interval`. */
export type BatchNumber = number
export type StageId = number

/** So many of each have numbers of their own in one key: the product of batches, RDDs and partitions is 2^53, up to which keys are exact. */
export const BATCHES_MAX = 2 ** 29
export const RDDS_MAX = 2 ** 11
export const PARTITIONS_MAX = 2 ** 13
/** Tasks have keys, too, and an order: the product of batches, stages and turns is 2^53 as well. */
export const STAGES_MAX = 2 ** 8
/** Tasks are counted, and after so many anew. */
export const TURNS = 2 ** 16

export interface RddDefinition {
  readonly id: RddId
  /**
   * - `shuffle`: rows of one path, as the map side left them, per destination partition;
   * - `partial`: a table of what came in so far within one period of a windowed or slower operator;
   * - `state`: a table that the next batch's is made from (running state, a window).
   */
  readonly kind: 'shuffle' | 'partial' | 'state'
  /** The job stage whose tasks make it. */
  readonly stage: StageId
  readonly operator: OperatorId
  readonly path?: number
}

export interface BlockId {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly partition: PartitionId
}

/** One number for a block: batch-major, so that a batch's blocks are neighbours. */
export function blockKey(rdd: RddId, batch: BatchNumber, partition: PartitionId): number {
  return (batch * RDDS_MAX + rdd) * PARTITIONS_MAX + partition
}

export function blockOfKey(key: number): BlockId {
  const partition = key % PARTITIONS_MAX
  const rest = (key - partition) / PARTITIONS_MAX
  const rdd = rest % RDDS_MAX
  return { rdd, batch: (rest - rdd) / RDDS_MAX, partition }
}

export function nameOfKey(key: number): string {
  const { rdd, batch, partition } = blockOfKey(key)
  return `${rdd}-${batch}-${partition}`
}

/** Which task goes first, the smallest: older batches, then parents before children, then in turn. `sequence` counts tasks. */
export function taskOrder(batch: BatchNumber, stage: StageId, sequence: number): number {
  return (batch * STAGES_MAX + stage) * TURNS + (sequence % TURNS)
}
