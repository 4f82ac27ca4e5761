/**
 * A process's region that shows how far it reaches, so that a kill poisons what was used and no more.
 *
 * Filling a whole region of 96 MiB whose pages were never touched took the supervisor 190 ms (tried), in the very
 * interval in which recovery is measured; what was touched costs some ms.
 */
import { assert } from '../../assert.ts'
import { Region, type RunMemory } from '../../columns/memory.ts'
import type { Pointer } from '../../units.ts'
import type { RegionSpan } from './layout.ts'
import type { ProcessStatus } from './process-status.ts'

/** The mark moves in steps of this, so that it is seldom written. */
const STEP_BYTES = 64 * 1024
/** Of a region, what is touched before it is used. */
const TOUCHED_SHARE = 1 / 8
/** The smallest of any system. */
const SYSTEM_PAGE_BYTES = 4_096

export class ThreadRegion extends Region {
  #status: ProcessStatus
  #reach: Pointer

  constructor(memory: RunMemory, span: RegionSpan, status: ProcessStatus) {
    super(memory, span)
    this.#status = status
    this.#reach = span.base
  }

  /**
   * Asks the system for the pages that the process will use first, before the clock starts: when they are asked for one by one, each
   * costs about 2 µs, and a run that builds its state at once waits for thousands of them. It writes there, so nothing may be allocated yet.
   */
  touch(): void {
    const { base, memory, size, used } = this
    assert(used === 0, () => `${this.name} is touched where ${used} bytes are in use`)
    const end = base + size * TOUCHED_SHARE
    for (let at = base; at < end; at += SYSTEM_PAGE_BYTES) memory.u8[at] = 0
  }

  override allocate(bytes: number): Pointer {
    const pointer = super.allocate(bytes)
    // The mark is raised before the caller can write there.
    if (pointer + bytes > this.#reach) this.#raise(pointer + bytes)
    return pointer
  }

  #raise(end: Pointer): void {
    const reach = Math.ceil((end - this.base) / STEP_BYTES) * STEP_BYTES
    this.#reach = this.base + Math.min(reach, this.size)
    this.#status.reachBytes = this.#reach - this.base
  }
}
