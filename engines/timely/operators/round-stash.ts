/**
 * The stash of an operator in a loop: rows by timestamp, copied until their round is closed.
 *
 * Rounds overlap: what one worker puts out in a round reaches another that has yet to close the one before, and rows of the
 * next epoch come while a loop still goes around. Rows of two timestamps are never in one table. Bounded by the region;
 * sources that are ahead are held back long before (`scheduling/deployment.ts`).
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, Region } from '../../core/columns/memory.ts'
import type { Kernels } from '../../core/kernels/kernels.ts'
import type { PartitionId } from '../../core/units.ts'
import { compareTimes, equalTimes, showTime, type Timestamp } from '../progress/timestamp.ts'

interface Stashed {
  readonly partition: PartitionId
  readonly rows: Bytes
}

interface Round {
  readonly time: Timestamp
  /** In order of arrival, until the first is taken. */
  readonly parcels: Stashed[]
  /** Parcels that are taken, and of them those whose memory is given back. */
  taken: number
  freed: number
}

export class RoundStash {
  #region: Region
  #copy: Kernels['copyBytes']
  /** Few, in no order. */
  #rounds: Round[] = []
  #bytes = 0

  constructor(region: Region, copy: Kernels['copyBytes']) {
    this.#region = region
    this.#copy = copy
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Returns whether these are the first rows of their time. */
  add(time: Timestamp, partition: PartitionId, rows: Bytes): boolean {
    const pointer = this.#region.allocate(Math.max(rows.length, 1))
    this.#copy(pointer, rows.pointer, rows.length)
    const stashed = { partition, rows: { pointer, length: rows.length } }
    this.#bytes += rows.length
    const round = this.#roundAt(time)
    if (round !== undefined) {
      round.parcels.push(stashed)
      return false
    }
    this.#rounds.push({ time, parcels: [stashed], taken: 0, freed: 0 })
    return true
  }

  /** Hands out one parcel of a time, and forgets it. Returns whether there was one; without any the time is forgotten. */
  takeOne(time: Timestamp, visit: (partition: PartitionId, rows: Bytes) => void): boolean {
    const isTaken = this.lendOne(time, visit)
    this.#free(time)
    if (!isTaken) this.#forget(time)
    return isTaken
  }

  /** The same of a parcel that stays where it is until `giveBack`. */
  lendOne(time: Timestamp, visit: (partition: PartitionId, rows: Bytes) => void): boolean {
    const round = this.#roundAt(time)
    if (round === undefined) return false
    // Partition by partition, each in order of arrival: a table stays near while its rows are folded.
    if (round.taken === 0) round.parcels.sort((a, b) => a.partition - b.partition)
    const next = round.parcels[round.taken]
    if (next === undefined) return false
    round.taken += 1
    visit(next.partition, next.rows)
    return true
  }

  /** All parcels of a time were lent, and are used no more. */
  giveBack(time: Timestamp): void {
    this.#free(time)
    this.#forget(time)
  }

  /** Rounds are closed in order, and whole. */
  assertLeast(time: Timestamp): void {
    for (let at = 0; at < this.#rounds.length; at++) {
      const other = this.#rounds[at]!.time
      assert(
        compareTimes(time, other) <= 0,
        () => `round ${showTime(time)} closes while rows of ${showTime(other)} are here`,
      )
    }
  }

  release(): void {
    for (const round of this.#rounds) this.#freeUntil(round, round.parcels.length)
    this.#rounds = []
  }

  #roundAt(time: Timestamp): Round | undefined {
    for (let at = 0; at < this.#rounds.length; at++) {
      const round = this.#rounds[at]!
      if (equalTimes(round.time, time)) return round
    }
    return undefined
  }

  /** Gives back the memory of what was taken. */
  #free(time: Timestamp): void {
    const round = this.#roundAt(time)
    if (round !== undefined) this.#freeUntil(round, round.taken)
  }

  #freeUntil(round: Round, end: number): void {
    for (; round.freed < end; round.freed++) {
      const { pointer, length } = round.parcels[round.freed]!.rows
      this.#region.free(pointer, Math.max(length, 1))
      this.#bytes -= length
    }
  }

  #forget(time: Timestamp): void {
    const round = this.#roundAt(time)
    if (round !== undefined) this.#rounds.splice(this.#rounds.indexOf(round), 1)
  }
}
