/**
 * Draws of the input generators: 32-bit integer arithmetic only, so that other languages make the same bytes.
 *
 *   state ← seed                                    (unsigned 32-bit; all sums and products modulo 2^32)
 *   draw:   state ← state + 0x9E3779B9
 *           h ← state
 *           h ← (h xor h >> 16) · 0x85EBCA6B
 *           h ← (h xor h >> 13) · 0xC2B2AE35
 *           draw ← h xor h >> 16                    (shifts are unsigned)
 *
 * `below(n)` is draw mod n, unsigned. `Zipf` has the weights floor(2^28 / k), k = 1..n; a draw that is not below their
 * sum is thrown away and drawn again, so the shares are exact.
 */

export class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** An unsigned 32-bit number. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let h = this.#state
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return (h ^ (h >>> 16)) >>> 0
  }

  below(bound: number): number {
    return this.next() % bound
  }
}

/** Ranks `0..size-1` with shares proportional to 1 / (rank + 1): Zipf's law with exponent 1. At most 4,000,000 ranks. */
export class Zipf {
  readonly #draw: Draw
  /** `ends[rank]` is the sum of the weights up to and including the rank. */
  readonly #ends: Uint32Array
  readonly #sum: number

  constructor(draw: Draw, size: number) {
    this.#draw = draw
    this.#ends = new Uint32Array(size)
    let sum = 0
    for (let rank = 0; rank < size; rank++) {
      sum += Math.floor(0x1000_0000 / (rank + 1))
      this.#ends[rank] = sum
    }
    if (sum > 0xffff_ffff) throw new RangeError(`${size} ranks: their weights pass 32 bits`)
    this.#sum = sum
  }

  /** Costs 1.6 draws on average for 10,000 ranks, and a binary search. */
  next(): number {
    let draw = this.#draw.next()
    while (draw >= this.#sum) draw = this.#draw.next()
    let low = 0
    let high = this.#ends.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (draw < this.#ends[middle]!) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** FNV-1a, 32 bits, over all bytes of a pool, line feeds included: what two generators are compared by. */
export function checksumOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
