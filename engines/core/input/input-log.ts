/**
 * The input of a run: a replayable log with due instants (DESIGN §3.4).
 *
 * Record i of a partition is a pure function of the input's description and i; it is due at an instant that the schedule
 * fixes. A record exists from its due instant on. Nobody reads ahead of it, nobody re-times it. So replay is exact, and
 * the oracle knows the truth without asking an engine.
 *
 * The records lie in the run's memory as a *pool*: text lines, each followed by a line feed, with their offsets. A pool
 * is read in a loop; partition p starts at its own place in it.
 */
import type { Nanos, PartitionId, Pointer } from '../units.ts'

/** A pool of text records in the run's memory. */
export interface Pool {
  /** First byte of the first record. The bytes are padded with 64 bytes that may be read but mean nothing. */
  readonly bytes: Pointer
  /** `records + 1` unsigned 32-bit offsets from `bytes`; record i is `[offset(i), offset(i + 1) - 1)`, a line feed after it. */
  readonly offsets: Pointer
  readonly records: number
}

/** Consecutive pool records: the records `[from, to)` of a partition, cut where the pool wraps. */
export interface PoolRange {
  readonly first: number
  readonly count: number
}

export interface InputLog {
  readonly pool: Pool
  readonly partitions: number
  /** Number of records of a partition that are due before an instant: `#{i : due(i) < instant}`. Exact. */
  dueBefore(partition: PartitionId, instant: Nanos): number
  /** Due instant of record i of a partition. */
  dueOf(partition: PartitionId, index: number): Nanos
  /** Where in the pool the records `[from, to)` of a partition lie; visits each range in order. */
  locate(partition: PartitionId, from: number, to: number, visit: (range: PoolRange) => void): void
}
