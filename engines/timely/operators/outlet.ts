/**
 * An outlet: where one path of the plan leaves a stage's vertex. Runs the path's chain, and hands on what comes out: to
 * an output's fold, or through a combiner to an operator of this stage or, as parcels, of another.
 *
 * Rows for operators are combined until they are flushed: at the end of a tick, when the combiner is full, or after the
 * flush interval (Naiad §3.5's batching of small messages; the dial between latency and throughput).
 */
import type { Batch } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { Chain } from '../../core/operators/chain.ts'
import type { Lowered, OutputFold } from '../../core/operators/lowered.ts'
import type { Combiner } from '../../core/tables/table.ts'
import type { PartitionId } from '../../core/units.ts'
import type { Timestamp } from '../progress/timestamp.ts'
import type { Sink } from './sink.ts'

export interface Outlet {
  /** Whether it is a plain output: a table's changes may be folded without building rows. */
  readonly sink: Sink | undefined
  /** Runs a batch that comes from a partition at a time. Returns whether a combiner is full. */
  put(partition: PartitionId, batch: Batch, time: Timestamp): boolean
  /** Where a plain output's rows go, if anywhere (`Sink.fold`). Only where `sink` is given. */
  fold(partition: PartitionId, time: Timestamp): OutputFold | undefined
  /** Sends on all that is combined. */
  flush(time: Timestamp): void
  release(): void
}

export interface OutletContext {
  readonly lowered: Lowered
  readonly path: number
  /** Takes rows of the path for a partition: a parcel to another stage, or a fold into an operator of this one. */
  deliver(partition: PartitionId, rows: Bytes, time: Timestamp): void
  /** Rows that enter an exchange, for the counters. */
  counted(rows: number): void
}

export function outputOutlet(lowered: Lowered, path: number, sink: Sink, plain: boolean): Outlet {
  const chain = lowered.chain(path)
  let fold: OutputFold
  const add = (batch: Batch): void => fold.add(batch)
  return {
    sink: plain ? sink : undefined,
    put(partition, batch, time) {
      const wanted = sink.fold(partition, time[0]!)
      if (wanted === undefined) return false
      fold = wanted
      chain.run(batch, add)
      return false
    },
    fold: (partition, time) => sink.fold(partition, time[0]!),
    flush: () => {},
    release: () => {},
  }
}

/** A path to an operator of the stage that would only pass on what comes: it goes to `pass` as the chain gives it. */
export function passingOutlet(
  lowered: Lowered,
  path: number,
  pass: (partition: PartitionId, batch: Batch, time: Timestamp) => void,
): Outlet {
  const chain = lowered.chain(path)
  return {
    sink: undefined,
    put(partition, batch, time) {
      chain.run(batch, (given) => pass(partition, given, time))
      return false
    },
    fold: () => {
      throw new Error('an operator that passes rows on has no output fold')
    },
    flush: () => {},
    release: () => {},
  }
}

/** A path to an operator by key or to a single partition: one combiner for all partitions of this worker. */
export function exchangeOutlet(context: OutletContext): Outlet {
  return combiningOutlet(context, false)
}

/** A path that keeps the partition: a combiner for each. */
export function partitionOutlet(context: OutletContext): Outlet {
  return combiningOutlet(context, true)
}

function combiningOutlet(context: OutletContext, kept: boolean): Outlet {
  const { lowered, path, deliver, counted } = context
  const chain: Chain = lowered.chain(path)
  const combiners: (Combiner | undefined)[] = []
  let combiner: Combiner
  let from: PartitionId
  const add = (batch: Batch): void => combiner.add(batch, from)
  return {
    sink: undefined,
    put(partition, batch) {
      const slot = kept ? partition : 0
      combiner = combiners[slot] ?? lowered.combiner(path, kept ? partition : undefined)
      combiners[slot] = combiner
      from = partition
      chain.run(batch, add)
      return combiner.full
    },
    fold: () => {
      throw new Error('an exchange has no output fold')
    },
    flush(time) {
      for (let slot = 0; slot < combiners.length; slot++) {
        const full = combiners[slot]
        if (full === undefined || full.size === 0) continue
        if (!kept) counted(full.size)
        full.drain((partition, rows) => deliver(kept ? slot : partition, rows, time))
      }
    },
    release() {
      for (const held of combiners) held?.release()
      combiners.length = 0
    },
  }
}
