/**
 * Scheduling gaps of a process's own thread: time in which it had work, or its alarm had rung, and did not run.
 *
 *   window, at least 1 ms of the loop:   gap = wall time − CPU time − sleep that it chose
 *   sleep that it chose:                 parked, up to the alarm; what comes after the alarm is a gap
 *
 * One sample a window. So the probe is on the very cores that it asks about and needs no thread of its own; a sleeper that
 * is woken late by another thread's word is not seen. A gap is the neighbours, the kernel, or another thread of the run.
 */
import type { Histogram } from '../../metrics/histogram.ts'
import type { Nanos } from '../../units.ts'

/** A reading of the CPU clock is a system call of about 1 µs: a tenth of a per cent at this distance. */
const WINDOW_NS_MIN = 1_000_000

export class StallProbe {
  readonly #gaps: Histogram
  readonly #cpuNs: () => Nanos
  #from: Nanos = 0
  #cpuFrom: Nanos = 0
  #slept: Nanos = 0

  /** `cpuNs`: CPU time of this thread. */
  constructor(gaps: Histogram, cpuNs: () => Nanos) {
    this.#gaps = gaps
    this.#cpuNs = cpuNs
  }

  /** The loop begins. */
  begin(now: Nanos): void {
    this.#from = now
    this.#cpuFrom = this.#cpuNs()
    this.#slept = 0
  }

  /** The thread was parked from `from` to `to`, and had asked to be woken at `alarm` at the latest. */
  parked(from: Nanos, alarm: Nanos, to: Nanos): void {
    this.#slept += Math.max(0, Math.min(alarm, to) - from)
  }

  /** A round has ended. */
  round(now: Nanos): void {
    if (now - this.#from < WINDOW_NS_MIN) return
    const cpu = this.#cpuNs()
    const gap = now - this.#from - (cpu - this.#cpuFrom) - this.#slept
    // The two clocks have different steps: below 0 is none.
    this.#gaps.add(Math.max(0, Math.round(gap)))
    this.#from = now
    this.#cpuFrom = cpu
    this.#slept = 0
  }
}
