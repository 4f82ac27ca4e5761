/**
 * The virtual clock and its agenda. It stands still but for two things: an event moves it to its instant, and inside an
 * event every charge moves it on, so what is sent or committed late in a step leaves late.
 */
import type { Nanos } from '../../units.ts'
import { EventQueue } from './event-queue.ts'

export class VirtualClock {
  #agenda = new EventQueue()
  #eventAt: Nanos
  #charged: Nanos = 0

  constructor(start: Nanos) {
    this.#eventAt = start
  }

  /** Instant at which the current event began. */
  get eventAt(): Nanos {
    return this.#eventAt
  }

  /** ns charged since the current event began. */
  get charged(): Nanos {
    return this.#charged
  }

  now(): Nanos {
    return this.#eventAt + this.#charged
  }

  /** Instants are whole: a cost that was measured is rounded here. */
  charge(cost: number): void {
    this.#charged += Math.round(cost)
  }

  /** Puts an action on the agenda. Actions of one instant run in the order in which they were put there. */
  at(instant: Nanos, action: () => void): void {
    this.#agenda.push(instant, action)
  }

  /** Runs the next action, unless there is none or it lies beyond `deadline`. Returns whether one ran. */
  advance(deadline: Nanos): boolean {
    const event = this.#agenda.pop()
    if (event === undefined || event.at > deadline) return false
    this.#eventAt = event.at
    this.#charged = 0
    event.action()
    return true
  }
}
