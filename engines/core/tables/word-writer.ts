/** Writes words into a block of the region, and hands them on when it is full: what `saveRows` gathers of tables without rows. */
import type { Bytes, Region } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'

export class WordWriter {
  readonly #region: Region
  readonly #visit: (rows: Bytes) => void
  readonly #pointer: Pointer
  #next: number

  constructor(region: Region, visit: (rows: Bytes) => void) {
    this.#region = region
    this.#visit = visit
    this.#pointer = region.allocate(VISIT_BYTES_MAX)
    this.#next = this.#pointer >>> 2
  }

  put(word: number): void {
    this.#region.memory.u32[this.#next] = word
    this.#next += 1
    if (this.#length === VISIT_BYTES_MAX) this.#flush()
  }

  end(): void {
    this.#flush()
    this.#region.free(this.#pointer, VISIT_BYTES_MAX)
  }

  get #length(): number {
    return this.#next * 4 - this.#pointer
  }

  #flush(): void {
    if (this.#length > 0) this.#visit({ pointer: this.#pointer, length: this.#length })
    this.#next = this.#pointer >>> 2
  }
}
