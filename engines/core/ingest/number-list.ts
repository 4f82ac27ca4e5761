/** Control messages of the ingest: lists of 64-bit floats, which hold indices, instants and counts alike. */
import type { Bytes, RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'

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

  pushSlots(slots: readonly Pointer[]): void {
    this.push(slots.length)
    for (const slot of slots) this.push(slot)
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

/** Reads the slots of a message from its second number on: how many, then each. Returns where the rest begins. */
export function takeSlots(numbers: Float64Array, slots: Pointer[]): number {
  const end = 2 + numbers[1]!
  for (let at = 2; at < end; at++) slots.push(numbers[at]!)
  return end
}
