/**
 * Where a partition's tasks run: with its owner, but for some batches after a copy of one has won elsewhere.
 *
 * Such a copy leaves the partition's newest table with its worker. A table is large, and who was slow may be slow still: so the
 * next batches follow the table, instead of fetching it back; then the partition comes home, and its tables after it, one by one as
 * they are read. For how long is said in `spells.ts`. Differs from the paper, which does not remember slow nodes (D-Streams §5.2).
 *
 * A driver that takes over knows nothing of this and begins as a new generation does: all partitions are at home, nobody has been slow.
 * Where tables are away from it, workers say with all that they have (`inventory.ts`); they are fetched as they are read, and not
 * made again. Who is still slow is late once more, and that is all that is lost by not recording it.
 */
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import { Spells } from './spells.ts'

interface Stay {
  readonly worker: ProcessId
  /** The last batch of it. */
  readonly until: BatchNumber
}

export class Homes {
  #partitioner: Partitioner
  #stays = new Map<PartitionId, Stay>()
  /** Partitions of which another worker than the owner has, or had, tables. */
  #scattered = new Set<PartitionId>()
  /** By worker that was slow. */
  #spells = new Spells()

  constructor(partitioner: Partitioner) {
    this.#partitioner = partitioner
  }

  homeOf(partition: PartitionId, batch: BatchNumber): ProcessId {
    const stay = this.#stays.get(partition)
    if (stay !== undefined && batch <= stay.until) return stay.worker
    return this.#partitioner.ownerOf(partition)
  }

  /** A copy of a task of this batch has won. */
  move(
    partition: PartitionId,
    {
      batch,
      from,
      to,
    }: { readonly batch: BatchNumber; readonly from: ProcessId; readonly to: ProcessId },
  ): void {
    this.#stays.set(partition, { worker: to, until: this.#spells.begin(from, batch) })
  }

  /** Where a partition was last away from home, if it ever was: some of its tables may be there still. */
  lastStay(partition: PartitionId): ProcessId | undefined {
    return this.#stays.get(partition)?.worker
  }

  /** From now on another worker may have tables of a partition. */
  scatter(partition: PartitionId): void {
    this.#scattered.add(partition)
  }

  /** A worker says that it has a table of a partition. */
  found(partition: PartitionId, worker: ProcessId): void {
    if (worker !== this.#partitioner.ownerOf(partition)) this.scatter(partition)
  }

  /** How many partitions are scattered. */
  get scattered(): number {
    return this.#scattered.size
  }

  isScattered(partition: PartitionId): boolean {
    return this.#scattered.has(partition)
  }

  /** Whether a table that is with a worker, if with any, can be had at a partition's home. */
  canRead(partition: PartitionId, holder: ProcessId | -1): boolean {
    if (holder === this.#partitioner.ownerOf(partition)) return true
    return holder >= 0 && this.#scattered.has(partition)
  }

  /** A new generation: everything is planned anew, at home. Tables stay where they are. */
  reset(): void {
    this.#stays.clear()
  }
}
