/**
 * Room in a receiver's region that others fill (`Outgoing.landing`): each slot takes one block, and becomes the block.
 *
 *   free ──told──▶ given ──a block landed in it──▶ the holding's, and freed with the block
 *             ▲       └─ a new generation, or a block that was not needed ─┐
 *             └────────────────────── told again ◀────────────────────────┘
 *
 * A slot that was given stays with its process, whatever happens to messages: someone who has not heard of a new generation
 * may still write into it. Slots cost memory, so a process gets some when it has sent a block that would fill one.
 */
import type { Region } from '../columns/memory.ts'
import type { Pointer, ProcessId } from '../units.ts'
import { SLOT_BYTES } from './block.ts'

/** What fills a window, and the next before room is told. */
const SLOTS_MAX = 40
/** And no more than this share of the region for one sender. */
const REGION_SHARE = 1 / 32

interface Given {
  readonly slots: Set<Pointer>
  /** To be told, or told again. */
  untold: Pointer[]
  wanted: number
}

export class Slots {
  #region: Region
  #max: number
  #given = new Map<ProcessId, Given>()

  constructor(region: Region) {
    this.#region = region
    this.#max = Math.min(SLOTS_MAX, Math.floor((region.size * REGION_SHARE) / SLOT_BYTES))
  }

  /** A new generation: nobody knows of any slot. */
  reset(): void {
    for (const given of this.#given.values()) given.untold = [...given.slots]
  }

  /** Whether a message lies in a slot of its sender. */
  has(from: ProcessId, pointer: Pointer): boolean {
    return this.#given.get(from)?.slots.has(pointer) ?? false
  }

  /** A block came by the link that would have filled a slot. */
  missed(from: ProcessId): void {
    this.#of(from).wanted = this.#max
  }

  /** What landed in a slot is kept, and the slot is a block now; or it is not needed, and the slot is given again. */
  settle(from: ProcessId, pointer: Pointer, kept: boolean): void {
    if (!this.has(from, pointer)) return
    const { slots, untold } = this.#of(from)
    if (kept) slots.delete(pointer)
    else untold.push(pointer)
  }

  /** Slots to tell a process of, now. */
  tell(to: ProcessId): readonly Pointer[] {
    const given = this.#of(to)
    while (given.slots.size < given.wanted && this.#region.has(SLOT_BYTES)) {
      const slot = this.#region.allocate(SLOT_BYTES)
      given.slots.add(slot)
      given.untold.push(slot)
    }
    const told = given.untold
    given.untold = []
    return told
  }

  #of(process: ProcessId): Given {
    let given = this.#given.get(process)
    if (given === undefined) {
      given = { slots: new Set(), untold: [], wanted: 0 }
      this.#given.set(process, given)
    }
    return given
  }
}
