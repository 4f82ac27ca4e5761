/**
 * When the records of a constant rate are due, in exact integer arithmetic, so that every process, the oracle and a program
 * in another language agree on the tick of every record. With r the rate, record i is due at floor(i · 10^9 / r) ns, and
 *
 *   due(i) < t  ⟺  i · 10^9 < t · r      (t an integer),   hence   dueBefore(t) = ceil(t · r / 10^9).
 *
 * These products pass 2^53, so they are taken in parts: whole seconds, then 15 bits at a time. That costs about
 * 25 ns, where BigInt allocates.
 */
import { asDouble, NANOS_PER_SECOND, type Nanos, type PartitionId } from '../units.ts'

/** Beside a whole number of seconds, the product is an instant. */
const SECOND = asDouble(NANOS_PER_SECOND)

/** Splits a factor below 2^30 into halves whose products with 10^9 stay exact. */
const HALF = 32_768

/** A partition's share of the total rate, in records per second. */
export function rateOf(partition: PartitionId, partitions: number, rate: number): number {
  const share = Math.floor(rate / partitions)
  return share + (partition < rate - share * partitions ? 1 : 0)
}

/** The pool record with which a partition starts. */
export function firstRecordOf(partition: PartitionId, partitions: number, records: number): number {
  return Math.floor((partition * records) / partitions)
}

/** `ceil(instant · rate / 10^9)`: how many records of a rate are due before a positive instant. */
export function countBefore(instant: Nanos, rate: number): number {
  const whole = Math.floor(instant / NANOS_PER_SECOND)
  const rest = instant - whole * SECOND
  const high = Math.floor(rest / HALF)
  const highProduct = high * rate
  const highQuotient = Math.floor(highProduct / NANOS_PER_SECOND)
  const highRest = highProduct - highQuotient * NANOS_PER_SECOND
  const low = highRest * HALF + (rest - high * HALF) * rate
  return whole * rate + highQuotient * HALF + Math.ceil(low / NANOS_PER_SECOND)
}

/** `floor(index · 10^9 / rate)`: when a record of a rate is due. */
export function dueInstant(index: number, rate: number): Nanos {
  const whole = Math.floor(index / rate)
  const rest = index - whole * rate
  const high = Math.floor(rest / HALF)
  const highProduct = high * NANOS_PER_SECOND
  const highQuotient = Math.floor(highProduct / rate)
  const highRest = highProduct - highQuotient * rate
  const low = highRest * HALF + (rest - high * HALF) * NANOS_PER_SECOND
  return whole * NANOS_PER_SECOND + highQuotient * HALF + Math.floor(low / rate)
}
