/**
 * Writes state blocks to a checkpoint, one a step at most, while jobs go on: blocks are immutable, so nothing has to stop
 * (D-Streams §3.1, §4.2).
 */

import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import { type BatchNumber, blockKey, type RddId } from '../rdd/rdd.ts'
import { checkpointName } from '../recovery/checkpoint.ts'
import type { BlockSaved } from '../scheduler/report.ts'

interface Save {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly key: number
  bytes: number
}

const WRITES_MAX = 4

export class CheckpointWriter {
  #world: World
  #store: BlockStore
  #saved: (block: BlockSaved) => void
  /** Asked for and not begun, from `#next` on. */
  #queue: Save[] = []
  #next = 0
  /** In memory and pinned, to be written by the next step. */
  #ready: Save[] = []
  #writes = new Map<number, Save>()
  /** Pinned by this writer. */
  #pinned = new Set<Save>()

  constructor(world: World, store: BlockStore, saved: (block: BlockSaved) => void) {
    this.#world = world
    this.#store = store
    this.#saved = saved
  }

  save(rdd: RddId, batch: BatchNumber, partition: PartitionId): void {
    this.#queue.push({ rdd, batch, partition, key: blockKey(rdd, batch, partition), bytes: 0 })
  }

  /** Writes at most one block; returns whether there is more to do now. */
  step(): boolean {
    const begun = this.#pinned.size
    if (begun < WRITES_MAX && this.#next < this.#queue.length) {
      const save = this.#queue[this.#next]!
      this.#next += 1
      if (this.#next === this.#queue.length) {
        this.#queue = []
        this.#next = 0
      }
      this.#pinned.add(save)
      const here = this.#store.pin(save.key, () => {
        if (this.#pinned.has(save)) this.#ready.push(save)
      })
      if (here) this.#ready.push(save)
    }
    const save = this.#ready.pop()
    if (save) {
      const table = this.#store.table(save.key)
      const bytes = table.save()
      this.#world.count('checkpointBytes', bytes.length)
      save.bytes = bytes.length
      const name = checkpointName(save.rdd, save.batch, save.partition)
      this.#writes.set(this.#world.storage.write(name, bytes), save)
    }
    const waits = this.#pinned.size >= WRITES_MAX
    return this.#ready.length > 0 || (!waits && this.#next < this.#queue.length)
  }

  /** Takes a storage completion; returns whether it was one of these writes. A failed one is tried again. */
  completed(request: number, outcome: string): boolean {
    const save = this.#writes.get(request)
    if (save === undefined) return false
    this.#writes.delete(request)
    if (!this.#pinned.delete(save)) return true
    this.#store.unpin(save.key)
    const { rdd, batch, partition, bytes } = save
    if (outcome === 'done') this.#saved({ rdd, batch, partition, bytes })
    else this.save(rdd, batch, partition)
    return true
  }

  /** Forgets what was asked for: the driver gives a checkpoint up when the membership changes. */
  reset(): void {
    this.#queue = []
    this.#next = 0
    this.#ready = []
    for (const save of this.#pinned) this.#store.unpin(save.key)
    this.#pinned.clear()
  }
}
