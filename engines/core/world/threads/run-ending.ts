/** How a run on threads came to its end, and the record that it leaves. The first error is the cause; what follows from it says less. */
import { cutRecord } from '../../output/cut-record.ts'
import type { RunRecord, Trial } from '../../system.ts'
import { milliseconds, type ProcessId, type TickEnd } from '../../units.ts'
import { timedOut, type Unfinished } from '../endings.ts'
import { type Gathered, recordedOf } from './gathered.ts'

export interface RunEndingOptions {
  readonly trial: Pick<Trial, 'config'>
  /** Real time that threads had to end by themselves. */
  readonly stopTimeoutMs: number
}

export class RunEnding {
  readonly #options: RunEndingOptions
  #error: Error | undefined
  /** At its deadline. */
  #unfinished: Unfinished | undefined
  /** Processes that did not end by themselves. */
  #stuck: readonly ProcessId[] = []
  #cutAt: TickEnd | undefined

  constructor(options: RunEndingOptions) {
    this.#options = options
  }

  get hasFailed(): boolean {
    return this.#error !== undefined
  }

  /** Whether the run is over, whatever is missing. */
  get isDecided(): boolean {
    return this.hasFailed || this.#unfinished !== undefined || this.#cutAt !== undefined
  }

  fail(error: Error): void {
    this.#error ??= error
  }

  timeOut(unfinished: Unfinished): void {
    this.#unfinished = unfinished
  }

  /** A run of scheduled input that was closed ends with the ticks that are whole. */
  cut(at: TickEnd): void {
    this.#cutAt = at
  }

  foundStuck(processes: readonly ProcessId[]): void {
    this.#stuck = processes
  }

  /** `missing`: commits. Call when all threads have ended. */
  recordOf(gathered: Gathered, missing: number): RunRecord {
    // Before commits become objects: those are the judge's.
    const residentBytesMax = process.resourceUsage().maxRSS * 1024
    const base = { world: 'threads', residentBytesMax, ...recordedOf(gathered) } as const
    if (this.#error !== undefined) return { ...base, outcome: 'failed', error: this.#error }
    if (this.#cutAt !== undefined) return cutRecord(base, this.#cutAt)
    if (missing === 0) return { ...base, outcome: 'completed' }
    if (this.#unfinished === undefined) return { ...base, outcome: 'timed-out' }
    const { stopTimeoutMs, trial } = this.#options
    const after = milliseconds(stopTimeoutMs)
    const stuck = this.#stuck.length > 0 ? { stuck: { processes: this.#stuck, after } } : {}
    const error = timedOut({ ...this.#unfinished, ...stuck }, trial.config)
    return { ...base, outcome: 'timed-out', error }
  }
}
