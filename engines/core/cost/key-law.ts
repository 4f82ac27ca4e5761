/**
 * Key laws: how many distinct keys there are among so many drawn, as data, so that they go into a run's manifest.
 *
 * A simulated run works on a sample of its records. What is paid per record scales with the sample; what is paid per
 * *row* does not, because rows are distinct keys, and those saturate. So a keyed operator declares a law (DESIGN §10).
 */
import { ConfigurationError } from '../errors.ts'

export type KeyLaw =
  /** Every key is new: rows scale like records. */
  | { readonly kind: 'linear' }
  /** Keys drawn independently, key k of `keys` with probability ∝ 1 / k^exponent; 0 is uniform. */
  | { readonly kind: 'zipf'; readonly keys: number; readonly exponent: number }

/** A law made ready to be asked. */
export interface DistinctKeys {
  /** Expected distinct keys among `draws`. Rises with `draws`, at most by one a draw. */
  among(draws: number): number
  /** The draws among which so many distinct keys are expected; at most `DRAWS_MAX`. */
  drawsFor(distinct: number): number
}

const DRAWS_MAX = 1e15
/** Places of a law's table per factor of ten. Between them it is linear in the logarithms: within 0.1 %. */
const PLACES = 16

const LINEAR: DistinctKeys = { among: (draws) => draws, drawsFor: (distinct) => distinct }

/** Costs about 10 ms for 10,000 keys. Errors: `ConfigurationError` for numbers that make no law. */
export function distinctKeys(law: KeyLaw): DistinctKeys {
  if (law.kind === 'linear') return LINEAR
  const { keys, exponent } = law
  if (!(Number.isSafeInteger(keys) && keys >= 1 && exponent >= 0)) {
    throw new ConfigurationError({
      asked: `a Zipf law over ${keys} keys with the exponent ${exponent}`,
      found: 'not a law',
      rule: 'there is 1 key or more, and the exponent is not negative',
      remedy: 'Choose other numbers',
    })
  }
  return new ZipfKeys(keys, exponent)
}

class ZipfKeys implements DistinctKeys {
  /** `log(1 − p)` of each key: what a draw leaves unseen. */
  #misses: Float64Array
  /** By place: expected distinct keys among 10^(place / PLACES) draws; filled as far as it was asked for. */
  #table: number[] = []

  constructor(keys: number, exponent: number) {
    const weights = new Float64Array(keys)
    let sum = 0
    for (let k = 0; k < keys; k++) {
      weights[k] = (k + 1) ** -exponent
      sum += weights[k]!
    }
    this.#misses = weights.map((weight) => Math.log1p(-weight / sum))
  }

  among(draws: number): number {
    if (draws <= 1) return Math.max(draws, 0)
    const at = Math.log10(Math.min(draws, DRAWS_MAX)) * PLACES
    const place = Math.floor(at)
    const low = Math.log(this.#at(place))
    return Math.exp(low + (Math.log(this.#at(place + 1)) - low) * (at - place))
  }

  drawsFor(distinct: number): number {
    if (distinct <= 1) return Math.max(distinct, 0)
    let low = 1
    let high = DRAWS_MAX
    if (this.among(high) <= distinct) return high
    while (high / low > 1 + 1e-6) {
      const middle = Math.sqrt(low * high)
      if (this.among(middle) < distinct) low = middle
      else high = middle
    }
    return high
  }

  #at(place: number): number {
    const known = this.#table[place]
    if (known !== undefined) return known
    const draws = 10 ** (place / PLACES)
    let distinct = 0
    for (let k = 0; k < this.#misses.length; k++) {
      const miss = this.#misses[k]!
      // With one key only, its logarithm is −Infinity: it is always seen.
      distinct += miss === Number.NEGATIVE_INFINITY ? 1 : -Math.expm1(draws * miss)
    }
    this.#table[place] = distinct
    return distinct
  }
}
