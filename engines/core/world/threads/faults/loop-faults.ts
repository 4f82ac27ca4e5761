/** The pauses and slow-downs of one process, carried out in its loop: between two of its steps it stands still. */
import type { PauseFault, SlowFault } from '../../../faults/fault.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import { Brake } from './brake.ts'
import type { FaultWords } from './fault-words.ts'
import type { PlacedFault } from './placed-fault.ts'
import type { Standstill } from './standstill.ts'

export interface LoopFaultsContext {
  readonly process: ProcessId
  readonly words: FaultWords
  readonly standstill: Pick<Standstill, 'until'>
  /** The run's clock: faults keep its time, whatever the process believes. */
  now(): Nanos
}

export class LoopFaults {
  #context: LoopFaultsContext
  #pauses: readonly (PauseFault & { readonly place: number })[]
  #slows: readonly (SlowFault & { readonly place: number })[]
  #brake: Brake
  /** When this life began. */
  #bornAt: Nanos
  /** Time paused since the last `slow`. */
  #paused: Nanos = 0

  constructor(plan: readonly PlacedFault[], context: LoopFaultsContext) {
    const { process, standstill } = context
    this.#context = context
    this.#pauses = plan
      .filter((fault) => fault.kind === 'pause')
      .filter((fault) => fault.process === process)
    this.#slows = plan
      .filter((fault) => fault.kind === 'slow')
      .filter((fault) => fault.process === process)
    this.#brake = new Brake(standstill)
    this.#bornAt = context.now()
  }

  /** The first instant at which a pause begins that this life has not had, or Infinity. */
  get nextPause(): Nanos {
    let next = Number.POSITIVE_INFINITY
    for (const pause of this.#pauses) {
      if (this.#awaits(pause)) next = Math.min(next, this.#context.words.beginsAt(pause.place))
    }
    return next
  }

  /** Stands still for each pause that has begun, and has been had by no life of the process: as long as it says, from now. */
  pause(): void {
    const { words, standstill, now } = this.#context
    for (const pause of this.#pauses) {
      const from = now()
      if (words.beginsAt(pause.place) > from || !this.#awaits(pause)) continue
      words.hit(pause.place, from)
      this.#paused += standstill.until(from + pause.length) - from
    }
  }

  /** The process has worked since `from`: it rests as long as its share of the CPU asks. Returns when it goes on. */
  slow(from: Nanos): Nanos {
    const { words, now: clock } = this.#context
    const now = clock()
    const worked = Math.max(0, now - from - this.#paused)
    this.#paused = 0
    for (const { place, length, share } of this.#slows) {
      if (!words.isOn(place, length, now)) continue
      words.hit(place, now)
      this.#brake.owe(worked * (1 / share - 1))
    }
    return this.#brake.rest(now)
  }

  /** Whether a pause is still to come: one that was over before this life began is not for it. */
  #awaits({ place, length }: PauseFault & { readonly place: number }): boolean {
    const { words } = this.#context
    return words.hits(place) === 0 && this.#bornAt < words.beginsAt(place) + length
  }
}
