/** A binary heap: the smallest `order` comes out first. Used where older batches must go before younger ones. */

export class PriorityQueue<T extends { readonly order: number }> {
  #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  /** What `pop` would give. */
  get first(): T | undefined {
    return this.#heap[0]
  }

  push(item: T): void {
    const heap = this.#heap
    let at = heap.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.order <= item.order) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = item
  }

  pop(): T | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.order < heap[child]!.order) child += 1
      if (heap[child]!.order >= last.order) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }

  /** Takes all out, in no particular order. */
  drain(): T[] {
    const items = this.#heap
    this.#heap = []
    return items
  }
}
