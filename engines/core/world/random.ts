/**
 * Seeded random numbers: sfc32 (public domain, Chris Doty-Humphrey), 32-bit integer arithmetic only.
 *
 * A stream is named by the run's seed and the numbers of who draws (process, incarnation, purpose), so that a replay
 * draws the same numbers whatever else happens.
 */
import { fmix32 } from '../output/digest.ts'

export interface Random {
  /** Uniform unsigned 32-bit integer. */
  u32(): number
  /** Uniform integer in `[0, bound)`, `1 <= bound <= 2^32`. Unbiased. */
  below(bound: number): number
  /** Uniform in `[0, 1)`, with 32 bits. */
  unit(): number
}

export function seededRandom(seed: number, ...stream: readonly number[]): Random {
  let a = fmix32(seed ^ 0x9e3779b9)
  let b = fmix32(Math.floor(seed / 2 ** 32) ^ 0x243f6a88)
  let c = 0xb7e15162
  for (const part of stream) {
    c = fmix32(c ^ part)
    b = fmix32((b + c) | 0)
  }
  let counter = 1
  const u32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let round = 0; round < 12; round++) u32()
  const below = (bound: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const drawn = u32()
      if (drawn < limit) return drawn % bound
    }
  }
  return { u32, below, unit: () => u32() / 2 ** 32 }
}
