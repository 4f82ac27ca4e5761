/**
 * Stalls that were recorded on threads, replayed: pauses of processes, drawn from what was recorded.
 *
 * On threads a process's loop says for each window of at least a ms how long it did not run although it wanted to
 * (neighbours, the kernel). Here each such window of a process begins with a pause drawn from that distribution.
 */
import type { Nanos } from '../../units.ts'
import type { Random } from '../random.ts'

/** A complementary distribution of pauses: share of windows with a longer one; ascending by pause. */
export type StallDistribution = readonly (readonly [pause: Nanos, share: number])[]

/** As on threads. */
const WINDOW_NS: Nanos = 1_000_000

export class Stalls {
  #distribution: StallDistribution
  #random: Random
  /** By process: when its window began. */
  #from: Nanos[] = []

  constructor(distribution: StallDistribution, random: Random) {
    this.#distribution = distribution
    this.#random = random
  }

  /** How long a process stands still before a step that begins now. */
  pause(process: number, now: Nanos): Nanos {
    if (this.#distribution.length === 0 || now - (this.#from[process] ?? 0) < WINDOW_NS) return 0
    this.#from[process] = now
    const above = this.#random.unit()
    for (const [pause, share] of this.#distribution) if (share <= above) return Math.round(pause)
    return Math.round(this.#distribution.at(-1)![0])
  }
}
