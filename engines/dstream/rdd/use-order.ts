/** Blocks in order of use, as a list through the blocks themselves: a use costs O(1). */

export interface Used<T> {
  older: T | undefined
  newer: T | undefined
}

export class UseOrder<T extends Used<T>> {
  #oldest: T | undefined
  #newest: T | undefined

  /** The least recently used. */
  get oldest(): T | undefined {
    return this.#oldest
  }

  append(block: T): void {
    block.older = this.#newest
    block.newer = undefined
    if (this.#newest) this.#newest.newer = block
    else this.#oldest = block
    this.#newest = block
  }

  remove(block: T): void {
    if (block.older) block.older.newer = block.newer
    else this.#oldest = block.newer
    if (block.newer) block.newer.older = block.older
    else this.#newest = block.older
    block.older = undefined
    block.newer = undefined
  }

  used(block: T): void {
    if (this.#newest === block) return
    this.remove(block)
    this.append(block)
  }
}
