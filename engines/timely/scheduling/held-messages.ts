/**
 * Messages of a generation that this worker has adopted and not restored yet, in order of arrival.
 *
 * There are few: nobody sends any before all workers have read their states (`recovery/rollback.ts`), so these are from
 * workers that were told to begin a moment earlier. Capacity: `bytesMax`, that of the queue of local messages, where a part
 * of them goes next. Overflow: `CapacityError`.
 */
import type { Bytes, Region } from '../../core/columns/memory.ts'
import { CapacityError } from '../../core/errors.ts'
import type { ProcessId } from '../../core/units.ts'

export interface HeldMessage {
  readonly from: ProcessId
  readonly channel: number
  readonly bytes: Uint8Array
}

/** What an entry takes beside its bytes, so that empty messages have a bound, too. */
const ENTRY_BYTES = 64

export class HeldMessages {
  #bytesMax: number
  #messages: HeldMessage[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  push(message: HeldMessage): void {
    const { from, bytes } = message
    const taken = this.#bytes + bytes.length + ENTRY_BYTES
    if (taken > this.#bytesMax) {
      throw new CapacityError({
        asked: `hold ${bytes.length} bytes from worker ${from} until the rollback is over`,
        found: `${this.#bytes} bytes are held`,
        rule: `a worker that restores holds at most ${this.#bytesMax} bytes of messages`,
        remedy: 'Give the run more memory per worker (--worker-memory), or a shorter tick',
      })
    }
    this.#messages.push(message)
    this.#bytes = taken
  }

  /** Gives all of them away, or drops them: a new generation has begun. */
  take(): readonly HeldMessage[] {
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    return messages
  }

  /** Hands out all of them, and forgets them; their bytes are in the region until `visit` returns. */
  deliver(
    region: Region,
    visit: (message: Pick<HeldMessage, 'from' | 'channel'> & { readonly payload: Bytes }) => void,
  ): void {
    for (const { from, channel, bytes } of this.take()) {
      const pointer = region.allocate(Math.max(bytes.length, 1))
      region.memory.u8.set(bytes, pointer)
      visit({ from, channel, payload: { pointer, length: bytes.length } })
      region.free(pointer, Math.max(bytes.length, 1))
    }
  }
}
