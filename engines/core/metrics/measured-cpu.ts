/**
 * A process's CPU time in the measured interval alone: while code is compiled and tables are cold, a record costs what it
 * never costs again (METHOD 3; 1 to 5 % of a trial of 2 s on threads).
 *
 * From readings of the total at the ends of rounds, since within a round nobody reads: the round that goes on at an edge
 * counts before it, at both edges.
 */
import { clockStart, type RunConfig } from '../run-config.ts'
import type { Nanos } from '../units.ts'

export class MeasuredCpu {
  #from: Nanos
  #to: Nanos
  #before: Nanos | undefined
  #ended = false
  /** CPU time in the interval, up to the last reading, in ns. Zero before it. */
  ns: Nanos = 0

  constructor({ measuredFrom, input }: Pick<RunConfig, 'measuredFrom' | 'input'>) {
    this.#from = measuredFrom ?? clockStart(input)
    this.#to = input.duration
  }

  /** From which instant on the next edge can be read. Infinity after the last one. */
  get edge(): Nanos {
    if (this.#before === undefined) return this.#from
    return this.#ended ? Number.POSITIVE_INFINITY : this.#to
  }

  /** `total`: the process's CPU time in ns, which never falls. `now` never falls either. */
  read(now: Nanos, total: Nanos): void {
    if (this.#ended || now < this.#from) return
    this.#before ??= total
    this.ns = total - this.#before
    this.#ended = now >= this.#to
  }
}
