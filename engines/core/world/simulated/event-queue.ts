/** The simulated world's agenda: a binary heap by (instant, order of insertion), so that equal instants have one order. */
import type { Nanos } from '../../units.ts'

interface Entry {
  readonly at: Nanos
  readonly order: number
  readonly action: () => void
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export class EventQueue {
  #heap: Entry[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  push(at: Nanos, action: () => void): void {
    const heap = this.#heap
    const entry = { at, order: this.#order++, action }
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }

  /** The earliest entry, taken out; `undefined` when nothing is left to happen. */
  pop(): { readonly at: Nanos; readonly action: () => void } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      const left = index * 2 + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left
      if (!before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}
