/**
 * One worker's view of the whole dataflow's progress: occurrence and precursor counts of pointstamps (Naiad §2.3, §3.3).
 *
 * - The *occurrence count* of a pointstamp sums the updates received so far. It may be transiently negative: updates of
 *   different workers arrive in any order. Only positive pointstamps are *active* and bound the frontier.
 * - The *precursor count* of an active pointstamp is the number of other active ones that could result in it. At zero it
 *   is in the frontier, and a notification for it may be delivered.
 *
 * The tracker knows nothing of who sent an update; that no view is ever ahead of the truth is the business of
 * `progress-broadcast.ts`.
 *
 * Shape: `#counts[location]` holds entries ascending by time. Cost of `update`: O(log n) to find the entry; becoming or
 * ceasing to be active visits every active pointstamp once.
 */
import { type Frontier, newFrontier } from './antichain.ts'
import { followPath } from './path-summary.ts'
import type { LocationId, Pointstamp } from './pointstamp.ts'
import type { Reachability } from './reachability.ts'
import { compareTimes, type Timestamp } from './timestamp.ts'

interface Entry {
  readonly location: LocationId
  readonly time: Timestamp
  count: number
  /** Place in `#active`, or −1. */
  activeAt: number
  precursors: number
}

export class ProgressTracker {
  #reachability: Reachability
  #counts: Entry[][]
  #active: Entry[] = []
  /** Elements visited since `takeVisited`, for the cost model. */
  #visited = 0

  constructor(reachability: Reachability) {
    this.#reachability = reachability
    this.#counts = reachability.graph.depths.map(() => [])
  }

  /** Adds to the occurrence count of a pointstamp. */
  update(location: LocationId, time: Timestamp, delta: number): void {
    if (delta === 0) return
    this.#visited += 1
    const entries = this.#counts[location]!
    const at = position(entries, time)
    let entry = entries[at]
    if (entry === undefined || compareTimes(entry.time, time) !== 0) {
      entry = { location, time, count: 0, activeAt: -1, precursors: 0 }
      insertAt(entries, at, entry)
    }
    entry.count += delta
    if (entry.count > 0) {
      if (entry.activeAt < 0) this.#activate(entry)
      return
    }
    if (entry.activeAt >= 0) this.#deactivate(entry)
    if (entry.count === 0) removeAt(entries, at)
  }

  /** The occurrence count of a pointstamp in this view. */
  count(location: LocationId, time: Timestamp): number {
    const entry = this.#find(location, time)
    return entry === undefined ? 0 : entry.count
  }

  /**
   * Whether some *other* active pointstamp could result in this one. When not, no message or notification will reach it
   * any more, except from itself: a notification requested here may be delivered.
   */
  hasPrecursor(location: LocationId, time: Timestamp): boolean {
    const entry = this.#find(location, time)
    if (entry !== undefined && entry.activeAt >= 0) return entry.precursors > 0
    const active = this.#active
    for (let at = 0; at < active.length; at++) {
      const other = active[at]!
      this.#visited += 1
      if (this.#reachability.couldResultIn(other.location, other.time, location, time)) return true
    }
    return false
  }

  /** Whether an active pointstamp, itself included, could result in this one. */
  mayStillAppear(location: LocationId, time: Timestamp): boolean {
    const entry = this.#find(location, time)
    return (entry !== undefined && entry.activeAt >= 0) || this.hasPrecursor(location, time)
  }

  /** The minimal timestamps that may still appear at a location, in this view. O(active · summaries). */
  frontier(location: LocationId): Frontier {
    const frontier = newFrontier()
    const active = this.#active
    for (let at = 0; at < active.length; at++) {
      const entry = active[at]!
      this.#visited += 1
      if (entry.precursors > 0) continue
      const summaries = this.#reachability.summaries(entry.location, location)
      for (let s = 0; s < summaries.length; s++) {
        frontier.insert(followPath(summaries[s]!, entry.time))
      }
    }
    return frontier
  }

  /** The least epoch of an active pointstamp anywhere; `Infinity` when there is none. */
  leastEpoch(): number {
    let least = Number.POSITIVE_INFINITY
    for (let at = 0; at < this.#active.length; at++) {
      const epoch = this.#active[at]!.time[0]!
      if (epoch < least) least = epoch
    }
    return least
  }

  /** Active pointstamps in this view. */
  get active(): number {
    return this.#active.length
  }

  /** The same, themselves: for invariants. */
  get activePointstamps(): readonly Pointstamp[] {
    return this.#active
  }

  /** Pointstamps with a count other than zero, negative ones included: none when everything has drained. */
  get outstanding(): number {
    let outstanding = 0
    for (let at = 0; at < this.#counts.length; at++) outstanding += this.#counts[at]!.length
    return outstanding
  }

  /** Forgets all counts: what follows is of another generation. */
  clear(): void {
    for (const entries of this.#counts) entries.length = 0
    this.#active.length = 0
  }

  takeVisited(): number {
    const visited = this.#visited
    this.#visited = 0
    return visited
  }

  #find(location: LocationId, time: Timestamp): Entry | undefined {
    const entries = this.#counts[location]!
    const entry = entries[position(entries, time)]
    return entry !== undefined && compareTimes(entry.time, time) === 0 ? entry : undefined
  }

  #activate(entry: Entry): void {
    const reachability = this.#reachability
    const active = this.#active
    entry.precursors = 0
    for (let at = 0; at < active.length; at++) {
      const other = active[at]!
      if (reachability.couldResultIn(other.location, other.time, entry.location, entry.time)) {
        entry.precursors += 1
      }
      if (reachability.couldResultIn(entry.location, entry.time, other.location, other.time)) {
        other.precursors += 1
      }
    }
    this.#visited += active.length
    entry.activeAt = active.length
    active.push(entry)
  }

  #deactivate(entry: Entry): void {
    const reachability = this.#reachability
    const active = this.#active
    const last = active.pop()!
    if (last !== entry) {
      active[entry.activeAt] = last
      last.activeAt = entry.activeAt
    }
    entry.activeAt = -1
    for (let at = 0; at < active.length; at++) {
      const other = active[at]!
      if (reachability.couldResultIn(entry.location, entry.time, other.location, other.time)) {
        other.precursors -= 1
      }
    }
    this.#visited += active.length
  }
}

// Not `splice`, which makes an array of what it takes out: this is done at every update.
function insertAt(entries: Entry[], at: number, entry: Entry): void {
  let place = entries.length
  entries.push(entry)
  for (; place > at; place--) entries[place] = entries[place - 1]!
  entries[at] = entry
}

function removeAt(entries: Entry[], at: number): void {
  for (let place = at + 1; place < entries.length; place++) entries[place - 1] = entries[place]!
  entries.pop()
}

/** First place whose time is not before the given one, by the total order. */
function position(entries: readonly Entry[], time: Timestamp): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareTimes(entries[middle]!.time, time) < 0) low = middle + 1
    else high = middle
  }
  return low
}
