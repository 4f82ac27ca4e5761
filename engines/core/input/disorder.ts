/**
 * Bounded disorder: when the records of an input happened, which need not be when they came.
 *
 * A log has its records in the order of their due instants, and which tick a record belongs to is decided by that alone. What
 * may be out of order is the time that a record carries: some are late, by no more than a bound. How late a record is
 * follows from (seed, partition, index) by 32-bit arithmetic, so that every process, the oracle and a program in another
 * language agree on it; `workloads/README.md` has the rule and test vectors.
 *
 *   happened:        a  b  c     d           e
 *   due:             ──a──────c──b──d───────────e──▶      b is late, and behind c
 */
import { ConfigurationError } from '../errors.ts'
import type { InputDisorder } from '../run-config.ts'
import type { Nanos, PartitionId } from '../units.ts'

/** So that a product of the bound with 16 bits is exact. */
export const DISORDER_BOUND_MAX: Nanos = 120_000_000_000

const STEP = 0x9e3779b9
const HALF = 65_536
const WORD = HALF * HALF

/** How long before its due instant a record happened: from 0 to the bound. Costs about 10 ns. */
export function latenessOf(
  { bound, share, seed }: InputDisorder,
  partition: PartitionId,
  index: number,
): Nanos {
  const which = mixed(mixed(mixed(seed) + partition + STEP) + (index % WORD) + STEP) >>> 0
  // A product with a power of two is exact.
  if (which >= share * WORD) return 0
  const part = (mixed(which + STEP) >>> 0) + 1
  // floor(bound · part / 2^32), in two halves.
  const high = Math.floor(part / HALF)
  return Math.floor((bound * high + Math.floor((bound * (part - high * HALF)) / HALF)) / HALF)
}

/** Sums are taken modulo 2^32 here: what is added is below 2^53. */
function mixed(sum: number): number {
  let h = sum | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Errors: `ConfigurationError` for a bound, a share or a seed that is out of range. */
export function checkDisorder({ bound, share, seed }: InputDisorder): void {
  const isBound = Number.isSafeInteger(bound) && bound >= 0 && bound <= DISORDER_BOUND_MAX
  const isSeed = Number.isSafeInteger(seed) && seed >= 0 && seed < WORD
  if (isBound && share >= 0 && share <= 1 && isSeed) return
  throw new ConfigurationError({
    asked: 'an input that is out of order',
    found: `a bound of ${bound} ns, a share of ${share}, the seed ${seed}`,
    rule: `a bound is a whole number of ns of at most ${DISORDER_BOUND_MAX / 1e9} s, a share is from 0 to 1, a seed has 32 bits`,
    remedy: 'Choose other numbers',
  })
}
