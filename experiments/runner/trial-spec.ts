/**
 * One trial as plain data: all that a fresh process needs to run it, and all that it gives back.
 *
 * A timed trial has a process of its own, so that no trial inherits another's heap, compiled code or threads
 * (METHOD 10). So the specification and the outcome cross a pipe as JSON.
 */
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { MalformedRows } from '../../engines/core/input/formats/row-tally.ts'
import type { HeldBack, InputPosition, LiveInput } from '../../engines/core/input/live-input.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { ApartJoin } from '../../engines/core/metrics/join-keys.ts'
import type { LatencySummary } from '../../engines/core/metrics/latency.ts'
import type { Answer } from '../../engines/core/queries/answer.ts'
import type { Query } from '../../engines/core/queries/query.ts'
import type {
  DStreamOptions,
  InputDisorder,
  InputHistory,
  Resize,
  RunConfig,
  TimelyOptions,
} from '../../engines/core/run-config.ts'
import type { Nanos } from '../../engines/core/units.ts'
import type { InputKind, InputOptions } from '../../workloads/input/input.ts'
import type { SteadyState } from '../statistics/steady-state.ts'
import type { FaultPhases } from './recovery-phases.ts'
import type { SimulationSpec } from './simulation-spec.ts'

export type { LatencySummary }

/** Where records come from. */
export interface InputSpec extends InputOptions {
  readonly kind: InputKind
  /**
   * Lines that arrive, of the kind `file`. Rate 0; the warm-up and the measured interval are the longest that they may take.
   */
  readonly live?: LiveInput
}

/** The input has another rate for a while. */
export interface Burst {
  readonly from: Nanos
  readonly until: Nanos
  readonly rate: number
}

export interface TrialSpec {
  readonly workload: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly input: InputSpec
  readonly engine: RunConfig['engine']
  /** The engine that does nothing in place of that one, and its oracle in place of the workload's (`null-engine.ts`). */
  readonly isNull?: true
  readonly world: 'threads' | 'simulated'
  /** All that there are at some time of the run. */
  readonly workers: number
  /** Default: they are there from the start to the end. */
  readonly resize?: Resize
  /**
   * Of a resize: the worst latency of a trial in peace with all of the workers, at the same rate. Whether latency is back when all
   * are there is held against it, since with other workers it is another one. Default: that of before the first change.
   */
  readonly peaceLatency?: Nanos
  readonly partitions: number
  readonly tick: Nanos
  /** Records per second: at a scale above 1, of what is simulated. */
  readonly rate: number
  /** Due before the measured interval, at the same rate; a multiple of the tick. */
  readonly warmup: Nanos
  /** The measured interval, by due instants. */
  readonly measured: Nanos
  /**
   * Due before the clock starts, at a rate of its own: fills windows without waiting for them. The last `settle` of it is due
   * at the beginning of the warm-up.
   */
  readonly history?: InputHistory
  /** More records, in a part of the trial: at instants of its clock. Not with a history. */
  readonly burst?: Burst
  /**
   * The input as a whole, once: then all of it is history, at the rate, and warm-up and measured interval are 0
   * (`cli/bounded-option.ts`).
   */
  readonly bounded?: true
  /** How far out of order records are; drawn by the trial's seed. By default they are in order. */
  readonly disorder?: Omit<InputDisorder, 'seed'>
  /** Default `log`. */
  readonly ingest?: RunConfig['ingest']
  readonly seed: number
  readonly kernels: 'columns' | 'plain'
  readonly digests: boolean
  readonly timely: Partial<TimelyOptions>
  readonly dstream: Partial<DStreamOptions>
  readonly replacement: RunConfig['replacement']
  readonly detector: RunConfig['detector']
  readonly faults: FaultPlan
  /** After a fault it is told when latencies are within it again; not if not given. */
  readonly latencyBound?: Nanos
  /** Of rows of the timeline; 1 s if not given. */
  readonly timelineInterval?: Nanos
  /** Asked while the trial runs. */
  readonly queries?: readonly Query[]
  /** Of the simulated world; its defaults if not given. */
  readonly simulation?: SimulationSpec
  /** Memory of one worker's region; the world's default if not given. Only touched pages take memory. */
  readonly workerMemoryBytes?: number
  /** Time that an idle worker looks for work before it parks; 0 if not given. Threads world. */
  readonly spin?: Nanos
  /** How long after the last due instant the run may go on. */
  readonly grace: Nanos
  /** Give the history back. */
  readonly keepHistory: boolean
  /**
   * Keep the last rows and give so many of them back; 0: keep digests only, as where it is missing, unless the input is
   * bounded: its answer is summed up.
   */
  readonly showRows?: number
  /**
   * Write all committed rows to files: to a folder, by its absolute path, or with `PRINTED` to the file that the trial's process
   * has open as `PRINTED_FILE`.
   */
  readonly saved?: string
}

/**
 * Whether a signal closes a trial instead of ending it (`Trial.closing`). What a bounded one is asked for comes at its end, and a
 * simulation hears nothing until it is over.
 */
export function isClosable({
  input,
  world,
  bounded,
}: Pick<TrialSpec, 'input' | 'world' | 'bounded'>): boolean {
  return input.live !== undefined || (world === 'threads' && !bounded)
}

/** What is known of all that a trial was to do: of one that timed out, right as far as it came, not the rest. */
export function verdictOfAll({
  outcome,
  verdict,
}: Pick<TrialOutcome, 'outcome' | 'verdict'>): TrialOutcome['verdict'] {
  return outcome === 'timed-out' && verdict === 'valid' ? 'unknown' : verdict
}

export const PRINTED = '-'
export const PRINTED_FILE = 3

/** A committed row as text: key and value as JSON; without a value, the key left the result. */
export interface ShownRow {
  readonly output: number
  readonly tick: Nanos
  readonly partition: number
  readonly key: string
  readonly value?: string
}

/** Said to a trial's process whose signals close the trial, instead of ending it. */
export const CLOSABLE = 'closable'

/** What a line of a trial's process begins with that is an answer. */
export const ANSWER_LINE = 'answer '
/** One that says up to which tick the run is judged. */
export const JUDGING_LINE = 'judging '
/** And the line of a simulation that goes on. */
export const STEPPED_LINE = 'stepped'

export interface Judging {
  /** 0 when it begins. */
  readonly tick: Nanos
  /** Of the run. */
  readonly duration: Nanos
}

/** An answer to a query, with keys and values as JSON. */
export interface ShownAnswer extends Omit<Answer, 'query' | 'rows'> {
  /** The table. */
  readonly of: string
  /** Which one was asked for, if one was. */
  readonly key?: string
  readonly rows: readonly (readonly [key: string, value: string])[]
}

/** The final answer of one output. */
export interface AnswerSummary {
  readonly name: string
  readonly rows: number
  /** Of the rows: equal answers have equal digests, on any engine. */
  readonly digest: string
  /** The first rows by key, as JSON. */
  readonly first: readonly (readonly [key: string, value: string])[]
}

/** Jobs of a loop, one for each round and one for the result; each from when it was due to its end, the last to its last commit. */
export interface JobsSummary {
  readonly count: number
  /** The one that read the input. */
  readonly first: Nanos
  /** Of those behind it. */
  readonly p50: Nanos
  readonly max: Nanos
  /** CPU time of all processes by the number of jobs, where the world can know it. */
  readonly cpuNs?: number
}

/** One interval of a trial, without what was not measured in it. */
export interface TimelineEntry {
  /** End of the interval, since the start of the clock, and its length. */
  readonly at: Nanos
  readonly interval: Nanos
  /** Records that became visible in it, per second. */
  readonly recordsPerSecond: number
  /** Latencies of the records due in it. */
  readonly p50?: Nanos
  readonly p99?: Nanos
  readonly max?: Nanos
  /** Of the last tick that became visible in it: commit minus end of tick. */
  readonly lag?: Nanos
  /** Records due and not visible at its end. */
  readonly backlogRecords: number
  /** Median over the batches that were completed in it: from the first task to the end, and from the close to the first task. */
  readonly processing?: Nanos
  readonly schedulingDelay?: Nanos
  /** Threads world: largest reading in it of the resident set of the run's own system process. */
  readonly residentBytesMax?: number
  /** Of the membership at its end. */
  readonly generation: number
}

/** Judgement of a series over the measured interval; its change from first to last as a share of its level. */
export interface Trend {
  readonly state: SteadyState['state']
  readonly changeShare?: number
}

/** Of what there were enough ticks to test. */
export interface TrialTrends {
  readonly lag?: Trend
  readonly latency?: Trend
}

export interface TrialOutcome {
  /**
   * Aborted: it was closed before its end, and is judged and measured up to `cutAt`. So is one that timed out, unless something was to
   * happen to it, or a commit is lost (`deadline-cut.ts`); it has no latency, and did not keep up. What it committed of later ticks is judged too.
   */
  readonly outcome: 'completed' | 'timed-out' | 'failed' | 'aborted'
  readonly cutAt?: Nanos
  readonly error?: string
  /** The error's code, as in `engines/core/errors.ts`: says who must act. */
  readonly errorCode?: string
  readonly verdict: 'valid' | 'invalid' | 'unknown'
  readonly reasons: readonly string[]
  /** Records due in the measured interval, and in the whole run. */
  readonly recordsMeasured: number
  readonly recordsAll: number
  /** Ticks of the first output committed on all partitions. */
  readonly ticksCompleted: number
  /** The engine's pace: records that became visible after the warm-up, per second up to the last commit. Zero if none did. */
  readonly processedPerSecond: number
  readonly latency?: LatencySummary
  /** From the instant at which a record's tick had been read, not from when it was due: what other systems report. */
  readonly sentLatency?: LatencySummary
  /** Commit minus end of window: the headline for outputs with a period of their own. */
  readonly closeLatency?: LatencySummary
  /**
   * Slope of the lag (commit minus tick end) over the measured interval, ns per second, with a 95 % interval; and between the
   * medians of its first and its last third, which a single pause, such as a checkpoint's, does not move.
   */
  readonly lagSlope?: {
    readonly estimate: number
    readonly low: number
    readonly high: number
    readonly thirds: number
  }
  /** Lags of the ticks that were committed in the measured interval. */
  readonly lagEnds?: {
    readonly first: Nanos
    readonly last: Nanos
    readonly max: Nanos
    readonly ticks: number
    /** From the first of these ticks to the last. */
    readonly elapsed: Nanos
    /** Of the output: the slide of its windows, else the engine's tick. */
    readonly period: Nanos
  }
  readonly rowsCommitted: number
  /** Of a plan with windows by event time: records that came too late, each counted for every window that it missed. */
  readonly recordsLate?: number
  readonly counters: Readonly<Record<string, number>>
  /** CPU time by process id, ns; empty where the world cannot know it. */
  readonly cpuNs: readonly number[]
  /** Of it, in the measured interval. Of a worker that spins: what it did besides. */
  readonly cpuNsMeasured: readonly number[]
  /** CPU time of the threads that are no process of the run, ns. */
  readonly servicesCpuNs?: {
    readonly supervisor: number
    readonly storage: number
    /** Of live input. */
    readonly source?: number
  }
  readonly memoryBytesMax: number
  /** Largest resident set of the trial's process: until the run's end, and with the oracle. */
  readonly runResidentBytesMax?: number
  readonly residentBytesMax: number
  /** Scheduling gaps of the processes' threads, in ns. */
  readonly stalls?: LatencySummary
  /** Share of the wall time in garbage collection, of the worst process. */
  readonly gcShare?: number
  /** Threads world: share of the CPU time of all cores that the host kept for others while it ran; where the kernel says it. */
  readonly stolenShare?: number
  readonly staleCommits?: number
  readonly trends?: TrialTrends
  readonly timeline?: readonly TimelineEntry[]
  /** Of each planned fault, in the plan's order. */
  readonly recoveries?: readonly FaultPhases[]
  /** Of the burst of its input. */
  readonly burst?: FaultPhases
  /** Of each step of its resize. */
  readonly resizes?: readonly FaultPhases[]
  /** Of the whole trace, simulated world: equal seeds give equal hashes. */
  readonly traceHash?: string
  /** Of what was committed first, without its instants: equal trials give equal hashes in either world. */
  readonly commitsHash: string
  /** Joins that cannot have given anything, by the types of their keys. */
  readonly joinsApart?: readonly ApartJoin[]
  /** Of an input that was read from files: lines that are not UTF-8. They were processed as bytes. */
  readonly inputLinesNotUtf8?: number
  /** Of an input from files, or of a live one: rows that were no records. */
  readonly inputRowsMalformed?: MalformedRows
  /**
   * Of a live input: where the run ended, connections after the first one, whether as much had come as a run takes, how long what
   * had come waited for room, and where to go on.
   */
  readonly arrived?: HeldBack & {
    readonly duration: Nanos
    readonly resumes: number
    readonly isFull: boolean
    readonly position: InputPosition
  }
  /** Of a bounded run: its answers, and how long it took for them. */
  readonly answered?: { readonly elapsed: Nanos; readonly answers: readonly AnswerSummary[] }
  /** Of a loop that was run as jobs. */
  readonly jobs?: JobsSummary
  readonly rows?: readonly ShownRow[]
  /** To what was asked while it ran, in the order in which answers came. */
  readonly queried?: readonly ShownAnswer[]
  readonly history?: readonly HistoryEvent[]
  readonly oracleMs: number
}
