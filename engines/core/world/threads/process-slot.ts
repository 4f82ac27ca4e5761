/**
 * A process's place in the supervisor: its thread of now, and what its lives have left behind.
 *
 * States, in order: empty, alive, ended; and alive again when a next life starts. Killing and fencing are one thing for
 * the thread, and it is real: `terminate` ends it wherever it is. At its end, and before anything else, its last commits
 * and reports are taken from its rings, and its region is poisoned as far as it reached into it.
 */
import { Worker } from 'node:worker_threads'
import type { RunMemory } from '../../columns/memory.ts'
import { POISON_BYTE } from '../../faults/fault.ts'
import { HISTOGRAM_SLOTS, Histogram } from '../../metrics/histogram.ts'
import type { VisibleCommit } from '../../output/commit.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { endedFromWithin } from '../endings.ts'
import { ChunkReader } from './chunk-stream.ts'
import { CommitRingReader } from './commit-ring.ts'
import { clearCounters, readCounters } from './counters.ts'
import type { Gathered } from './gathered.ts'
import type { ProcessLayout } from './layout.ts'
import { ProcessStatus, STATE_FENCED, STATE_RUNNING, STATE_STOPPED } from './process-status.ts'
import { ReportReader } from './reports.ts'
import type { ThreadData } from './thread-entry.ts'

export interface ProcessSlotHooks {
  now(): Nanos
  committed(commit: VisibleCommit): void
  /** The thread is gone and its region poisoned. `error`: it was neither told to end nor ended by `terminate`. */
  ended(slot: ProcessSlot, end: { readonly exitCode: number; readonly error?: Error }): void
}

/**
 * A thread's young generation doubles when much of it survives, which some minute brings about, up to 96 MiB, and never
 * shrinks under load: over ten minutes that was the growth of a run's memory (313 to 440 MiB). This is what it has after 20 s.
 */
export const THREAD_LIMITS = { maxYoungGenerationSizeMb: 24 } as const

const THREAD_ENTRY = new URL('./thread-entry.ts', import.meta.url)

export class ProcessSlot {
  readonly process: ProcessId
  readonly status: ProcessStatus
  readonly proposals: ChunkReader
  incarnation = 0
  state: 'empty' | 'alive' | 'ended' = 'empty'
  /** When its last life ended; Infinity while it goes on, 0 before the first one. */
  endedAt: Nanos = 0
  #memory: RunMemory
  #layout: ProcessLayout
  #gathered: Gathered
  #hooks: ProcessSlotHooks
  #commits: CommitRingReader
  #reports: ReportReader
  #worker: Worker | undefined
  #terminated = false
  #behindSince: Nanos | undefined

  constructor(
    memory: RunMemory,
    layout: ProcessLayout,
    gathered: Gathered,
    hooks: ProcessSlotHooks,
  ) {
    this.process = layout.process
    this.#memory = memory
    this.#layout = layout
    this.#gathered = gathered
    this.#hooks = hooks
    this.status = new ProcessStatus(memory, layout.status)
    this.proposals = new ChunkReader(memory, layout.proposals)
    this.#commits = new CommitRingReader(memory, layout.commits)
    this.#reports = new ReportReader(memory, layout.reports, layout.process)
  }

  /** Starts the next life on a new thread. The region is this life's alone from now on. */
  spawn(incarnation: number, data: ThreadData, execArgv: readonly string[] | undefined): void {
    this.incarnation = incarnation
    this.state = 'alive'
    this.endedAt = Number.POSITIVE_INFINITY
    this.#terminated = false
    this.status.clear()
    clearCounters(this.#memory, this.#layout.counters)
    this.#gaps.fill(0)
    const worker = new Worker(THREAD_ENTRY, {
      workerData: data,
      name: this.#layout.region.name,
      resourceLimits: THREAD_LIMITS,
      ...(execArgv ? { execArgv: [...execArgv] } : {}),
    })
    this.#worker = worker
    let error: Error | undefined
    worker.on('error', (thrown: unknown) => {
      error = thrown instanceof Error ? thrown : new Error(String(thrown))
    })
    worker.on('exit', (exitCode) => this.#exited(exitCode, error))
  }

  /** Ends the thread wherever it is. `ended` is called when it is gone, about a ms later. */
  terminate(): void {
    if (this.state !== 'alive') return
    this.#terminated = true
    void this.#worker?.terminate()
  }

  /** A thread in its loop that has not yet been through a round under this generation: it may use what it knew before. */
  isBehind(generation: number): boolean {
    return (
      this.state === 'alive' &&
      this.status.state === STATE_RUNNING &&
      this.status.acknowledged < generation
    )
  }

  /** How long it has been behind at each call, this one among them; 0 if it is not, or is being ended. */
  behindFor(generation: number, now: Nanos): Nanos {
    if (this.#terminated || !this.isBehind(generation)) this.#behindSince = undefined
    else this.#behindSince ??= now
    return now - (this.#behindSince ?? now)
  }

  get #gaps(): Float64Array {
    const first = this.#layout.stalls >>> 3
    return this.#memory.f64.subarray(first, first + HISTOGRAM_SLOTS)
  }

  drain(diedAt?: Nanos): void {
    this.drainCommits(diedAt)
    this.drainReports()
  }

  drainReports(): void {
    this.#reports.drain(this.#gathered)
  }

  drainCommits(diedAt?: Nanos): void {
    this.#commits.drain((commit) => {
      this.#gathered.commits.push(commit)
      this.#hooks.committed(commit)
    }, diedAt)
  }

  #exited(exitCode: number, thrown: Error | undefined): void {
    this.state = 'ended'
    this.endedAt = this.#hooks.now()
    this.#worker = undefined
    const { state } = this.status
    const expected = this.#terminated || state === STATE_STOPPED || state === STATE_FENCED
    const ownWill = endedFromWithin(`the thread of process ${this.process}`, exitCode)
    let error = thrown ?? (expected ? undefined : ownWill)
    try {
      this.drain(this.endedAt)
    } catch (broken) {
      // Rings that make no sense: something wrote where it should not. An event handler must not throw.
      error ??= broken instanceof Error ? broken : new Error(String(broken))
    }
    this.#gathered.reports.push({
      process: this.process,
      incarnation: this.incarnation,
      cpuNs: this.status.cpuNs,
      cpuNsMeasured: this.status.cpuNsMeasured,
      ranNs: this.status.ranNs,
      gcNs: this.status.gcNs,
      stalls: new Histogram(this.#gaps.slice()),
      memoryBytesMax: this.status.memoryBytesMax,
      counters: Object.fromEntries(readCounters(this.#memory, this.#layout.counters)),
    })
    this.status.incarnation = 0
    // A life that ended with the run leaves its region to nobody.
    const { base } = this.#layout.region
    if (state !== STATE_STOPPED) {
      this.#memory.u8.fill(POISON_BYTE, base, base + this.status.reachBytes)
    }
    this.#hooks.ended(this, error === undefined ? { exitCode } : { exitCode, error })
  }
}
