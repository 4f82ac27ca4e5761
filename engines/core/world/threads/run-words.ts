/**
 * The words of the whole run: whether it has started and when, and whether it is over. Written by the supervisor alone,
 * but for the CPU time of the services, which only they can know: a parked thread does not answer.
 */
import type { RunMemory } from '../../columns/memory.ts'
import { asDouble, type Nanos, type Pointer } from '../../units.ts'

/**
 * The clock of a run, the same in all threads: `performance.now()` has one origin a process (tried: a thread's reading
 * lies between two of the main thread's). Before the start it stands at
 * where it will start (`clockStart`).
 */
export class RunWords {
  #memory: RunMemory
  #startedIndex: number
  #stopIndex: number
  #originIndex: number
  #clockStart: Nanos
  /** `performance.now()` at the run's start; Infinity before, which `now` turns into the clock's start. */
  #originMs = Number.POSITIVE_INFINITY

  constructor(memory: RunMemory, at: Pointer, clockStart: Nanos) {
    this.#memory = memory
    this.#clockStart = asDouble(clockStart)
    this.#startedIndex = at >>> 2
    this.#stopIndex = (at + 4) >>> 2
    this.#originIndex = (at + 8) >>> 3
  }

  start(): void {
    this.#originMs = performance.now()
    this.#memory.f64[this.#originIndex] = this.#originMs
    Atomics.store(this.#memory.i32, this.#startedIndex, 1)
  }

  /** Whether the run has started; from the first `true` on, the clock runs. */
  started(): boolean {
    if (this.#originMs !== Number.POSITIVE_INFINITY) return true
    if (Atomics.load(this.#memory.i32, this.#startedIndex) === 0) return false
    this.#originMs = this.#memory.f64[this.#originIndex]!
    return true
  }

  stop(): void {
    Atomics.store(this.#memory.i32, this.#stopIndex, 1)
  }

  stopped(): boolean {
    return Atomics.load(this.#memory.i32, this.#stopIndex) !== 0
  }

  /** CPU ns of the services that have ended; of a source only in a run with live input. */
  get servicesCpuNs(): { readonly storageCpuNs: number; readonly sourceCpuNs?: number } {
    const sourceCpuNs = this.#memory.f64[this.#originIndex + 2]!
    const storageCpuNs = this.#memory.f64[this.#originIndex + 1]!
    return { storageCpuNs, ...(sourceCpuNs > 0 ? { sourceCpuNs } : {}) }
  }

  set storageCpuNs(cpuNs: number) {
    this.#memory.f64[this.#originIndex + 1] = cpuNs
  }

  set sourceCpuNs(cpuNs: number) {
    this.#memory.f64[this.#originIndex + 2] = cpuNs
  }

  /** Costs about 45 ns. */
  now(): Nanos {
    const ns = (performance.now() - this.#originMs) * 1e6
    return ns > 0 ? this.#clockStart + Math.floor(ns) : this.#clockStart
  }
}
