/**
 * A change batch: a sum of (timestamp, delta) updates, kept small by adding up equal timestamps (timely: change batches).
 *
 * Updates commute and what sums to zero disappears, so a batch is an element of the free abelian group over timestamps.
 * Appending is O(1) amortised; adding up sorts, O(n log n), when the unsorted part has outgrown the sorted one.
 *
 * A batch is filled and emptied many times a millisecond: its arrays stay, and no object is made for an update.
 */
import { compareTimes, type Timestamp } from './timestamp.ts'

/** Below this many entries a scan for an equal timestamp is cheaper than any sorting. */
const SCAN_MAX = 16

export class ChangeBatch {
  /** Side by side; what lies from `#length` on was left there. */
  #times: Timestamp[] = []
  #deltas: number[] = []
  #length = 0
  /** `[0, #compact)` is sorted, without doubles or zeros. */
  #compact = 0

  update(time: Timestamp, delta: number): void {
    if (delta === 0) return
    if (this.#length <= SCAN_MAX) {
      const times = this.#times
      // The newest timestamps are touched most: look from the end.
      for (let at = this.#length - 1; at >= 0; at--) {
        const other = times[at]!
        if (other === time || (other.length === time.length && compareTimes(other, time) === 0)) {
          this.#addAt(at, delta)
          return
        }
      }
    }
    this.#times[this.#length] = time
    this.#deltas[this.#length] = delta
    this.#length += 1
    if (this.#length > SCAN_MAX && this.#length > 2 * this.#compact) this.compact()
  }

  /** Distinct timestamps with a sum other than zero. Compacts. */
  get size(): number {
    this.compact()
    return this.#length
  }

  get empty(): boolean {
    // What is scanned has no doubles and no zeros.
    if (this.#length <= SCAN_MAX) return this.#length === 0
    return this.size === 0
  }

  /** The sum at a timestamp. */
  at(time: Timestamp): number {
    let sum = 0
    for (let at = 0; at < this.#length; at++) {
      if (compareTimes(this.#times[at]!, time) === 0) sum += this.#deltas[at]!
    }
    return sum
  }

  /** Of sums other than zero, ascending by the total order on timestamps: `at` is below `size`, and the batch is as it was then. */
  timeAt(at: number): Timestamp {
    return this.#times[at]!
  }

  deltaAt(at: number): number {
    return this.#deltas[at]!
  }

  clear(): void {
    this.#length = 0
    this.#compact = 0
  }

  compact(): void {
    if (this.#compact === this.#length) return
    this.#sort()
    const times = this.#times
    const deltas = this.#deltas
    let kept = 0
    for (let at = 0; at < this.#length; at++) {
      const time = times[at]!
      if (kept > 0 && compareTimes(times[kept - 1]!, time) === 0) {
        deltas[kept - 1] = deltas[kept - 1]! + deltas[at]!
        continue
      }
      if (kept > 0 && deltas[kept - 1] === 0) kept -= 1
      times[kept] = time
      deltas[kept] = deltas[at]!
      kept += 1
    }
    if (kept > 0 && deltas[kept - 1] === 0) kept -= 1
    this.#length = kept
    this.#compact = kept
  }

  #addAt(at: number, delta: number): void {
    const sum = this.#deltas[at]! + delta
    this.#deltas[at] = sum
    if (sum !== 0) return
    this.#length -= 1
    this.#times[at] = this.#times[this.#length]!
    this.#deltas[at] = this.#deltas[this.#length]!
    this.#compact = Math.min(this.#compact, at)
  }

  #sort(): void {
    const times = this.#times
    const deltas = this.#deltas
    if (this.#length > SCAN_MAX) {
      const order = Array.from({ length: this.#length }, (_, at) => at)
      order.sort((a, b) => compareTimes(times[a]!, times[b]!))
      this.#times = order.map((at) => times[at]!)
      this.#deltas = order.map((at) => deltas[at]!)
      return
    }
    // Of a few, which mostly came in order: without a call and a copy.
    for (let next = 1; next < this.#length; next++) {
      const time = times[next]!
      const delta = deltas[next]!
      let at = next
      while (at > 0 && compareTimes(times[at - 1]!, time) > 0) {
        times[at] = times[at - 1]!
        deltas[at] = deltas[at - 1]!
        at -= 1
      }
      times[at] = time
      deltas[at] = delta
    }
  }
}
