/**
 * Slows a thread down: after work it owes a rest. What is owed adds up until a sleep is worth it, so that short steps are not
 * lost in the grain of timers, and what was slept too long is taken off the next rest.
 */
import type { Nanos } from '../../../units.ts'
import type { Standstill } from './standstill.ts'

/** Sleeps end some 50 µs late. */
const REST_NS_MIN = 1_000_000

export class Brake {
  #standstill: Pick<Standstill, 'until'>
  #owed: Nanos = 0

  constructor(standstill: Pick<Standstill, 'until'>) {
    this.#standstill = standstill
  }

  owe(rest: Nanos): void {
    this.#owed += rest
  }

  /** Rests if enough is owed. Returns when it goes on. */
  rest(now: Nanos): Nanos {
    if (this.#owed < REST_NS_MIN) return now
    const to = this.#standstill.until(now + this.#owed)
    // A thread that was not scheduled for long has not earned the right to run unslowed for as long.
    this.#owed = Math.max(this.#owed - (to - now), -REST_NS_MIN)
    return to
  }
}
