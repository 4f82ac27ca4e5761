/**
 * The job generator of a loop that is run as jobs (`../rounds.ts`): the first job is due at the end of the input's only tick, each
 * other one when the one before is over. A round that has put nothing out as `next` is the last one, and so is that which the
 * plan says; the job behind it gives the result. What that wait costs, and the job itself, is what a round costs.
 */
import { endless } from '../../core/plan/loops.ts'
import { ROUNDS_MAX } from '../../core/plan/plan.ts'
import type { Nanos } from '../../core/units.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { DriverRecord, RoundsRecord } from '../recovery/driver-record.ts'
import type { Rounds } from '../rounds.ts'
import { BatchInfo } from './batch-info.ts'

export class RoundGenerator {
  #rounds: Rounds
  /** Where the run's clock starts. */
  #clock: Nanos
  /** The last batch that a job was due for. */
  #last: BatchNumber = 0
  /** The last one that put something out as `next`. */
  #fedBack: BatchNumber = 0
  #due: BatchInfo | undefined

  constructor(rounds: Rounds, clock: Nanos) {
    this.#rounds = rounds
    this.#clock = clock
  }

  /** What a driver after this one must know of the loop. */
  get record(): RoundsRecord {
    const { end } = this.#rounds
    return { end: Number.isFinite(end) ? end : 0, fedBack: this.#fedBack }
  }

  /** Goes on where a driver before this one was. */
  restore({ completed, rounds }: Pick<DriverRecord, 'completed' | 'rounds'>): void {
    this.#last = completed
    this.fedBack(rounds.fedBack)
    if (rounds.end > 0) this.#rounds.endAt(rounds.end)
  }

  /** A task of a batch put something out as `next`. */
  fedBack(batch: BatchNumber): void {
    this.#fedBack = Math.max(this.#fedBack, batch)
  }

  /** Errors: `UserFunctionError` for a loop that does not end. */
  advance(now: Nanos, inFlight: number): void {
    const isOver = this.#last === this.#rounds.end
    if (inFlight > 0 || this.#due !== undefined || isOver || now < this.#rounds.tick) return
    if (this.#last > 0 && !this.#goesOn()) this.#rounds.endAt(this.#last + 1)
    this.#last += 1
    this.#due = new BatchInfo(this.#last, now)
  }

  take(): BatchInfo | undefined {
    const info = this.#due
    this.#due = undefined
    return info
  }

  /** When the first job is due. For the others the driver waits for reports. */
  get nextAt(): Nanos {
    return this.#last === 0 ? this.#rounds.tick : Number.POSITIVE_INFINITY
  }

  #goesOn(): boolean {
    const { loop, tick } = this.#rounds
    if (this.#fedBack < this.#last) return false
    if (this.#last < loop.rounds) return true
    if (loop.rounds === ROUNDS_MAX) throw endless(loop, tick, this.#clock)
    return false
  }
}
