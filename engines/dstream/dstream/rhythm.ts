/**
 * When a DStream works, and which of its batches hang together: what `dstream.ts` asks of time. In a stream that is arithmetic
 * on batch numbers; where each round of a loop is a batch, `../rounds.ts` knows.
 */
import type { BatchNumber } from '../rdd/rdd.ts'

export interface Rhythm {
  /** Whether there is work at a batch. */
  activeAt(batch: BatchNumber): boolean
  emitsAt(batch: BatchNumber): boolean
  /** The batch whose table that of a batch is made from; 0 where it begins with nothing. */
  previous(batch: BatchNumber): BatchNumber
  /** The last batch up to this one whose table a later one is made from; 0 if there is none. */
  last(batch: BatchNumber): BatchNumber
}

/** Works at multiples of `step`, emits at multiples of `period`. */
export function streaming(step: number, period: number): Rhythm {
  return {
    activeAt: (batch) => batch % step === 0,
    emitsAt: (batch) => batch % period === 0,
    previous: (batch) => Math.max(0, batch - period),
    last: (batch) => Math.floor(batch / period) * period,
  }
}
