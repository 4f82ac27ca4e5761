/** Control messages of the ingest: lists of 64-bit floats, which hold indices, instants and counts alike. */
import type { Bytes, RunMemory } from '../columns/memory.ts'

/** Collects numbers in a buffer that is used again. */
export class NumberList {
  #numbers = new Float64Array(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const wider = new Float64Array(this.#length * 2)
      wider.set(this.#numbers)
      this.#numbers = wider
    }
    this.#numbers[this.#length] = value
    this.#length += 1
  }

  /** The bytes of what was collected, valid until the next `push`; the list is empty again. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#numbers.buffer, 0, this.#length * 8)
    this.#length = 0
    return bytes
  }
}

/** The numbers of a message, where they lie: valid as long as the message. */
export function numbersOf(memory: RunMemory, { pointer, length }: Bytes): Float64Array {
  return memory.f64.subarray(pointer >>> 3, (pointer + length) >>> 3)
}
