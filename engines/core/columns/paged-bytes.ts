/**
 * Arrays of bytes outside of a run's memory, one behind the other in pages. For those that are many and small: a buffer for each
 * is more work for the collector than what is done with it.
 *
 * A page lasts as long as one of its arrays.
 */

const PAGE_BYTES = 64 * 1024

export class PagedBytes {
  #page = new Uint8Array(0)
  #used = 0

  /** Zeros, which nobody else has. */
  take(length: number): Uint8Array {
    if (this.#used + length > this.#page.length) {
      this.#page = new Uint8Array(Math.max(PAGE_BYTES, length))
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    return this.#page.subarray(start, this.#used)
  }
}
