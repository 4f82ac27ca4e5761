/** What a run is, as plain data: it goes to every process unchanged, and into the manifest. */
import type { NamedPlan } from './plan/plan.ts'
import type { Nanos } from './units.ts'

export interface InputConfig {
  /** Records per second over all partitions; partition p gets `rate / partitions`, the first ones one more. */
  readonly rate: number
  /** Records due in `[0, duration)` are the run's input. A multiple of the tick and of the plan's periods. */
  readonly duration: Nanos
  /**
   * What was due before the clock started: records due in `[0, history.duration)` have this rate, and the run's clock
   * starts at `history.duration`, or `settle` before that. It fills windows without waiting for them; while it settles, the
   * past is worked off before the run's own rate begins. Multiples of the tick and of the periods.
   */
  readonly history?: InputHistory
  /**
   * Bounded: each record of the pool once (`once-log.ts`), due at `rate`, or all of them at 0 where that is 0. All of it is
   * history, at the same rate, so that nobody waits for the clock. Made by `boundedConfig`.
   */
  readonly once?: true
  /** Records that happened before they were due; by default all happened when they were. */
  readonly disorder?: InputDisorder
}

export interface InputHistory {
  readonly duration: Nanos
  readonly rate: number
  readonly settle?: Nanos
  /** Its first part, at a rate of its own: what leaves windows while the run lasts. Not longer than the history. */
  readonly leaving?: { readonly duration: Nanos; readonly rate: number }
}

/** Which records are late, and how much (`input/disorder.ts`). Only streams that read times see it. */
export interface InputDisorder {
  /** A record happened at most this long before it was due. */
  readonly bound: Nanos
  /** How many records are late: from 0 to 1, each drawn by itself. */
  readonly share: number
  /** Unsigned 32-bit. */
  readonly seed: number
}

/** Where an input ends that has an end. A stream has none: its run is as long as somebody looks, and the next record would come. */
export function inputEnd({
  once,
  duration,
}: Pick<InputConfig, 'once' | 'duration'>): Nanos | undefined {
  return once ? duration : undefined
}

/** Where the run's clock starts. */
export function clockStart({ history }: Pick<InputConfig, 'history'>): Nanos {
  const { duration = 0, settle = 0 } = history ?? {}
  return duration - settle
}

export interface DetectorConfig {
  readonly heartbeat: Nanos
  readonly timeout: Nanos
}

/** Options of the timely engine. */
export interface TimelyOptions {
  readonly recovery:
    | 'none'
    | 'checkpoint'
    | 'barrier-snapshots'
    | 'logging'
    | 'upstream-backup'
    | 'active-standby'
  /** Distance of checkpoints; a multiple of the tick. */
  readonly checkpointInterval: Nanos
  readonly accumulation: 'none' | 'local' | 'global' | 'both'
  /** Rows are sent at the latest this long after they were combined, even if the tick is still open. */
  readonly flushInterval: Nanos
}

/** Options of the D-Stream engine. */
export interface DStreamOptions {
  /** Longest distance of state checkpoints; a multiple of the tick. Lineage behind a durable one is forgotten. */
  readonly checkpointInterval: Nanos
  /** Batches that may be in progress at once (timestep pipelining). */
  readonly batchesInFlightMax: number
  /** Bytes of a worker's block store; beyond it blocks spill to storage, least recently used first. */
  readonly blockStoreBytesMax: number
  /**
   * A task that takes more than so many times the median of its job stage gets a second copy on an idle worker (D-Streams §5.2: 1.4);
   * above 1. By default none does, nor does one of a loop that is run as jobs.
   */
  readonly speculation?: number
  /** Over a bounded input: each round of the plan's loop is a job (`dstream/rounds.ts`). By default loops are refused. */
  readonly iterationsAsJobs?: true
}

/**
 * How records reach the workers: read in place from the replayable log, or sent by a client to a receiver that puts each
 * block on two workers (`ingest/`).
 */
export type Ingest = 'log' | 'pushed'

/** From an instant on the run has so many workers: processes `0 … workers − 1`. */
export interface ResizeStep {
  readonly at: Nanos
  readonly workers: number
}

/** Workers that join and leave while the run goes on (`membership/resize.ts`). */
export interface Resize {
  /** How many there are at the start. */
  readonly from: number
  /** Ascending. */
  readonly steps: readonly ResizeStep[]
}

export interface RunConfig {
  readonly engine: 'timely' | 'dstream'
  readonly plan: NamedPlan
  /** All that there are at some time of the run: memory and links are reserved for them. */
  readonly workers: number
  /** Default: all workers are there from the start to the end. */
  readonly resize?: Resize
  /** Logical partitions, of keys and of input alike. Default 4 × workers. */
  readonly partitions: number
  /** Timely's epoch, D-Stream's batch interval. */
  readonly tick: Nanos
  readonly input: InputConfig
  /** Default `log`. */
  readonly ingest?: Ingest
  /** CPU time is also reported from this instant of the run's clock to the input's end. Default: the clock's start. */
  readonly measuredFrom?: Nanos
  readonly seed: number
  readonly kernels: 'columns' | 'plain'
  /** Keep committed rows, not only digests. */
  readonly keepRows: boolean
  /** Of kept rows, how many of the last ticks will be looked at. Default: all, for tests and small runs. */
  readonly keepRowsMax?: number
  /** Every output is saved, not only those that ask for it; but for those that call a function. Default: no. */
  readonly saveAll?: boolean
  /** Sum digests at all: `false` only to measure what checking costs; such a run has no valid verdict. */
  readonly digests: boolean
  /** What replaces a dead worker: a fresh process after detection, or the survivors. */
  readonly replacement: 'respawn' | 'survivors'
  readonly detector: DetectorConfig
  readonly timely: TimelyOptions
  readonly dstream: DStreamOptions
}
