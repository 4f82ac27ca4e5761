/**
 * Asynchronous checkpoints, as the driver sees them (D-Streams §3.1, §4.2): the tables that later batches will read are written
 * to storage while jobs go on; when all are durable, lineage behind them is forgotten. One begins every `interval` batches, but
 * not with the last one, after which nobody needs to come back; and when workers are to join or to leave (`ask`).
 *
 *   open ─batch completed─▶ saving ─all files there─▶ saved ─recorded─▶ durable: the horizon moves, older blocks may go
 *     └────────── membership changes ──────────────▶ abandoned: a later one saves it all
 *                             └─storage refuses some─▶ failed: the one before stays; the next begins with a batch soon after
 *
 * Incremental: a partition's file holds its tables since the checkpoint before, so a table lies in the file of the first
 * durable checkpoint that is not older than it. At most one checkpoint is under way; one that would begin meanwhile is left
 * out. Tables that it still has to write are *held*: not released with their last reader.
 *
 * The horizon moves when the driver's record says so (`driver-log.ts`): a driver after this one would look for what is behind it.
 */
import { milliseconds, type Nanos, type PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Lineage } from '../rdd/lineage.ts'
import { type BatchNumber, blockKey, blockOfKey, type RddId } from '../rdd/rdd.ts'
import type { FileEnded } from '../scheduler/report.ts'
import { type CheckpointId, checkpointName, horizonOf } from './checkpoint-file.ts'
import type { DriverRecord } from './driver-record.ts'

/** Storage that has refused a checkpoint is asked for the next one no sooner. */
const RETRY_AFTER: Nanos = milliseconds(200)

export interface CheckpointOptions {
  /** In batches; 0 where there is never anything to save, and the horizon follows completed batches. */
  readonly interval: number
  /** The driver's, now. */
  readonly generation: () => number
}

interface OpenCheckpoint extends CheckpointId {
  state: 'open' | 'saving' | 'saved'
  /** Tables that it consists of: `blockKey` of partition 0. */
  readonly tables: Set<number>
  /** Partitions whose file is still to be written. */
  readonly missing: Set<PartitionId>
  blocks: number
  bytes: number
  /** Why storage has refused a file of it: it fails, when nobody writes or reads for it any more. */
  refusal: string | undefined
  /** The membership changed when it was saved: what was lost is made again from behind it. */
  isHeldBack: boolean
}

export class Checkpoints {
  #world: World
  #lineage: Lineage
  #interval: number
  #generation: () => number
  /** Durable checkpoints whose files hold something that is needed, ascending. The last one's batch is the horizon. */
  #checkpoints: readonly CheckpointId[] = []
  #submitted: BatchNumber = 0
  /** Where nothing is ever saved: the batch up to which all is completed. */
  #completed: BatchNumber = 0
  /** The horizon that the driver's last record has. */
  #recorded: BatchNumber = 0
  /** Tables of the durable checkpoint: `blockKey` of partition 0. */
  #tables = new Set<number>()
  #open: OpenCheckpoint | undefined
  /** The next batch with which one can begin, begins one. */
  #isAsked = false
  /** None begins before: storage has just refused one. */
  #notBefore: Nanos = 0
  /** Tables without readers that the open checkpoint holds. */
  #held: number[] = []

  constructor(world: World, lineage: Lineage, { interval, generation }: CheckpointOptions) {
    this.#world = world
    this.#lineage = lineage
    this.#interval = interval
    this.#generation = generation
  }

  /** Batch of the last durable checkpoint, or the last completed one; 0 is the zero time, where everything is empty. */
  get horizon(): BatchNumber {
    return horizonOf(this.durable)
  }

  /** What a worker must know to find a table: see `checkpointOf`. */
  get durable(): readonly CheckpointId[] {
    return this.#interval > 0 ? this.#checkpoints : this.#unsaved(this.#recorded)
  }

  /** What is durable once the driver has recorded it. */
  get next(): readonly CheckpointId[] {
    if (this.#interval === 0) return this.#unsaved(this.#completed)
    return this.#open?.state === 'saved' ? this.#with(this.#open) : this.#checkpoints
  }

  /** The horizon of `next`. */
  get nextHorizon(): BatchNumber {
    if (this.#interval === 0) return this.#completed
    return this.#open?.state === 'saved' ? this.#open.batch : this.horizon
  }

  isDurable(key: number): boolean {
    const { rdd, batch } = blockOfKey(key)
    return this.#tables.has(blockKey(rdd, batch, 0))
  }

  /** Goes on from what a driver before this one has recorded. Files of a checkpoint that it had under way stay where they are. */
  restore({ checkpoints, completed }: Pick<DriverRecord, 'checkpoints' | 'completed'>): void {
    const horizon = horizonOf(checkpoints)
    this.#checkpoints = checkpoints
    this.#submitted = completed
    this.#completed = horizon
    this.#recorded = horizon
    if (horizon === 0) return
    this.#lineage.neededAfter(horizon, (_stage, rdd, made) =>
      this.#tables.add(blockKey(rdd, made, 0)),
    )
  }

  /** Whether one begins with the youngest batch, or holds it: what comes after reads no other tables. */
  get isAtEnd(): boolean {
    return this.#open?.batch === this.#submitted || this.isDurableAtEnd
  }

  get isDurableAtEnd(): boolean {
    return this.horizon === this.#submitted
  }

  /** Has one begin with the next batch. */
  ask(): void {
    this.#isAsked = true
  }

  submitted(batch: BatchNumber): void {
    this.#submitted = batch
    if (this.#interval === 0 || this.#open) return
    const isDue = batch % this.#interval === 0 && batch < this.#lineage.graph.lastBatch
    if (!isDue && !this.#isAsked) return
    this.#isAsked = this.#world.now() < this.#notBefore
    if (this.#isAsked) return
    this.#open = {
      batch,
      generation: this.#generation(),
      state: 'open',
      tables: new Set(),
      missing: new Set(),
      blocks: 0,
      bytes: 0,
      refusal: undefined,
      isHeldBack: false,
    }
  }

  /** Whether a table must stay although its last reader, the task of batch `reader`, is done; if so it is remembered. */
  hold(key: number, reader: BatchNumber): boolean {
    const open = this.#open
    const { rdd, batch, partition } = blockOfKey(key)
    if (open === undefined || batch > open.batch || reader <= open.batch) return false
    if (open.state !== 'open') {
      const written = batch <= this.horizon || !open.missing.has(partition)
      if (written || !open.tables.has(blockKey(rdd, batch, 0))) return false
    }
    this.#held.push(key)
    return true
  }

  /**
   * All batches up to `batch` are completed: begins the open checkpoint if it is due. Visits the partitions to be written, or
   * none of them if a table is lost: then the checkpoint is given up, and a table that was asked for might be gone before
   * the question arrives. Returns tables to be released.
   */
  completedThrough(
    batch: BatchNumber,
    act: {
      exists(key: number): boolean
      save(checkpoint: BatchNumber, partition: PartitionId): void
    },
  ): readonly number[] {
    if (this.#interval === 0) this.#completed = Math.min(batch, this.#submitted)
    const open = this.#open
    if (open === undefined || open.state !== 'open' || batch < open.batch) return []
    open.state = 'saving'
    let lost = false
    this.#lineage.neededAfter(open.batch, (stage, rdd, made) => {
      const { partitions } = this.#lineage.graph.stages[stage]!
      open.tables.add(blockKey(rdd, made, 0))
      open.blocks += partitions
      if (made <= this.horizon) return
      for (let p = 0; p < partitions; p++) {
        open.missing.add(p)
        lost ||= !act.exists(blockKey(rdd, made, p))
      }
    })
    this.#world.charge('dispatch', open.blocks)
    if (lost) return this.abandon()
    this.#world.history.append('checkpoint-began', { batch: open.batch })
    for (const partition of open.missing) act.save(open.batch, partition)
    if (open.missing.size === 0) open.state = 'saved'
    return []
  }

  /** A partition's file is durable, or will not be. Returns tables to be released. */
  ended({ batch, partition, bytes, refusal }: FileEnded): readonly number[] {
    const open = this.#open
    if (open?.batch !== batch || !open.missing.delete(partition)) return []
    open.bytes += bytes
    open.refusal ??= refusal
    if (open.missing.size > 0) return []
    if (open.refusal !== undefined) return this.#fail(open, open.refusal)
    open.state = 'saved'
    return []
  }

  /** A record with this horizon is durable. Returns tables to be released. */
  recorded(horizon: BatchNumber): readonly number[] {
    this.#recorded = horizon
    return this.#settle()
  }

  /** What was lost has been made again. Returns tables to be released. */
  recovered(): readonly number[] {
    if (this.#open) this.#open.isHeldBack = false
    return this.#settle()
  }

  /**
   * The membership changes: gives the open checkpoint up, and removes what it has written. One that is saved stays, since a record
   * that names its files may be on its way; but the horizon that is planned with stays, too, until all is made again. Returns
   * tables to be released.
   */
  abandon(): readonly number[] {
    const open = this.#open
    if (open === undefined) return []
    if (open.state === 'saved') {
      open.isHeldBack = true
      return []
    }
    this.#open = undefined
    if (open.state === 'saving') this.#removeFiles(open)
    this.#world.history.append('checkpoint-abandoned', { batch: open.batch })
    return this.#takeHeld()
  }

  /** Lineage is kept as it is: what was lost would be made again from behind the one before. */
  #fail(open: OpenCheckpoint, reason: string): readonly number[] {
    this.#open = undefined
    this.#isAsked = true
    this.#notBefore = this.#world.now() + RETRY_AFTER
    this.#removeFiles(open)
    this.#world.count('checkpointsFailed', 1)
    this.#world.history.append('checkpoint-failed', { batch: open.batch, reason })
    return this.#takeHeld()
  }

  #settle(): readonly number[] {
    const open = this.#open
    if (open?.state !== 'saved' || open.isHeldBack || open.batch !== this.#recorded) return []
    return this.#becomeDurable(open)
  }

  #becomeDurable(open: OpenCheckpoint): readonly number[] {
    const before = this.#checkpoints
    this.#checkpoints = this.#with(open)
    for (const checkpoint of before) {
      if (!this.#checkpoints.includes(checkpoint)) this.#removeFiles(checkpoint)
    }
    this.#tables = open.tables
    this.#open = undefined
    this.#world.count('checkpointsDurable', 1)
    this.#world.history.append('checkpoint-durable', {
      batch: open.batch,
      blocks: open.blocks,
      bytes: open.bytes,
    })
    return this.#takeHeld()
  }

  /** The durable checkpoints with one more: of those before it, the ones that hold a table which it still has. */
  #with(open: OpenCheckpoint): readonly CheckpointId[] {
    const last: CheckpointId = { batch: open.batch, generation: open.generation }
    const all = [...this.#checkpoints, last]
    const needed = new Set([last])
    for (const table of open.tables) needed.add(checkpointOf(all, blockOfKey(table).batch)!)
    return all.filter((checkpoint) => needed.has(checkpoint))
  }

  #unsaved(batch: BatchNumber): readonly CheckpointId[] {
    return batch === 0 ? [] : [{ batch, generation: this.#generation() }]
  }

  #takeHeld(): readonly number[] {
    const held = this.#held
    this.#held = []
    return held
  }

  #removeFiles(checkpoint: CheckpointId): void {
    const { partitions } = this.#lineage.graph
    for (let p = 0; p < partitions; p++) this.#world.storage.remove(checkpointName(checkpoint, p))
  }
}

/** The checkpoint whose file holds a table of batch `made`: the first one that is not older. */
export function checkpointOf(
  durable: readonly CheckpointId[],
  made: BatchNumber,
): CheckpointId | undefined {
  return durable.find(({ batch }) => batch >= made)
}

/** Visits the tables of a partition that a checkpoint's file holds, when the one before was at `horizon`. */
export function tablesSince(
  lineage: Lineage,
  horizon: BatchNumber,
  file: { readonly batch: BatchNumber; readonly partition: PartitionId },
  visit: (rdd: RddId, made: BatchNumber) => void,
): void {
  lineage.neededAfter(file.batch, (stage, rdd, made) => {
    if (made > horizon && file.partition < lineage.graph.stages[stage]!.partitions) visit(rdd, made)
  })
}
