/**
 * What the client may send to one receiver in a generation, and whether it is worth telling it.
 *
 *   limit = room of the blocks that were taken in + min(window, what is left of the receiver's share of its region)
 *
 * So a block on its way always has room here, and the client is held back when nothing is given back. A receiver that is
 * full for long without anything being given back will stay so: that ends the run by name.
 */
import type { Region } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import { type Nanos, seconds } from '../units.ts'
import { BLOCK_BYTES_MAX, WINDOW_BYTES } from './block.ts'

/** The share of its region that a receiver fills with blocks of its own partitions; copies of others take as much. */
const REGION_SHARE = 1 / 4
const STALL_NS_MIN: Nanos = seconds(10)
const STALL_TICKS = 50

export class Allowance {
  #region: Region
  #stallNs: Nanos
  /** Room of blocks that came from the client. */
  #taken = 0
  /** The limit as last told. */
  #granted = 0
  #releasedAt: Nanos = 0

  constructor(region: Region, tick: Nanos) {
    this.#region = region
    this.#stallNs = Math.max(STALL_NS_MIN, STALL_TICKS * tick)
  }

  /** A new generation: the client begins to count anew. */
  reset(now: Nanos): void {
    this.#taken = 0
    this.#granted = 0
    this.#releasedAt = now
  }

  take(room: number): void {
    this.#taken += room
  }

  /** Blocks were given back. */
  released(now: Nanos): void {
    this.#releasedAt = now
  }

  /** Whether there is no room for another block. */
  isFull(used: number): boolean {
    return this.#left(used) < BLOCK_BYTES_MAX
  }

  limit(used: number): number {
    return this.#taken + Math.min(WINDOW_BYTES, Math.max(0, this.#left(used)))
  }

  /** Whether the client can do something with a new limit that it cannot with the old one. */
  isWorth(limit: number): boolean {
    const starving = this.#granted - this.#taken < BLOCK_BYTES_MAX
    return limit >= this.#granted + WINDOW_BYTES / 8 || (starving && limit > this.#granted)
  }

  granted(limit: number): void {
    this.#granted = limit
  }

  /** Fails when a full receiver has waited too long. */
  checkStall(now: Nanos, used: number): void {
    if (now - this.#releasedAt < this.#stallNs) return
    throw new CapacityError({
      asked: 'room for more pushed input',
      found: `${used} bytes of blocks here, none released for ${now - this.#releasedAt} ns`,
      rule: `blocks stay until recovery no longer needs them, in ${REGION_SHARE} of a worker's memory`,
      remedy: 'Give workers more memory, take shorter ticks, or checkpoint more often',
    })
  }

  #left(used: number): number {
    return this.#region.size * REGION_SHARE - used
  }
}
