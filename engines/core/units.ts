/** The units of the instrument, as aliases that say what a number is. */

/** Integer nanoseconds: an instant since the run's start, or a length of time. Safe up to 104 days. */
export type Nanos = number

/** Number of a process in its world: workers are `0..workers-1`, the driver (if the engine has one) comes after them. */
export type ProcessId = number

/** Number of a logical partition: keys hash to `0..partitions-1`, fixed for the run. */
export type PartitionId = number

/** End of a tick, as an instant: the tick covers the records due in `[end - length, end)`. */
export type TickEnd = Nanos

/** A byte address in the run's memory. */
export type Pointer = number

export const NANOS_PER_SECOND = 1_000_000_000
export const NANOS_PER_MILLISECOND = 1_000_000

const double = new Float64Array(1)

/**
 * The same number, as V8 has it in a `Float64Array`: not as a small integer. What is computed from it is no small integer either.
 *
 * Instants leave 31 bits of nanoseconds 2.1 s after the run's start. Where V8 had seen small integers alone until then, it throws away
 * the code of all functions that they pass through, in the middle of a run: rows wait until it is compiled anew.
 */
export function asDouble(value: number): number {
  double[0] = value
  return double[0]
}

export const seconds = (count: number): Nanos => Math.round(count * NANOS_PER_SECOND)
export const milliseconds = (count: number): Nanos => Math.round(count * NANOS_PER_MILLISECOND)
