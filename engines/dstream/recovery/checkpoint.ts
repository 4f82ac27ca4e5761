/**
 * Asynchronous checkpoints, as the driver sees them (D-Streams §3.1, §4.2): every `interval` batches the tables that later batches
 * will read are written to storage while jobs go on; when all are durable, lineage behind them is forgotten.
 *
 *   open ─batch completed─▶ saving ─all saved─▶ durable: the horizon moves, older blocks may go
 *     └────────────── membership changes ──────────────▶ abandoned: the next one comes an interval later
 *
 * Incremental: a block that an earlier checkpoint holds is not written again. At most one checkpoint is under way; one that
 * would begin meanwhile is left out. Tables that it still has to write are *held*: not released with their last reader.
 */
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Lineage } from '../rdd/lineage.ts'
import { type BatchNumber, blockKey, blockName, blockOfKey, type RddId } from '../rdd/rdd.ts'

export function checkpointName(rdd: RddId, batch: BatchNumber, partition: PartitionId): string {
  return `dstream/checkpoint/${blockName(rdd, batch, partition)}`
}

interface OpenCheckpoint {
  readonly batch: BatchNumber
  state: 'open' | 'saving'
  /** Not yet durable. */
  readonly missing: Set<number>
  /** All blocks of this checkpoint. */
  readonly blocks: Set<number>
  bytes: number
}

export class Checkpoints {
  #world: World
  #lineage: Lineage
  #interval: number
  #horizon: BatchNumber = 0
  #submitted: BatchNumber = 0
  /** Keys of the durable checkpoint's blocks. */
  #durable = new Set<number>()
  #open: OpenCheckpoint | undefined
  /** Tables without readers that the open checkpoint holds. */
  #held: number[] = []

  /** `interval` in batches; 0 where there is never anything to save, and the horizon follows completed batches. */
  constructor(world: World, lineage: Lineage, interval: number) {
    this.#world = world
    this.#lineage = lineage
    this.#interval = interval
  }

  /** Batch of the last durable checkpoint; 0 is the zero time, where everything is empty. */
  get horizon(): BatchNumber {
    return this.#horizon
  }

  isDurable(key: number): boolean {
    return this.#durable.has(key)
  }

  submitted(batch: BatchNumber): void {
    this.#submitted = batch
    if (this.#interval === 0 || batch % this.#interval !== 0 || this.#open) return
    this.#open = { batch, state: 'open', missing: new Set(), blocks: new Set(), bytes: 0 }
  }

  /** Whether a table must stay although its last reader, the task of batch `reader`, is done; if so it is remembered. */
  hold(key: number, reader: BatchNumber): boolean {
    const open = this.#open
    if (open === undefined || blockOfKey(key).batch > open.batch || reader <= open.batch)
      return false
    if (open.state === 'saving' && !open.missing.has(key)) return false
    this.#held.push(key)
    return true
  }

  /**
   * All batches up to `batch` are completed: begins the open checkpoint if it is due. Visits the tables to be written, or
   * none of them if one is lost: then the checkpoint is given up, and a table that was asked for might be gone before the
   * question arrives. Returns tables to be released.
   */
  completedThrough(
    batch: BatchNumber,
    { exists, save }: { exists(key: number): boolean; save(key: number): void },
  ): readonly number[] {
    if (this.#interval === 0) this.#horizon = Math.min(batch, this.#submitted)
    const open = this.#open
    if (open === undefined || open.state !== 'open' || batch < open.batch) return []
    open.state = 'saving'
    this.#lineage.neededAfter(open.batch, (stage, rdd, made) => {
      const { partitions } = this.#lineage.graph.stages[stage]!
      for (let p = 0; p < partitions; p++) {
        const key = blockKey(rdd, made, p)
        open.blocks.add(key)
        if (!this.#durable.has(key)) open.missing.add(key)
      }
    })
    this.#world.charge('dispatch', open.blocks.size)
    for (const key of open.missing) if (!exists(key)) return this.abandon()
    for (const key of open.missing) save(key)
    return open.missing.size === 0 ? this.#becomeDurable(open) : []
  }

  /** A table is durable. Returns tables to be released when that was the last one. */
  saved(key: number, bytes: number): readonly number[] {
    const open = this.#open
    if (open === undefined || !open.missing.delete(key)) return []
    open.bytes += bytes
    return open.missing.size === 0 ? this.#becomeDurable(open) : []
  }

  /** Gives the open checkpoint up; what it has written is removed. Returns tables to be released. */
  abandon(): readonly number[] {
    const open = this.#open
    if (open === undefined) return []
    this.#open = undefined
    for (const key of open.blocks) {
      if (!this.#durable.has(key) && !open.missing.has(key)) this.#remove(key)
    }
    this.#world.history.append('checkpoint-abandoned', { batch: open.batch })
    return this.#takeHeld()
  }

  #becomeDurable(open: OpenCheckpoint): readonly number[] {
    for (const key of this.#durable) if (!open.blocks.has(key)) this.#remove(key)
    this.#durable = open.blocks
    this.#horizon = open.batch
    this.#open = undefined
    this.#world.history.append('checkpoint-durable', {
      batch: open.batch,
      blocks: open.blocks.size,
      bytes: open.bytes,
    })
    return this.#takeHeld()
  }

  #takeHeld(): readonly number[] {
    const held = this.#held
    this.#held = []
    return held
  }

  #remove(key: number): void {
    const { rdd, batch, partition } = blockOfKey(key)
    this.#world.storage.remove(checkpointName(rdd, batch, partition))
  }
}
