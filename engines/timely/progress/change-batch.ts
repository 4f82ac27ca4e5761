/**
 * A change batch: a sum of (timestamp, delta) updates, kept small by adding up equal timestamps (timely: change batches).
 *
 * Updates commute and what sums to zero disappears, so a batch is an element of the free abelian group over timestamps.
 * Appending is O(1) amortised; adding up sorts, O(n log n), when the unsorted part has outgrown the sorted one.
 */
import { compareTimes, type Timestamp } from './timestamp.ts'

interface Change {
  readonly time: Timestamp
  delta: number
}

/** Below this many entries a scan for an equal timestamp is cheaper than any sorting. */
const SCAN_MAX = 16

export class ChangeBatch {
  #changes: Change[] = []
  /** `#changes[0, #compact)` is sorted, without doubles or zeros. */
  #compact = 0

  update(time: Timestamp, delta: number): void {
    if (delta === 0) return
    const changes = this.#changes
    if (changes.length <= SCAN_MAX) {
      // The newest timestamps are touched most: look from the end.
      for (let at = changes.length - 1; at >= 0; at--) {
        const change = changes[at]!
        if (change.time.length === time.length && compareTimes(change.time, time) === 0) {
          change.delta += delta
          if (change.delta === 0) this.#removeAt(at)
          return
        }
      }
    }
    changes.push({ time, delta })
    if (changes.length > SCAN_MAX && changes.length > 2 * this.#compact) this.compact()
  }

  /** Distinct timestamps with a sum other than zero. Compacts. */
  get size(): number {
    this.compact()
    return this.#changes.length
  }

  get empty(): boolean {
    // What is scanned has no doubles and no zeros.
    if (this.#changes.length <= SCAN_MAX) return this.#changes.length === 0
    return this.size === 0
  }

  /** The sum at a timestamp. */
  at(time: Timestamp): number {
    let sum = 0
    for (let at = 0; at < this.#changes.length; at++) {
      const change = this.#changes[at]!
      if (compareTimes(change.time, time) === 0) sum += change.delta
    }
    return sum
  }

  /** Visits sums other than zero, ascending by the total order on timestamps. The batch must not change meanwhile. */
  visit(visit: (time: Timestamp, delta: number) => void): void {
    this.compact()
    for (let at = 0; at < this.#changes.length; at++) {
      const change = this.#changes[at]!
      visit(change.time, change.delta)
    }
  }

  /** Whether `predicate` holds for every sum other than zero. */
  every(predicate: (time: Timestamp, delta: number) => boolean): boolean {
    this.compact()
    for (let at = 0; at < this.#changes.length; at++) {
      const change = this.#changes[at]!
      if (!predicate(change.time, change.delta)) return false
    }
    return true
  }

  clear(): void {
    this.#changes.length = 0
    this.#compact = 0
  }

  compact(): void {
    const changes = this.#changes
    if (this.#compact === changes.length) return
    if (changes.length === 1 && changes[0]!.delta !== 0) {
      this.#compact = 1
      return
    }
    if (changes.length <= SCAN_MAX) insertionSort(changes)
    else changes.sort((a, b) => compareTimes(a.time, b.time))
    let kept = 0
    for (let at = 0; at < changes.length; at++) {
      const change = changes[at]!
      const last = kept > 0 ? changes[kept - 1]! : undefined
      if (last !== undefined && compareTimes(last.time, change.time) === 0) {
        last.delta += change.delta
        continue
      }
      if (last !== undefined && last.delta === 0) kept -= 1
      changes[kept] = change
      kept += 1
    }
    if (kept > 0 && changes[kept - 1]!.delta === 0) kept -= 1
    changes.length = kept
    this.#compact = kept
  }

  #removeAt(at: number): void {
    const changes = this.#changes
    const last = changes.length - 1
    if (at !== last) {
      changes[at] = changes[last]!
      this.#compact = Math.min(this.#compact, at)
    } else this.#compact = Math.min(this.#compact, last)
    changes.pop()
  }
}

/** Of a few, which mostly came in order: without a call and a copy. */
function insertionSort(changes: Change[]): void {
  for (let next = 1; next < changes.length; next++) {
    const change = changes[next]!
    let at = next
    while (at > 0 && compareTimes(changes[at - 1]!.time, change.time) > 0) {
      changes[at] = changes[at - 1]!
      at -= 1
    }
    changes[at] = change
  }
}
