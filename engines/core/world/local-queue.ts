/**
 * What a process has sent to itself, until it is delivered after its step: copies in its region, in order.
 *
 * Capacity: `bytesMax`. Overflow: `CapacityError`, as of an outbox; senders were asked to hold back at half of it.
 */
import type { Region } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import type { Pointer } from '../units.ts'
import type { Outgoing } from './world.ts'

export interface LocalMessage {
  readonly pointer: Pointer
  readonly length: number
  readonly channel: number
  readonly generation: number
}

/** What the smallest message takes (`Region`). */
const ENTRY_BYTES = 64

export class LocalQueue {
  #region: Region
  #bytesMax: number
  #messages: LocalMessage[] = []
  #bytes = 0

  constructor(region: Region, bytesMax: number) {
    this.#region = region
    this.#bytesMax = bytesMax
  }

  get empty(): boolean {
    return this.#messages.length === 0
  }

  get congested(): boolean {
    return this.#bytes > this.#bytesMax / 2
  }

  push({ to, payload, tail, channel, generation }: Outgoing): void {
    const region = this.#region
    const length = payload.length + (tail?.length ?? 0)
    const bytes = this.#bytes + Math.max(length, ENTRY_BYTES)
    if (bytes > this.#bytesMax) {
      throw new CapacityError({
        asked: `send ${length} bytes from process ${to} to itself`,
        found: `${this.#bytes} bytes wait to be delivered there`,
        rule: `at most ${this.#bytesMax} bytes may wait`,
        remedy: 'Send less in one step',
      })
    }
    const pointer = region.allocate(Math.max(length, 1))
    region.memory.u8.set(payload, pointer)
    if (tail !== undefined) region.memory.u8.set(tail, pointer + payload.length)
    this.#messages.push({ pointer, length, channel, generation })
    this.#bytes = bytes
  }

  /** Visits what was sent before this call, and gives its memory back. Returns whether there was any. */
  deliver(visit: (message: LocalMessage) => void): boolean {
    if (this.#messages.length === 0) return false
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    for (const message of messages) {
      visit(message)
      this.#region.free(message.pointer, Math.max(message.length, 1))
    }
    return true
  }
}
