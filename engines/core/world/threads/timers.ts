/** The timers of one process: a binary heap by instant, then by number, so that equal instants fire in order. */
import type { Nanos } from '../../units.ts'

export class Timers {
  #heap: { readonly at: Nanos; readonly timer: number }[] = []
  #next = 1

  /** Starts a timer and returns its number. O(log n). */
  set(at: Nanos): number {
    const timer = this.#next
    this.#next += 1
    const heap = this.#heap
    let slot = heap.length
    const entry = { at, timer }
    heap.push(entry)
    while (slot > 0) {
      const parent = (slot - 1) >> 1
      if (!this.#before(entry, heap[parent]!)) break
      heap[slot] = heap[parent]!
      slot = parent
    }
    heap[slot] = entry
    return timer
  }

  /** Instant of the first timer, or Infinity. */
  get next(): Nanos {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Fires what is due, in order; a timer set meanwhile fires too if it is due by `now`. */
  fire(now: Nanos, visit: (timer: number) => void): void {
    while (this.next <= now) visit(this.#pop())
  }

  #pop(): number {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      let slot = 0
      for (;;) {
        let child = slot * 2 + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child += 1
        if (!this.#before(heap[child]!, last)) break
        heap[slot] = heap[child]!
        slot = child
      }
      heap[slot] = last
    }
    return first.timer
  }

  #before(a: { at: Nanos; timer: number }, b: { at: Nanos; timer: number }): boolean {
    return a.at < b.at || (a.at === b.at && a.timer < b.timer)
  }
}
