/** What a worker has taken in of others' copies, and when to tell them: a few at a time, since each message may wake a thread. */
import type { Nanos, PartitionId } from '../units.ts'
import { WORTH_BYTES } from './block.ts'
import type { Lane } from './lane.ts'

/** A copy is confirmed at the latest so long after it came. */
const CONFIRM_DELAY: Nanos = 1_000_000

export class Confirmations {
  /** Room of copies that came in this generation. */
  copied = 0
  /** Of lanes that got copies since the last confirmation. */
  #lanes = new Set<Lane>()
  #at: Nanos = Number.POSITIVE_INFINITY
  /** `copied` as last confirmed. */
  #confirmed = 0

  reset(): void {
    this.copied = 0
    this.#confirmed = 0
    this.#at = Number.POSITIVE_INFINITY
    this.#lanes.clear()
  }

  /** When they are due at the latest. */
  get at(): Nanos {
    return this.#at
  }

  add(lane: Lane, room: number, now: Nanos): void {
    this.copied += room
    if (this.#lanes.size === 0) this.#at = now + CONFIRM_DELAY
    this.#lanes.add(lane)
  }

  /** Visits, by owner, partitions with copies to be confirmed, if that is due. */
  take(
    now: Nanos,
    ownerOf: (partition: PartitionId) => number,
    visit: (owner: number, lanes: readonly Lane[]) => void,
  ): void {
    if (this.#lanes.size === 0) return
    if (now < this.#at && this.copied - this.#confirmed < WORTH_BYTES) return
    this.#at = Number.POSITIVE_INFINITY
    this.#confirmed = this.copied
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    const owners = new Set(lanes.map(({ partition }) => ownerOf(partition)))
    for (const owner of owners) {
      visit(
        owner,
        lanes.filter(({ partition }) => ownerOf(partition) === owner),
      )
    }
  }
}
