/**
 * Antichains: sets of elements of which none is ≤ another. A frontier is one over timestamps (Naiad §2.3, timely:
 * frontiers); the minimal summaries between two places are one over path summaries.
 *
 * Elements are few (a handful), so everything is a scan. Not here: antichains that count their elements; the tracker
 * counts pointstamps instead.
 */
import type { PathSummary } from './path-summary.ts'
import { summaryLessEqual } from './path-summary.ts'
import { lessEqual, type Timestamp } from './timestamp.ts'

/** The minimal elements of what was inserted, under the partial order given. */
export class Antichain<E> {
  #elements: E[] = []
  #lessEqual: (a: E, b: E) => boolean

  constructor(order: (a: E, b: E) => boolean) {
    this.#lessEqual = order
  }

  get elements(): readonly E[] {
    return this.#elements
  }

  /** Adds an element unless one that is ≤ to it is there; drops those it is ≤ to. Returns whether it was added. O(size). */
  insert(element: E): boolean {
    const elements = this.#elements
    for (let at = 0; at < elements.length; at++) {
      if (this.#lessEqual(elements[at]!, element)) return false
    }
    let kept = 0
    for (let at = 0; at < elements.length; at++) {
      const other = elements[at]!
      if (this.#lessEqual(element, other)) continue
      elements[kept] = other
      kept += 1
    }
    elements.length = kept
    elements.push(element)
    return true
  }

  /** Whether some element is ≤ the given one: for a frontier, whether the timestamp may still appear. */
  lessEqual(element: E): boolean {
    const elements = this.#elements
    for (let at = 0; at < elements.length; at++) {
      if (this.#lessEqual(elements[at]!, element)) return true
    }
    return false
  }

  get empty(): boolean {
    return this.#elements.length === 0
  }

  clear(): void {
    this.#elements.length = 0
  }
}

/** Minimal timestamps that may still appear at a place. Empty: nothing more will. */
export type Frontier = Antichain<Timestamp>

export function newFrontier(): Frontier {
  return new Antichain<Timestamp>(lessEqual)
}

export function newSummaries(): Antichain<PathSummary> {
  return new Antichain<PathSummary>(summaryLessEqual)
}
