/** The trace of a simulated run, as a running hash: equal seeds must give equal traces, byte for byte. */
import { fmix32, murmur3 } from '../../output/digest.ts'

export class Trace {
  #lane0 = 0
  #lane1 = 0x9e3779b9
  events = 0

  /** Adds an event: its kind and integer facts. */
  add(kind: number, ...facts: readonly number[]): void {
    this.events += 1
    this.#mix(kind)
    for (const fact of facts) {
      this.#mix(fact | 0)
      this.#mix(Math.floor(fact / 2 ** 32) | 0)
    }
  }

  addBytes(bytes: Uint8Array): void {
    this.#mix(murmur3(bytes, 0, bytes.length, 1))
  }

  get hash(): string {
    const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0')
    return hex(this.#lane0) + hex(this.#lane1)
  }

  #mix(word: number): void {
    this.#lane0 = fmix32((Math.imul(this.#lane0, 31) + word) | 0)
    this.#lane1 = fmix32(Math.imul(this.#lane1 ^ word, 0x85ebca77))
  }
}
