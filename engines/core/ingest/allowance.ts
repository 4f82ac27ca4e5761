/**
 * What the client may send to one receiver in a generation, and whether it is worth telling it.
 *
 *   limit = room of the blocks that were taken in
 *         + min(window, what is left of the receiver's share of its region, what may still be unread)
 *
 * So a block on its way always has room here, and the client is held back when nothing is given back. What may be unread
 * is little where the engine reads as records come: under overload the input then passes through caches and not through
 * memory, which triples the pace. An engine that reads whole batches needs all of one, and is bounded by the share alone.
 *
 * A receiver that is full and stays so ends the run by name: at once where not even one batch has room, else after long.
 */
import type { Region } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import type { TickLog } from '../input/tick-log.ts'
import { shortDuration } from '../plan/duration.ts'
import { type Nanos, seconds } from '../units.ts'
import { BLOCK_BYTES_MAX, WINDOW_BYTES, WORTH_BYTES } from './block.ts'

/** The share of its region that a receiver fills with blocks of its own partitions; copies of others take as much. */
export const REGION_SHARE = 1 / 4
/** Unread blocks of an engine that reads as records come: enough to bridge a switch of threads. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024
const STALL_NS_MIN: Nanos = seconds(10)
const STALL_TICKS = 50
/** Without room for one batch nothing can move any more; so long it must have been so, for what is under way to settle. */
const UNFIT_NS: Nanos = seconds(1)

/** Room that blocks of own partitions take, and the part that has not been read. */
export interface Load {
  readonly used: number
  readonly unread: number
}

export interface AllowanceOptions {
  readonly ticks: TickLog
  /** The engine reads a tick when all of it is here. */
  readonly wholeTicks: boolean
}

export class Allowance {
  #region: Region
  #stallNs: Nanos
  #unreadMax: number
  /** Room of blocks that came from the client. */
  #taken = 0
  /** The limit as last told. */
  #granted = 0
  #releasedAt: Nanos = 0
  #takenAt: Nanos = 0

  constructor(region: Region, { ticks, wholeTicks }: AllowanceOptions) {
    this.#region = region
    this.#stallNs = Math.max(STALL_NS_MIN, STALL_TICKS * ticks.length)
    this.#unreadMax = wholeTicks ? Number.POSITIVE_INFINITY : UNREAD_BYTES_MAX
  }

  /** A new generation: the client begins to count anew. */
  reset(now: Nanos): void {
    this.#taken = 0
    this.#granted = 0
    this.#releasedAt = now
    this.#takenAt = now
  }

  take(room: number, now: Nanos): void {
    this.#taken += room
    this.#takenAt = now
  }

  /** Blocks were given back. */
  released(now: Nanos): void {
    this.#releasedAt = now
  }

  /** Whether there is no room for another block. */
  isFull({ used }: Load): boolean {
    return this.#left(used) < BLOCK_BYTES_MAX
  }

  limit({ used, unread }: Load): number {
    const left = Math.min(this.#left(used), this.#unreadMax - unread)
    return this.#taken + Math.min(WINDOW_BYTES, Math.max(0, left))
  }

  /** Whether the client can do something with a new limit that it cannot with the old one. */
  isWorth(limit: number): boolean {
    const starving = this.#granted - this.#taken < BLOCK_BYTES_MAX
    return limit >= this.#granted + WORTH_BYTES || (starving && limit > this.#granted)
  }

  granted(limit: number): void {
    this.#granted = limit
  }

  /** Fails when a full receiver has waited too long. `unfit`: all that it holds is of a tick that is not whole yet. */
  checkStall(now: Nanos, { used }: Load, unfit: boolean): void {
    if (unfit && now - Math.max(this.#releasedAt, this.#takenAt) >= UNFIT_NS) {
      throw new CapacityError({
        asked: 'room for one batch of pushed input',
        found: `${used} bytes of blocks here, and the batch is not whole`,
        rule: `a batch is worked on when all of its input is here, in ${REGION_SHARE} of a worker's memory`,
        remedy: 'Take shorter batches (--tick), or give workers more memory (--worker-memory)',
      })
    }
    if (now - this.#releasedAt < this.#stallNs) return
    throw new CapacityError({
      asked: 'room for more pushed input',
      found: `${used} bytes of blocks here, none released for ${shortDuration(now - this.#releasedAt)}`,
      rule: `blocks stay until recovery no longer needs them, in ${REGION_SHARE} of a worker's memory`,
      remedy: 'Give workers more memory, take shorter ticks, or checkpoint more often',
    })
  }

  #left(used: number): number {
    return this.#region.size * REGION_SHARE - used
  }
}
