/**
 * Writes partitions' tables to a checkpoint while jobs go on: blocks are immutable, so nothing has to stop (D-Streams §3.1,
 * §4.2). At most one table is encoded a step; a partition's tables become one file (`recovery/checkpoint-file.ts`).
 *
 * One partition after the other; meanwhile up to `WRITES_MAX` files are on their way to storage. Only the table that is
 * encoded next is pinned: the driver holds the others until their file is durable.
 */
import { assert } from '../../core/assert.ts'
import { discard } from '../../core/columns/memory.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import { type BatchNumber, blockKey, type RddId } from '../rdd/rdd.ts'
import { checkpointName, encodeCheckpoint, type SavedTable } from '../recovery/checkpoint-file.ts'
import type { FileEnded } from '../scheduler/report.ts'

interface Table {
  readonly rdd: RddId
  readonly made: BatchNumber
}

interface Save {
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly tables: readonly Table[]
  readonly encoded: SavedTable[]
  bytes: number
  readonly failures: number
}

export interface CheckpointWriterOptions {
  /** Hash of the plan. */
  readonly plan: string
  /** The worker's, now: that of the driver which asked, as a change of it forgets what was asked for. */
  readonly generation: () => number
  /** A file is durable, or storage has refused it time and again. */
  ended(file: FileEnded): void
}

const WRITES_MAX = 4
/** A file that storage has refused so often is not written: its checkpoint is over. */
const FAILURES_MAX = 3

export class CheckpointWriter {
  #world: World
  #store: BlockStore
  #options: CheckpointWriterOptions
  /** Asked for; the first one is being encoded. */
  #queue: Save[] = []
  #writes = new Map<number, Save>()
  /** The table to be encoded next, and whether it is in memory. */
  #pinned: { readonly key: number; here: boolean } | undefined

  constructor(world: World, store: BlockStore, options: CheckpointWriterOptions) {
    this.#world = world
    this.#store = store
    this.#options = options
  }

  save(batch: BatchNumber, partition: PartitionId, tables: readonly Table[]): void {
    assert(
      tables.length > 0,
      () => `batch ${batch} has no tables of partition ${partition} to save`,
    )
    this.#queue.push({ batch, partition, tables, encoded: [], bytes: 0, failures: 0 })
  }

  /** Whether a file is still to be written. */
  get isBusy(): boolean {
    return this.#queue.length > 0 || this.#writes.size > 0
  }

  /** Encodes at most one table; returns whether there is more to do now. */
  step(): boolean {
    const save = this.#queue[0]
    if (save === undefined || this.#writes.size >= WRITES_MAX) return false
    const table = save.tables[save.encoded.length]!
    this.#pinned ??= this.#pin(blockKey(table.rdd, table.made, save.partition))
    if (!this.#pinned.here) return false
    const { key } = this.#pinned
    save.encoded.push({
      rdd: table.rdd,
      batch: table.made,
      bytes: this.#store.table(key).save(),
    })
    this.#unpin()
    if (save.encoded.length < save.tables.length) return true
    this.#queue.shift()
    this.#write(save)
    return this.#queue.length > 0
  }

  /** Takes a storage completion; returns whether it was one of these writes. One that was refused is tried again, some times. */
  completed(request: number, outcome: string, reason: string | undefined): boolean {
    const save = this.#writes.get(request)
    if (save === undefined) return false
    this.#writes.delete(request)
    const { batch, partition, bytes } = save
    if (outcome === 'done') {
      this.#options.ended({ batch, partition, bytes })
      return true
    }
    const failures = save.failures + 1
    if (failures < FAILURES_MAX) this.#queue.push({ ...save, encoded: [], bytes: 0, failures })
    else this.#options.ended({ batch, partition, bytes: 0, refusal: reason ?? outcome })
    return true
  }

  /** Forgets what was asked for: the driver gives a checkpoint up when the membership changes. */
  reset(): void {
    this.#queue = []
    if (this.#pinned) this.#unpin()
    this.#writes.clear()
  }

  #pin(key: number): { readonly key: number; here: boolean } {
    const pinned = { key, here: false }
    pinned.here = this.#store.pin(key, () => {
      pinned.here = true
    })
    return pinned
  }

  #unpin(): void {
    this.#store.unpin(this.#pinned!.key)
    this.#pinned = undefined
  }

  #write(save: Save): void {
    const { process, incarnation, storage } = this.#world
    const { plan } = this.#options
    const generation = this.#options.generation()
    const name = checkpointName({ batch: save.batch, generation }, save.partition)
    const bytes = encodeCheckpoint({ name, plan, generation, process, incarnation }, save.encoded)
    save.bytes = bytes.length
    for (const table of save.encoded) discard(table.bytes)
    save.encoded.length = 0
    this.#world.count('checkpointBytes', bytes.length)
    this.#writes.set(storage.write(name, bytes), save)
  }
}
