/**
 * The input of a run: a replayable log with due instants (DESIGN §3.4).
 *
 * Record i of a partition is a pure function of the input's description and i; it is due at an instant that the schedule
 * fixes. A record exists from its due instant on. Nobody reads ahead of it, nobody re-times it. So replay is exact, and
 * the oracle knows the truth without asking an engine.
 *
 * Records lie in the run's memory in *pools*, with their offsets: text lines, each followed by a line feed, or, where the plan
 * reads them (`u32x2`), pairs of 32-bit integers, 8 bytes each.
 */
import type { Nanos, PartitionId, Pointer } from '../units.ts'

/** A pool of records in the run's memory. */
export interface Pool {
  /** First byte of the first record. The bytes are padded with 64 bytes that may be read but mean nothing. */
  readonly bytes: Pointer
  /** `records + 1` unsigned 32-bit offsets from `bytes`; a line i is `[offset(i), offset(i + 1) - 1)`, a line feed after it. */
  readonly offsets: Pointer
  readonly records: number
}

/** Consecutive records of one pool: a piece of the records `[from, to)` of a partition. */
export interface PoolRange {
  readonly pool: Pool
  readonly first: number
  readonly count: number
}

export interface InputLog {
  readonly partitions: number
  /**
   * The instant up to which a partition is known here: every record due before it can be located. `Infinity` for a log
   * that is data; input that arrives (pushed, HTTP) moves it. Nobody reads or closes a tick beyond it.
   */
  frontier(partition: PartitionId): Nanos
  /** Number of records of a partition that are due before an instant, `#{i : due(i) < instant}`; exact up to the frontier. */
  dueBefore(partition: PartitionId, instant: Nanos): number
  /** Due instant of record i of a partition. */
  dueOf(partition: PartitionId, index: number): Nanos
  /** When record i of a partition happened: its due instant, or before it where the input is out of order (`disorder.ts`). */
  eventTimeOf(partition: PartitionId, index: number): Nanos
  /** Where the records `[from, to)` of a partition lie; visits each range in order. */
  locate(partition: PartitionId, from: number, to: number, visit: (range: PoolRange) => void): void
  /**
   * Says that records of a partition before `index` will not be asked for again, not even by a recovery. A log that is
   * data keeps them anyway; input that arrives gives their room to what comes. Said by the partition's owner.
   */
  release(partition: PartitionId, index: number): void
}
