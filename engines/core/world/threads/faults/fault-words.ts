/**
 * What all threads of a run know of its faults, in the run's memory, so that it outlives each of them.
 *
 *   per fault, 32 bytes: begun i32 | hits i32 | carried out i32 | unused i32 | begins at f64 | took effect at f64
 *   then, 128 bytes each: a word to stand still on, one for each process and one for the storage service
 *
 * The world alone writes here: engines have no way to these words, so what they say is a witness.
 */
import type { RunMemory } from '../../../columns/memory.ts'
import type { Nanos, Pointer, ProcessId } from '../../../units.ts'

const FAULT_BYTES = 32
const REST_BYTES = 128

/** Of `begun`: whether it is known when the fault begins. */
const UNKNOWN = 0
const CLAIMED = 1
const KNOWN = 2

/** Bytes that a plan of so many faults needs. A run without faults needs none. */
export function faultAreaBytes(faults: number, processes: number): number {
  return faults === 0 ? 0 : restsAt(faults) + (processes + 1) * REST_BYTES
}

function restsAt(faults: number): number {
  return Math.ceil((faults * FAULT_BYTES) / REST_BYTES) * REST_BYTES
}

export class FaultWords {
  #memory: RunMemory
  #at: Pointer
  #rests: Pointer

  /** `faults`: how many the plan has. */
  constructor(memory: RunMemory, at: Pointer, faults: number) {
    this.#memory = memory
    this.#at = at
    this.#rests = at + restsAt(faults)
  }

  /** The word on which a process stands still; of the storage service: that of the process after the last one. */
  restWord(process: ProcessId): Pointer {
    return this.#rests + process * REST_BYTES
  }

  /** Says when a fault begins. Returns false if somebody has said so before: the first one counts. */
  begin(fault: number, at: Nanos): boolean {
    const word = this.#word(fault)
    const { i32, f64 } = this.#memory
    if (Atomics.compareExchange(i32, word, UNKNOWN, CLAIMED) !== UNKNOWN) return false
    f64[this.#number(fault)] = at
    Atomics.store(i32, word, KNOWN)
    return true
  }

  /** Infinity until its moment has come. */
  beginsAt(fault: number): Nanos {
    const { i32, f64 } = this.#memory
    const isKnown = Atomics.load(i32, this.#word(fault)) === KNOWN
    return isKnown ? f64[this.#number(fault)]! : Number.POSITIVE_INFINITY
  }

  /** Whether a fault of this length has begun and is not over. */
  isOn(fault: number, length: Nanos, now: Nanos): boolean {
    const begins = this.beginsAt(fault)
    return begins <= now && now < begins + length
  }

  /** The fault has changed a step, a frame or a request. */
  hit(fault: number, now: Nanos): void {
    const { i32, f64 } = this.#memory
    if (Atomics.add(i32, this.#word(fault) + 1, 1) === 0) f64[this.#number(fault) + 1] = now
  }

  hits(fault: number): number {
    return Atomics.load(this.#memory.i32, this.#word(fault) + 1)
  }

  /** When it hit something first. Only after it has. */
  tookEffectAt(fault: number): Nanos {
    return this.#memory.f64[this.#number(fault) + 1]!
  }

  /** A kill has been carried out: who waits for it goes on. */
  carryOut(fault: number): void {
    Atomics.store(this.#memory.i32, this.#word(fault) + 2, 1)
  }

  isCarriedOut(fault: number): boolean {
    return Atomics.load(this.#memory.i32, this.#word(fault) + 2) !== 0
  }

  #word(fault: number): number {
    return (this.#at + fault * FAULT_BYTES) >>> 2
  }

  #number(fault: number): number {
    return (this.#at + fault * FAULT_BYTES + 16) >>> 3
  }
}
