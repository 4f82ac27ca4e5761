/** The contract that experiments know: a system takes a trial and gives back what happened. Peers implement it directly. */
import type { FaultPlan } from './faults/fault.ts'
import type { ArrivedInput, LiveInput } from './input/live-input.ts'
import type { Histogram } from './metrics/histogram.ts'
import type { HistoryEvent } from './metrics/history.ts'
import type { CommittedRows, VisibleCommit } from './output/commit.ts'
import type { Answer } from './queries/answer.ts'
import type { Query } from './queries/query.ts'
import type { RunConfig } from './run-config.ts'
import type { EncodedRows } from './statics/encoded-rows.ts'
import type { Nanos, ProcessId, TickEnd } from './units.ts'

/** Records as bytes, and `records + 1` offsets. Of text, each is followed by a line feed. */
export interface PoolBytes {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  /** Of pairs of 32-bit integers, little endian: each is 8 bytes long, and nothing follows it. */
  readonly pairs?: true
}

/** A folder of the user's; or a file that is open, such as standard output: then rows are written to it as they are committed. */
export type SavedPlace = { readonly folder: string } | { readonly openFile: number }

/** A file that a run has saved. */
export interface SavedFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** When it was durable, where the world can know it. */
  readonly at?: Nanos
}

export interface Trial {
  readonly config: RunConfig
  readonly pool: PoolBytes
  /**
   * Input that arrives, instead of the pool's; threads world only. The schedule's rate means nothing then, and its
   * duration is how long the input may take at most: the run ends with the periods in which the last record arrived.
   */
  readonly input?: LiveInput
  /**
   * Ends input that arrives where it stands: lines that have come whole are all there is, and the run completes with them. Of
   * scheduled input, on threads: the run ends at once, with the ticks that are whole (`RunRecord.cutAt`).
   */
  readonly closing?: AbortSignal
  /** Records of the inputs of static data, by the URL that the plan reads (`statics/with-statics.ts`). */
  readonly staticInputs?: Readonly<Record<string, PoolBytes>>
  /** What was computed of them, for the processes of the run. */
  readonly statics?: readonly EncodedRows[]
  readonly faults: FaultPlan
  /** Asked while the run goes on; it ends when those that were asked in its input's time are answered, or at its deadline. */
  readonly queries?: readonly Query[]
  /** Called with each answer as it comes. */
  readonly answered?: (answer: Answer) => void
  /** Where files go that outputs save; threads world only, which refuses to save without it. */
  readonly saved?: SavedPlace
  /** The run is ended as `timed-out` when the last tick is not committed by then. After `config.input.duration`. */
  readonly deadline: Nanos
}

/** What one process used and counted over its lives. */
export interface ProcessReport {
  readonly process: ProcessId
  readonly incarnation: number
  /** CPU time in ns, where the world can know it. */
  readonly cpuNs?: number
  /** Of it, in the measured interval, from `measuredFrom` to the input's end. Of a worker that spins: the time that it did not. */
  readonly cpuNsMeasured?: number
  /** Real time that it ran, and its part in garbage collection, in ns; where the world can know them. */
  readonly ranNs?: number
  readonly gcNs?: number
  /** Scheduling gaps of its thread, in ns, where it has one. */
  readonly stalls?: Histogram
  readonly memoryBytesMax: number
  /**
   * Counters by name, with the unit last: `progressMessages`, `progressBytes`, `dataRows`, `dataRowsRemote`, `staleMessages`.
   * Of exchanges (paths by key or to a single partition): `dataRows` are all rows as they were combined, to the own worker too,
   * and `shuffleBytes` their bytes; `shuffleBytesRemote` those of them that crossed workers; `dataBytes` what was on the wire,
   * with the headers of messages.
   */
  readonly counters: Readonly<Record<string, number>>
}

/** A worker of an engine that counts them has them from its start: of a plan without exchanges they are zero, not missing. */
export const EXCHANGE_COUNTERS = ['dataRows', 'shuffleBytes', 'shuffleBytesRemote'] as const

export interface RunRecord {
  readonly world: 'threads' | 'simulated'
  readonly outcome: 'completed' | 'timed-out' | 'failed'
  /**
   * Of a run of scheduled input that was closed before it was complete: the end of its last whole tick, 0 if there is none. The
   * record is that of a run that was to end there, without what came later.
   */
  readonly cutAt?: TickEnd
  /** Of such a run: all that it committed, of later ticks too. What is not whole must be right all the same. */
  readonly uncut?: readonly VisibleCommit[]
  /** Why a run did not complete. There is one for every outcome but `completed`. */
  readonly error?: Error
  /** In the order in which they became visible; the ledger has already refused stale ones. */
  readonly commits: readonly VisibleCommit[]
  readonly staleCommits: number
  readonly rows: readonly CommittedRows[]
  /** To the trial's queries, in the order in which they became whole. */
  readonly answers?: readonly Answer[]
  /** Simulated world: what outputs have saved, in the order in which it became durable. */
  readonly files?: readonly SavedFile[]
  readonly history: readonly HistoryEvent[]
  readonly processes: readonly ProcessReport[]
  /** Threads world: largest resident set of the run's own system process, before anything is made ready for a judge. */
  readonly residentBytesMax?: number
  /** What arrived, of a run with live input: what an oracle needs to know. */
  readonly input?: ArrivedInput
  /** Simulated world: hash of the whole trace; equal seeds give equal hashes. */
  readonly traceHash?: string
}

export interface System {
  readonly name: string
  run(trial: Trial): Promise<RunRecord>
}
