/**
 * The block tracker: block → (worker, incarnation, generation) on the driver (D-Streams §4.1, the master's tracker).
 *
 * A dead incarnation's blocks need no visit: a location counts only while that incarnation is the live one. So a failure
 * costs nothing here, and a look-up is an index into the batch's array. Batches are forgotten behind the horizon.
 *
 * Shape: for each batch, three numbers for each (rdd, partition): worker + 1 (0: nowhere), incarnation, generation.
 */
import type { Membership } from '../../core/membership/membership.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { BatchNumber, RddDefinition, RddId } from '../rdd/rdd.ts'

const FIELDS = 3

export class BlockTracker {
  #rdds: readonly RddDefinition[]
  #partitions: number
  #batches = new Map<BatchNumber, Uint32Array>()
  /** Incarnation of each live process. */
  #live: (number | undefined)[] = []
  #generation = 0
  #horizon: BatchNumber = 0

  constructor(rdds: readonly RddDefinition[], partitions: number) {
    this.#rdds = rdds
    this.#partitions = partitions
  }

  /** Batches with an entry. */
  get size(): number {
    return this.#batches.size
  }

  adopt(membership: Membership): void {
    this.#generation = membership.generation
    this.#live = []
    for (const { process, incarnation, state } of membership.members) {
      this.#live[process] = state === 'live' ? incarnation : undefined
    }
  }

  put(rdd: RddId, batch: BatchNumber, partition: PartitionId, worker: ProcessId): void {
    let blocks = this.#batches.get(batch)
    if (blocks === undefined) {
      blocks = new Uint32Array(this.#rdds.length * this.#partitions * FIELDS)
      this.#batches.set(batch, blocks)
    }
    const at = this.#index(rdd, partition)
    blocks[at] = worker + 1
    blocks[at + 1] = this.#live[worker] ?? 0
    blocks[at + 2] = this.#generation
  }

  /** The live worker that has a block, or -1. */
  workerOf(rdd: RddId, batch: BatchNumber, partition: PartitionId): ProcessId | -1 {
    const blocks = this.#batches.get(batch)
    if (blocks === undefined) return -1
    const at = this.#index(rdd, partition)
    const worker = blocks[at]! - 1
    return worker >= 0 && this.#live[worker] === blocks[at + 1] ? worker : -1
  }

  /** The generation in which a block was reported; 0 when it is nowhere. */
  generationOf(rdd: RddId, batch: BatchNumber, partition: PartitionId): number {
    return this.#batches.get(batch)?.[this.#index(rdd, partition) + 2] ?? 0
  }

  remove(rdd: RddId, batch: BatchNumber, partition: PartitionId): void {
    const blocks = this.#batches.get(batch)
    if (blocks === undefined) return
    const at = this.#index(rdd, partition)
    blocks.fill(0, at, at + FIELDS)
    if (batch <= this.#horizon && blocks.every((field) => field === 0)) this.#batches.delete(batch)
  }

  /** Forgets where the shuffle blocks of batches after `from`, up to `to`, are: nobody has them any more. */
  evict(from: BatchNumber, to: BatchNumber): void {
    for (let batch = from + 1; batch <= to; batch++) {
      const blocks = this.#batches.get(batch)
      if (blocks === undefined) continue
      for (const { id, kind } of this.#rdds) {
        if (kind === 'shuffle') blocks.fill(0, this.#index(id, 0), this.#index(id + 1, 0))
      }
    }
  }

  /** Forgets what lies behind a durable checkpoint: all shuffles, and the tables that nobody needs. Costs O(batches kept). */
  forget(horizon: BatchNumber, needed: (rdd: RddId, batch: BatchNumber) => boolean): void {
    this.#horizon = horizon
    for (const [batch, blocks] of this.#batches) {
      if (batch > horizon) continue
      let kept = false
      for (const { id, kind } of this.#rdds) {
        if (kind !== 'shuffle' && needed(id, batch)) kept = true
        else blocks.fill(0, this.#index(id, 0), this.#index(id + 1, 0))
      }
      if (!kept || blocks.every((field) => field === 0)) this.#batches.delete(batch)
    }
  }

  #index(rdd: RddId, partition: PartitionId): number {
    return (rdd * this.#partitions + partition) * FIELDS
  }
}
