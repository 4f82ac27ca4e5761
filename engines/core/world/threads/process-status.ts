/**
 * What a process shows of itself to the supervisor, in words that only its thread writes while it lives.
 *
 * States, in order: booting, ready (waits for the run's start), running, then stopped (told to) or fenced (its
 * incarnation is over). A thread that is killed leaves the state that it had. Nothing here is used for detection: the
 * engine's heartbeats are.
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Pointer } from '../../units.ts'

export const STATUS_BYTES = 128

export const STATE_NONE = 0
export const STATE_BOOTING = 1
export const STATE_READY = 2
export const STATE_RUNNING = 3
export const STATE_STOPPED = 4
export const STATE_FENCED = 5

export class ProcessStatus {
  #memory: RunMemory
  /** Words (i32): state, incarnation, acknowledged generation. */
  #words: number
  /**
   * Numbers (f64): CPU ns, greatest use of the region in bytes, reach of the region in bytes, ns in the loop, ns in
   * garbage collection, CPU ns in the measured interval.
   */
  #numbers: number

  constructor(memory: RunMemory, at: Pointer) {
    this.#memory = memory
    this.#words = at >>> 2
    this.#numbers = (at + 32) >>> 3
  }

  /** Between two lives. */
  clear(): void {
    this.state = STATE_NONE
    this.incarnation = 0
    this.acknowledged = 0
    this.cpuNs = 0
    this.memoryBytesMax = 0
    this.reachBytes = 0
    this.ranNs = 0
    this.gcNs = 0
    this.cpuNsMeasured = 0
  }

  get state(): number {
    return Atomics.load(this.#memory.i32, this.#words)
  }

  set state(state: number) {
    Atomics.store(this.#memory.i32, this.#words, state)
  }

  get incarnation(): number {
    return Atomics.load(this.#memory.i32, this.#words + 1)
  }

  set incarnation(incarnation: number) {
    Atomics.store(this.#memory.i32, this.#words + 1, incarnation)
  }

  /** The newest generation that the process had seen when it last ended a round: it holds nothing of older ones. */
  get acknowledged(): number {
    return Atomics.load(this.#memory.i32, this.#words + 2)
  }

  set acknowledged(generation: number) {
    Atomics.store(this.#memory.i32, this.#words + 2, generation)
  }

  /** CPU time since the thread's loop began, starting up excluded. */
  get cpuNs(): number {
    return this.#memory.f64[this.#numbers]!
  }

  set cpuNs(cpuNs: number) {
    this.#memory.f64[this.#numbers] = cpuNs
  }

  get memoryBytesMax(): number {
    return this.#memory.f64[this.#numbers + 1]!
  }

  set memoryBytesMax(bytes: number) {
    this.#memory.f64[this.#numbers + 1] = bytes
  }

  /** Bytes from the region's base on that this life may have written to: what is poisoned when it dies. */
  get reachBytes(): number {
    return this.#memory.f64[this.#numbers + 2]!
  }

  set reachBytes(bytes: number) {
    this.#memory.f64[this.#numbers + 2] = bytes
  }

  /** Time since the thread's loop began. */
  get ranNs(): number {
    return this.#memory.f64[this.#numbers + 3]!
  }

  set ranNs(ranNs: number) {
    this.#memory.f64[this.#numbers + 3] = ranNs
  }

  /** Of it, in garbage collection. */
  get gcNs(): number {
    return this.#memory.f64[this.#numbers + 4]!
  }

  set gcNs(gcNs: number) {
    this.#memory.f64[this.#numbers + 4] = gcNs
  }

  /** Of the CPU time, in the measured interval. Of a worker that spins: what it did besides. */
  get cpuNsMeasured(): number {
    return this.#memory.f64[this.#numbers + 5]!
  }

  set cpuNsMeasured(cpuNs: number) {
    this.#memory.f64[this.#numbers + 5] = cpuNs
  }
}

/** CPU time of the calling thread, in ns. A system call: about 1 µs. */
export function threadCpuNs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) * 1_000
}
