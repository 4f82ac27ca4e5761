/**
 * A chain: the narrow operators of one path, ready to run on one worker. Shared by both engines.
 *
 * Kernels run as far as the closed list goes (`plan.ts`, `KernelCall`), from the left; from the first plain function on,
 * records are plain values. Lowering fuses by rule, never by recognising a workload.
 */
import type { Batch } from '../columns/batch.ts'
import type { PoolRange } from '../input/input-log.ts'
import type { Nanos } from '../units.ts'

export interface Chain {
  /** Runs a batch through; visits what comes out, in order, in one or more batches. */
  run(batch: Batch, visit: (batch: Batch) => void): void
}

/** When a record happened, by its place in a range that is being read, from 0. */
export type StampOf = (place: number) => Nanos

/** Turns the log's records into batches, in place. At most `recordsMax` records a batch. */
export interface RecordReader {
  /** With `stampOf` the records are plain [event time, text], whatever they are without. */
  read(range: PoolRange, visit: (batch: Batch) => void, stampOf?: StampOf): void
  readonly recordsMax: number
}
