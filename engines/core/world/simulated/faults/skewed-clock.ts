/**
 * The clock of a process, ahead or behind at times. It never runs backwards: it stands still until it is right again.
 *
 * It is what the process is told, and nothing else: commits become visible, the history is written and frames arrive in the
 * run's own time. A record exists from its due instant on, whatever a clock says that is ahead (`notAhead`).
 */
import type { InputLog } from '../../../input/input-log.ts'
import type { Nanos } from '../../../units.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Effect } from './effect.ts'

export class SkewedClock {
  #clock: VirtualClock
  #by: Nanos = 0
  #shown: Nanos = Number.NEGATIVE_INFINITY
  #effects: readonly Effect[] = []

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  now(): Nanos {
    this.#shown = Math.max(this.#shown, this.#clock.now() + this.#by)
    return this.#shown
  }

  /** When, in the run's own time, it shows an instant; now, if it has shown it. */
  when(instant: Nanos): Nanos {
    return instant <= this.now() ? this.#clock.now() : instant - this.#by
  }

  /** The same of the instant that a step has asked for. */
  afterStep(wanted: Nanos): Nanos {
    for (const effect of this.#effects) effect.hits += 1
    return this.when(wanted)
  }

  /** Returns what ends it. */
  skew(by: Nanos, effect: Effect): () => void {
    this.#by += by
    this.#effects = [...this.#effects, effect]
    return () => {
      this.#by -= by
      this.#effects = this.#effects.filter((other) => other !== effect)
    }
  }
}

/** A log of which nobody can read what is not due yet, for who does not know what time it is. */
export function notAhead(log: InputLog, clock: VirtualClock): InputLog {
  return { ...log, frontier: (partition) => Math.min(log.frontier(partition), clock.now()) }
}
