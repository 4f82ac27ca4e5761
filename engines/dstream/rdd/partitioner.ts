/**
 * The partitioner: where keys and partitions live (D-Streams §4.2: state is co-partitioned).
 *
 * A key's partition is its key lane 0 modulo the number of partitions (`core/output/digest.ts`), the same for every RDD of
 * a run; the kernels that combine rows apply it. So what remains here is partition → worker: the membership's placement,
 * also the same for every RDD. That is what makes the state's dependency on its predecessor narrow.
 */
import type { Membership } from '../../core/membership/membership.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'

export class Partitioner {
  readonly partitions: number
  #placement: readonly ProcessId[] = []
  /** Live workers, ascending. */
  #workers: readonly ProcessId[] = []

  constructor(partitions: number) {
    this.partitions = partitions
  }

  adopt(membership: Membership, workers: number): void {
    this.#placement = membership.placement
    this.#workers = membership.members
      .filter((member) => member.process < workers && member.state === 'live')
      .map((member) => member.process)
  }

  get workers(): readonly ProcessId[] {
    return this.#workers
  }

  /** Owner of a partition: of its state, its outputs, and by default of its input. */
  ownerOf(partition: PartitionId): ProcessId {
    return this.#placement[partition]!
  }
}
