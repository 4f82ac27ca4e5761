/** A block of a region that is replaced by larger ones. Who holds its place takes it again after that. */
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Pointer } from '../units.ts'

export class RegionBlock {
  readonly #region: Region
  #at: Pointer = 0
  #bytes = 0

  constructor(region: Region, bytes = 0) {
    this.#region = region
    this.replace(bytes)
  }

  /** 0 of an empty one. */
  get at(): Pointer {
    return this.#at
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Another block, whose bytes are anything. */
  replace(bytes: number): void {
    this.release()
    if (bytes > 0) this.#at = this.#region.allocate(bytes)
    this.#bytes = bytes
  }

  /** A larger one with the same bytes at its beginning. */
  enlarge(bytes: number, copy: Kernels['copyBytes']): void {
    const at = this.#region.allocate(bytes)
    if (this.#bytes > 0) copy(at, this.#at, this.#bytes)
    this.release()
    this.#at = at
    this.#bytes = bytes
  }

  /**
   * Room for so many words behind the `used` ones, of which the first means none. All of a first period at once; of later ones
   * few come at a time, so it is at least doubled.
   */
  reserve(used: number, words: number, copy: Kernels['copyBytes']): void {
    const wanted = (used + words) * 4
    if (wanted <= this.#bytes) return
    this.enlarge(used === 1 ? wanted : Math.max(wanted, 2 * this.#bytes), copy)
  }

  release(): void {
    if (this.#bytes > 0) this.#region.free(this.#at, this.#bytes)
    this.#at = 0
    this.#bytes = 0
  }
}
