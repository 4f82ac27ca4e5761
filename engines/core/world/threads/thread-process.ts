/**
 * A process on its thread: its world, and the loop that steps it.
 *
 *   round: membership · inbound frames · own messages · storage · step · flush · wake receivers
 *   then:  again at once, or spin for a while, or park until the next instant that somebody wants
 *
 * The loop is synchronous from the run's start to its end: no promise, no event loop, no message port. It blocks in one
 * place only, on its wake word, after it has looked at everything that could reach it (`wake-word.ts`). A fault of the
 * plan may have it stand still in other places (`faults/process-faults.ts`).
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { FaultPlan } from '../../faults/fault.ts'
import type { InputLog } from '../../input/input-log.ts'
import { HISTOGRAM_SLOTS, Histogram } from '../../metrics/histogram.ts'
import { MeasuredCpu } from '../../metrics/measured-cpu.ts'
import { lastOf } from '../../output/kept-rows.ts'
import { clockStart, type RunConfig } from '../../run-config.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { seededRandom } from '../random.ts'
import { SessionLayer } from '../session-layer.ts'
import type { Inbound, Process, World } from '../world.ts'
import { CommitRingWriter } from './commit-ring.ts'
import { pinToCore } from './core-pinning.ts'
import { SharedCounters } from './counters.ts'
import { ProcessFaults } from './faults/process-faults.ts'
import type { StoodStill } from './faults/standstill.ts'
import { GarbageTime } from './garbage-time.ts'
import type { ThreadsLayout } from './layout.ts'
import { type CopyBytes, Links, type ProcessLinks } from './links.ts'
import {
  ProcessStatus,
  STATE_FENCED,
  STATE_READY,
  STATE_RUNNING,
  STATE_STOPPED,
  threadCpuNs,
} from './process-status.ts'
import { PublishedMembership } from './published-membership.ts'
import { ReportWriter } from './reports.ts'
import { RunWords } from './run-words.ts'
import { StallProbe } from './stall-probe.ts'
import { StorageClient } from './storage-client.ts'
import { ThreadAuthority } from './thread-authority.ts'
import { ThreadRegion } from './thread-region.ts'
import { wakeOnTime } from './timer-slack.ts'
import { AWAKE, park, wake } from './wake-word.ts'

/** CPU time is read this often: a killed thread's report is at most this old. */
const CPU_SAMPLE_NS = 100_000_000
/** Time in garbage collection is: reading it is dearer. */
const GC_SAMPLE_NS = 1_000_000_000
/** The shortest sleep that there is. */
const BRIEF_MS = 0.01
/** Longest sleep: a bound on the harm of a mistake in waking, not a period of anything. */
const PARK_NS_MAX = 1_000_000_000

export interface ThreadProcessOptions {
  readonly layout: ThreadsLayout
  readonly config: RunConfig
  readonly process: ProcessId
  readonly incarnation: number
  /** Time to look for work before parking, in ns. 0 parks at once. */
  readonly spin: Nanos
  /** The trial's plan, if something of it is for this process to carry out or to see. */
  readonly faults?: FaultPlan | undefined
}

export class ThreadProcess {
  readonly world: World
  readonly status: ProcessStatus
  #memory: RunMemory
  #options: ThreadProcessOptions
  #run: RunWords
  #region: ThreadRegion
  #links: ProcessLinks
  #faults: ProcessFaults | undefined
  #authority: ThreadAuthority
  #session: SessionLayer
  #storage: StorageClient
  #reports: ReportWriter
  #wakeIndex: number
  /** The generation that this round has seen, and whether this incarnation is a live member of it. */
  #seen = 0
  #nextCpuSample = 0
  #nextGcSample = 0
  #cpuNsBefore = 0
  #measured: MeasuredCpu
  /** Time spent spinning; and whether the last spin ended with something to do. */
  #spunNs = 0
  #spinFound = false
  /** CPU time of what it did besides, at the last reading. */
  #workNs = 0
  #ranFrom: Nanos = 0
  #stalls: StallProbe
  #garbage: GarbageTime | undefined

  constructor(memory: RunMemory, options: ThreadProcessOptions) {
    const { layout, config, process, incarnation, faults: plan } = options
    const own = layout.processes[process]!
    this.#memory = memory
    this.#options = options
    this.#wakeIndex = own.wake >>> 2
    this.#measured = new MeasuredCpu(config)
    this.#run = new RunWords(memory, layout.run, clockStart(config.input))
    // A later life is created while the clock runs already.
    this.#run.started()
    this.status = new ProcessStatus(memory, own.status)
    this.#region = new ThreadRegion(memory, own.region, this.status)
    // A later life has the pages of the first.
    if (incarnation === 1) this.#region.touch()
    const gaps = memory.f64.subarray(own.stalls >>> 3, (own.stalls >>> 3) + HISTOGRAM_SLOTS)
    this.#stalls = new StallProbe(new Histogram(gaps), threadCpuNs)
    const now = (): Nanos => this.#run.now()
    const run = this.#run
    const counters = new SharedCounters(memory, own.counters)
    const count = (counter: string, by: number): void => counters.add(counter, by)
    const links = new Links(memory, layout, process, () => count('fullLinks', 1))
    const stood: StoodStill = (from, alarm, to) => this.#stoodStill(from, alarm, to)
    const faults =
      plan &&
      new ProcessFaults(memory, { plan, layout, config, process, incarnation, run, links, stood })
    this.#faults = faults
    this.#links = faults?.links ?? links
    const ownNow = faults?.now ?? now
    this.#authority = new ThreadAuthority(
      memory,
      new PublishedMembership(memory, layout.authority, {
        processes: layout.processes.length,
        partitions: config.partitions,
      }),
      { span: own.proposals, name: own.region.name, incarnation },
    )
    this.#session = new SessionLayer({
      process,
      incarnation,
      region: this.#region,
      authority: this.#authority,
      link: this.#links,
      now: ownNow,
      count,
    })
    this.#storage = new StorageClient(memory, own, incarnation)
    this.#reports = new ReportWriter(memory, own.reports, { process, incarnation, now })
    this.world = {
      process,
      incarnation,
      now: ownNow,
      transport: this.#session,
      storage: this.#storage,
      random: seededRandom(config.seed, process, incarnation),
      authority: this.#authority,
      ledger: new CommitRingWriter(memory, own.commits, {
        now,
        count,
        generation: () => this.#authority.generation(),
        finalTick: config.input.duration,
      }),
      history: faults?.history(this.#reports) ?? this.#reports,
      region: this.#region,
      charge: () => {},
      count,
      keepRows: (rows) => this.#reports.keepRows(lastOf(rows, config.keepRowsMax)),
      answer: (part) => this.#reports.answer({ ...part, at: now() }),
    }
  }

  /** The log of the run's input, as this process may read it. */
  inputOf(log: InputLog): InputLog {
    return this.#faults?.input(log) ?? log
  }

  /** The run's clock, which no fault touches. */
  runNow(): Nanos {
    return this.#run.now()
  }

  /** Messages are copied with a kernel from now on. */
  copyWith(copy: CopyBytes): void {
    this.#links.copyWith(copy)
  }

  /** Waits for the run's start and drives the process until it is told to stop or fenced. Blocks the thread. */
  run(machine: Process): void {
    const { status } = this
    const { config, process } = this.#options
    const core = pinToCore(process, config.workers)
    wakeOnTime()
    status.state = STATE_READY
    wake(this.#memory.i32, this.#options.layout.supervisorWake >>> 2)
    const startable = (): boolean => this.#run.started() || this.#run.stopped()
    while (!startable()) park(this.#memory.i32, this.#wakeIndex, 1_000, startable)
    this.#cpuNsBefore = threadCpuNs()
    this.#garbage = new GarbageTime()
    this.#ranFrom = this.#run.now()
    this.#stalls.begin(this.#ranFrom)
    status.state = STATE_RUNNING
    if (core !== undefined) this.world.history.append('process-pinned', { core })
    const fenced = this.#loop(machine)
    this.#finish(fenced ? STATE_FENCED : STATE_STOPPED)
  }

  /** Returns whether it ended because this incarnation is over. */
  #loop(machine: Process): boolean {
    const deliver = (inbound: Inbound): void => machine.receive(inbound)
    const accept = (frame: number): boolean => this.#session.accept(frame, deliver)
    const faults = this.#faults
    const found = faults === undefined ? () => this.#found() : () => this.#found() || faults.due()
    let from = this.#ranFrom
    while (!this.#run.stopped()) {
      if (!this.#refresh()) return true
      faults?.roundBegan()
      this.#links.poll(accept)
      this.#session.deliverLocal(deliver)
      this.#storage.poll(deliver)
      const wanted = machine.step()
      let now = this.#run.now()
      const own = faults === undefined ? now : faults.own(now)
      let next = Math.min(wanted, this.#session.flush(own))
      this.#links.wakeReceivers()
      this.#storage.pump()
      this.#authority.pump()
      this.#reports.pump()
      this.#acknowledge()
      this.status.memoryBytesMax = this.#region.usedMax
      if (faults !== undefined) {
        now = faults.roundEnded(from)
        next = faults.next(next, now)
      }
      if (now >= this.#nextCpuSample) this.#sample(now)
      const rests = next > now && !found()
      from = rests ? this.#rest(now, next, found) : now
      this.#stalls.round(from)
    }
    return false
  }

  /** Reads a new membership, if there is one. Returns whether this incarnation still lives. */
  #refresh(): boolean {
    const generation = this.#authority.generation()
    if (generation === this.#seen) return true
    this.#session.refresh()
    const membership = this.#authority.current()
    this.#seen = membership.generation
    const own = membership.members[this.#options.process]!
    return own.state === 'live' && own.incarnation === this.#options.incarnation
  }

  /** Says that a whole round has passed under the generation that it began with: nothing older is in use here. */
  #acknowledge(): void {
    if (this.status.acknowledged === this.#seen) return
    this.status.acknowledged = this.#seen
    wake(this.#memory.i32, this.#options.layout.supervisorWake >>> 2)
  }

  /** Not a gap in its schedule: a fault of the plan. */
  #stoodStill(from: Nanos, alarm: Nanos, to: Nanos): void {
    this.#stalls.parked(from, alarm, to)
  }

  /** Looks at everything that can reach this process from outside. */
  #found(): boolean {
    return (
      this.#run.stopped() ||
      this.#authority.generation() !== this.#seen ||
      this.#links.ready() ||
      this.#storage.ready() ||
      this.#reports.ready() ||
      this.#authority.ready()
    )
  }

  /** Spins for the budget, then parks until `until`. Returns when it ended. */
  #rest(from: Nanos, until: Nanos, found: () => boolean): Nanos {
    const now = this.#options.spin > 0 ? this.#spin(from, until, found) : this.#run.now()
    // Who spins has looked: parking would look once more, and say meanwhile that it sleeps.
    if (now >= until || this.#spinFound) return now
    const alarm = Math.min(until, now + PARK_NS_MAX)
    park(this.#memory.i32, this.#wakeIndex, (alarm - now) / 1e6, found)
    const woken = this.#run.now()
    this.#stalls.parked(now, alarm, woken)
    return woken
  }

  /** Looks for work until the budget is gone. Returns when it stopped. */
  #spin(from: Nanos, until: Nanos, found: () => boolean): Nanos {
    const spinUntil = Math.min(from + this.#options.spin, until)
    // Since `from` the round has sent what it had to send: that is no look.
    const began = this.#run.now()
    let now = began
    this.#spinFound = false
    while (now < spinUntil && !this.#spinFound) {
      this.#spinFound = found()
      now = this.#run.now()
    }
    this.#spunNs += now - began
    return now
  }

  #sample(now: Nanos): void {
    const { spin } = this.#options
    // The kernel adds up a thread's CPU time when it leaves its core, or every few ms, which may be all the work of one that spins.
    if (spin > 0 && now >= this.#measured.edge) this.#leaveCore()
    const cpuNs = threadCpuNs() - this.#cpuNsBefore
    const ranNs = now - this.#ranFrom
    this.#workNs = Math.max(this.#workNs, spin > 0 ? this.#besidesSpinning(ranNs, cpuNs) : cpuNs)
    this.#measured.read(now, this.#workNs)
    this.status.cpuNs = cpuNs
    this.status.cpuNsMeasured = this.#measured.ns
    this.status.ranNs = ranNs
    this.#nextCpuSample = Math.min(now + CPU_SAMPLE_NS, this.#measured.edge)
    if (now >= this.#nextGcSample) this.#sampleGarbage(now)
  }

  /** Others have the core now and then, whatever it does: of the time that it does not spin, the share that it has the core. */
  #besidesSpinning(ranNs: Nanos, cpuNs: Nanos): Nanos {
    return ranNs > 0 ? (ranNs - this.#spunNs) * Math.min(1, cpuNs / ranNs) : 0
  }

  #leaveCore(): void {
    Atomics.wait(this.#memory.i32, this.#wakeIndex, AWAKE, BRIEF_MS)
  }

  #sampleGarbage(now: Nanos): void {
    this.status.gcNs = this.#garbage?.read() ?? 0
    this.#nextGcSample = now + GC_SAMPLE_NS
  }

  /** Hands over the last reports; the supervisor drains until this thread has ended. */
  #finish(state: number): void {
    const drained = (): boolean => this.#reports.ready()
    while (this.#reports.pending) {
      this.#reports.pump()
      if (this.#reports.pending) park(this.#memory.i32, this.#wakeIndex, 10, drained)
    }
    const now = this.#run.now()
    this.#sample(now)
    this.#sampleGarbage(now)
    this.status.state = state
    wake(this.#memory.i32, this.#options.layout.supervisorWake >>> 2)
  }
}
