/**
 * The clock of a process that goes wrong: ahead or behind by what the faults say that are on, and never backwards. It stands
 * still instead, until the true one (less what it is behind) has caught up.
 *
 *   own = max(what it said last, true + skew)
 */
import type { SkewFault } from '../../../faults/fault.ts'
import type { InputLog } from '../../../input/input-log.ts'
import type { Nanos } from '../../../units.ts'
import type { FaultWords } from './fault-words.ts'

export class SkewedClock {
  #faults: readonly (SkewFault & { readonly place: number })[]
  #words: FaultWords
  #trueNow: () => Nanos
  #last: Nanos

  /** `start`: where the run's clock starts. */
  constructor(
    faults: readonly (SkewFault & { readonly place: number })[],
    words: FaultWords,
    clock: { readonly now: () => Nanos; readonly start: Nanos },
  ) {
    this.#faults = faults
    this.#words = words
    this.#trueNow = clock.now
    this.#last = clock.start
  }

  now(): Nanos {
    return this.at(this.#trueNow())
  }

  /** What it says at a true instant that is not before one that it was asked about. */
  at(trueNow: Nanos): Nanos {
    this.#last = Math.max(this.#last, trueNow + this.#skew(trueNow))
    return this.#last
  }

  /** When it will say `own`, which it has not yet, if no fault begins or ends before (`nextChange`). */
  trueInstantOf(own: Nanos, trueNow: Nanos): Nanos {
    return own - this.#skew(trueNow)
  }

  /** The first instant after `trueNow` at which it will be wrong in another way. */
  nextChange(trueNow: Nanos): Nanos {
    let next = Number.POSITIVE_INFINITY
    for (const { place, length } of this.#faults) {
      const begins = this.#words.beginsAt(place)
      if (begins > trueNow) next = Math.min(next, begins)
      else if (begins + length > trueNow) next = Math.min(next, begins + length)
    }
    return next
  }

  /** A step was made by this clock. */
  stepped(trueNow: Nanos): void {
    for (const { place, length } of this.#faults) {
      if (this.#words.isOn(place, length, trueNow)) this.#words.hit(place, trueNow)
    }
  }

  #skew(trueNow: Nanos): Nanos {
    let skew = 0
    for (const { place, length, by } of this.#faults) {
      if (this.#words.isOn(place, length, trueNow)) skew += by
    }
    return skew
  }
}

/**
 * The log as somebody may see it who does not know what time it is: a record exists from its due instant by the run's clock, so
 * nobody reads it, or closes its tick, before.
 */
export function notAhead(log: InputLog, now: () => Nanos): InputLog {
  return { ...log, frontier: (partition) => Math.min(log.frontier(partition), now()) }
}
