/** A binary heap of things that come due: by instant, then by order of insertion, so that equal histories have one order. */
import type { Nanos } from '../units.ts'

export class DeadlineQueue<T> {
  #at: Nanos[] = []
  #order: number[] = []
  #items: T[] = []
  #added = 0

  get size(): number {
    return this.#at.length
  }

  /** Instant of the earliest, or Infinity. */
  get next(): Nanos {
    return this.#at[0] ?? Number.POSITIVE_INFINITY
  }

  /** Cost: O(log n), and no object. */
  add(at: Nanos, item: T): void {
    const order = this.#added++
    let index = this.#at.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#after(parent, at, order)) break
      this.#move(parent, index)
      index = parent
    }
    this.#place(index, at, order, item)
  }

  /** Takes out the earliest that is due at `now` or before; `undefined` when nothing is. */
  take(now: Nanos): T | undefined {
    const at = this.#at[0]
    if (at === undefined || at > now) return undefined
    const taken = this.#items[0]!
    const lastAt = this.#at.pop()!
    const lastOrder = this.#order.pop()!
    const last = this.#items.pop()!
    const { length } = this.#at
    if (length === 0) return taken
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= length) break
      if (child + 1 < length && this.#after(child, this.#at[child + 1]!, this.#order[child + 1]!)) {
        child += 1
      }
      if (this.#after(child, lastAt, lastOrder)) break
      this.#move(child, index)
      index = child
    }
    this.#place(index, lastAt, lastOrder, last)
    return taken
  }

  /** Whether the entry at an index comes after this one. */
  #after(index: number, at: Nanos, order: number): boolean {
    const there = this.#at[index]!
    return there > at || (there === at && this.#order[index]! > order)
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#at[from]!, this.#order[from]!, this.#items[from]!)
  }

  #place(index: number, at: Nanos, order: number, item: T): void {
    this.#at[index] = at
    this.#order[index] = order
    this.#items[index] = item
  }
}
