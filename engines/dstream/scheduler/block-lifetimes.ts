/**
 * Lifetimes of blocks, on the driver: when a table has no reader left, which shuffle blocks are kept, what is forgotten behind a
 * checkpoint.
 *
 * Memory stays flat by two rules. A table goes when its last reader is done (the worker is told with its next tasks), unless
 * queries read it or the open checkpoint still has to write it. Shuffle blocks of completed batches, which only a recovery would
 * read, go when a checkpoint is durable; and when they fill a quarter of some worker's block store, the older half of them is
 * *evicted* (RDD §2.2: a lost partition is made again from lineage): a recovery makes it again from the input.
 * While storage refuses checkpoints, or their records, none is evicted, since there would be more to be made again with each batch; they
 * go on growing, and at half a block store the run ends by name.
 */
import { StorageError } from '../../core/errors.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, blockOfKey, type RddId } from '../rdd/rdd.ts'
import type { Checkpoints } from '../recovery/checkpoint.ts'
import type { BlockTracker } from './block-tracker.ts'
import type { Homes } from './homes.ts'
import type { QueryScheduler } from './query-scheduler.ts'
import type { FileEnded, ReportHeader } from './report.ts'
import type { TaskScheduler } from './task-scheduler.ts'

export interface BlockLifetimesParts {
  readonly lineage: Lineage
  readonly partitioner: Partitioner
  readonly tracker: BlockTracker
  readonly homes: Homes
  readonly checkpoints: Checkpoints
  readonly tasks: TaskScheduler
  readonly queries: QueryScheduler
  /** Of one worker, before the older ones go. */
  readonly shuffleBytesMax: number
  /** And while storage refuses checkpoints, or records of the driver. */
  readonly keptBytesMax: number
}

export class BlockLifetimes {
  #world: World
  #parts: BlockLifetimesParts
  /** By worker, of what is not evicted; nothing is known where that has just changed. */
  #shuffleBytes: (number | undefined)[] = []
  /** Shuffle blocks of batches up to it have gone, or go when their workers hear of it. Not before the horizon. */
  #evicted: BatchNumber = 0
  /** Storage has refused something since the horizon moved. */
  #isRefused = false

  constructor(world: World, parts: BlockLifetimesParts) {
    this.#world = world
    this.#parts = parts
  }

  get evicted(): BatchNumber {
    return this.#evicted
  }

  /** What a worker's shuffle blocks take. What it said before it knew which of them go is no news. */
  retained(worker: ProcessId, { evicted, shuffleBytes }: ReportHeader): void {
    if (evicted === this.#evicted) this.#shuffleBytes[worker] = shuffleBytes
  }

  /** The task of batch `reader` was the last reader of a table. */
  readerDone(rdd: RddId, made: BatchNumber, partition: PartitionId, reader: BatchNumber): void {
    if (made <= 0) return
    const key = blockKey(rdd, made, partition)
    if (!this.#parts.queries.hold(key, reader)) this.#unread(key, reader)
  }

  /**
   * All batches up to `batch` are completed: writes the checkpoint that is due, if one is, and evicts what takes too much room. Not
   * while lost work that lies behind it is made again for queries (`recovering`), or read back: nobody else would miss what goes.
   */
  completedThrough(batch: BatchNumber, recovering: boolean): void {
    const { checkpoints, tracker, tasks, homes, queries } = this.#parts
    for (const { key, reader } of queries.completedThrough(batch)) this.#unread(key, reader)
    if (queries.needsLineage || (recovering && !queries.isEmpty)) return
    const released = checkpoints.completedThrough(batch, {
      exists: (key) => {
        const { rdd, batch: made, partition } = blockOfKey(key)
        return homes.canRead(partition, tracker.workerOf(rdd, made, partition))
      },
      save: (checkpoint, partition) => tasks.save(checkpoint, partition, checkpoints.horizon),
    })
    for (const key of released) this.#release(key)
    if (!recovering) this.#evict(batch)
  }

  /**
   * A file of the open checkpoint is durable, or will not be. Errors: `StorageError` where there is no room for more of what only
   * a checkpoint lets go.
   */
  fileEnded(file: FileEnded): void {
    for (const key of this.#parts.checkpoints.ended(file)) this.#release(key)
    const { batch, partition, refusal } = file
    if (refusal === undefined) return
    this.#refused(`write the checkpoint of partition ${partition} at batch ${batch}`, refusal)
  }

  /** A record of the driver is not durable, so the horizon stays. Errors: as above. */
  recordRefused(name: string, reason: string): void {
    this.#refused(`write the driver's record ${name}`, reason)
  }

  /** The older half of the completed batches' shuffle blocks goes, where they take too much: no task reads them. */
  #evict(completed: BatchNumber): void {
    const { tracker, shuffleBytesMax } = this.#parts
    const isPressed = this.#shuffleBytes.some((bytes) => (bytes ?? 0) > shuffleBytesMax)
    if (!isPressed || this.#isRefused || completed <= this.#evicted) return
    const evicted = completed - Math.floor((completed - this.#evicted) / 2)
    tracker.evict(this.#evicted, evicted)
    this.#world.count('evictedBatches', evicted - this.#evicted)
    this.#evicted = evicted
    this.#shuffleBytes = []
  }

  #refused(asked: string, refusal: string): void {
    const { keptBytesMax } = this.#parts
    this.#isRefused = true
    const kept = this.#shuffleBytes.reduce<number>((most, bytes) => Math.max(most, bytes ?? 0), 0)
    if (kept > keptBytesMax) throw noRoom({ asked, refusal, kept, keptBytesMax })
  }

  /** The driver's record with this horizon is durable. */
  recorded(horizon: BatchNumber): void {
    this.#moveHorizon((checkpoints) => checkpoints.recorded(horizon))
  }

  /** What was lost has been made again. */
  recovered(): void {
    this.#moveHorizon((checkpoints) => checkpoints.recovered())
  }

  /** The horizon is that of a driver before this one: what workers still have behind it is not looked for. */
  restored(): void {
    this.#forgetBehind(0)
  }

  /** The membership has changed: the open checkpoint cannot be completed, and what was evicted may be made again. */
  suspend(): void {
    const { checkpoints } = this.#parts
    for (const key of checkpoints.abandon()) this.#release(key)
    this.#evicted = checkpoints.horizon
    this.#shuffleBytes = []
  }

  #moveHorizon(by: (checkpoints: Checkpoints) => readonly number[]): void {
    const { checkpoints } = this.#parts
    const before = checkpoints.horizon
    for (const key of by(checkpoints)) this.#release(key)
    this.#forgetBehind(before)
  }

  /** No task and no query reads it any more. */
  #unread(key: number, reader: BatchNumber): void {
    if (!this.#parts.checkpoints.hold(key, reader)) this.#release(key)
  }

  /** Who has it from a checkpoint, or has fetched it, the tracker does not know: all are told who may. */
  #release(key: number): void {
    const { tracker, partitioner, homes, tasks } = this.#parts
    const { rdd, batch, partition } = blockOfKey(key)
    tracker.remove(rdd, batch, partition)
    if (!homes.isScattered(partition)) tasks.release(key, partitioner.ownerOf(partition))
    else for (const worker of partitioner.workers) tasks.release(key, worker)
  }

  /** Forgets lineage behind the checkpoint when the horizon has moved. Costs O(batches kept), once a checkpoint. */
  #forgetBehind(before: BatchNumber): void {
    const { checkpoints, tracker, lineage } = this.#parts
    const { horizon } = checkpoints
    if (horizon === before) return
    this.#evicted = Math.max(this.#evicted, horizon)
    this.#shuffleBytes = []
    this.#isRefused = false
    const needed = new Set<number>()
    lineage.neededAfter(horizon, (_stage, rdd, made) => needed.add(blockKey(rdd, made, 0)))
    tracker.forget(horizon, (rdd, batch) => needed.has(blockKey(rdd, batch, 0)))
  }
}

function noRoom({
  asked,
  refusal,
  kept,
  keptBytesMax,
}: {
  readonly asked: string
  readonly refusal: string
  readonly kept: number
  readonly keptBytesMax: number
}): StorageError {
  return new StorageError({
    asked,
    found: `${refusal}; what came since the checkpoint before takes ${kept} bytes of a worker`,
    rule: `A run goes on with the one before up to ${keptBytesMax} bytes: memory is given back where a checkpoint is durable, and recorded`,
    remedy: 'Look at the storage of the run: is it full? Or give workers more memory',
  })
}
