/**
 * The supervisor of a run: the main thread's part, which no fault can touch.
 *
 * It is the authority, starts and ends threads, carries out kills, gathers commits, history and rows, and decides when the
 * run is over. While a trial runs it sleeps on its own wake word: it is woken by proposals, acknowledgements of a
 * generation, half-full rings, the last tick's commits and thread events, and looks by itself every `drainEvery`.
 *
 *   a member has a higher incarnation  →  its old thread is ended, its region poisoned
 *     →  every process in its loop has acknowledged the generation  →  the next life starts in the same region
 */
import { startPatience } from '../../membership/failure-detector.ts'
import { firstMembership, type Membership } from '../../membership/membership.ts'
import { comingsAndGoings } from '../../membership/resize.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import { RunCompletion } from '../../output/run-completion.ts'
import { clockStart } from '../../run-config.ts'
import type { RunRecord } from '../../system.ts'
import { type Nanos, type ProcessId, seconds } from '../../units.ts'
import { nobodyLeft } from '../endings.ts'
import { AuthorityRegister } from './authority-register.ts'
import { RunFaults } from './faults/run-faults.ts'
import { type Gathered, gatheringIn } from './gathered.ts'
import { SOURCE_WAKE_AT } from './live/window-layout.ts'
import { windowEnd } from './live/window-writer.ts'
import { ProcessSlot } from './process-slot.ts'
import { STATE_READY, threadCpuNs } from './process-status.ts'
import { decodeMembership, PublishedMembership } from './published-membership.ts'
import { RowPrinter } from './row-printer.ts'
import { RunEnding } from './run-ending.ts'
import { RunWords } from './run-words.ts'
import { Services } from './services.ts'
import type { SupervisorSetup } from './supervisor-setup.ts'
import { parkAsync, wake } from './wake-word.ts'

/** The world's own events in the history. */
const WORLD_PROCESS: ProcessId = -1
/** Between two readings of the memory that is occupied. */
const READING_EVERY: Nanos = seconds(1)

export class Supervisor {
  #setup: SupervisorSetup
  #run: RunWords
  #authority: AuthorityRegister
  #slots: ProcessSlot[]
  #gathered: Gathered
  #completion: RunCompletion
  #faults: RunFaults
  #printer: RowPrinter | undefined
  #services: Services
  #inputEnded = false
  #readingAt: Nanos = 0
  /** Of the input. */
  #end: Nanos
  #deadline: Nanos
  #ending: RunEnding

  constructor(setup: SupervisorSetup) {
    this.#setup = setup
    this.#ending = new RunEnding(setup)
    this.#deadline = setup.trial.deadline
    const { trial, memory, layout, printed } = setup
    const { config } = trial
    this.#gathered = gatheringIn(setup.directory, trial)
    this.#end = config.input.duration
    this.#run = new RunWords(memory, layout.run, clockStart(config.input))
    this.#completion = new RunCompletion(setup.expected, config.input.duration)
    this.#faults = new RunFaults(trial.faults, {
      memory,
      layout,
      slots: () => this.#slots,
      history: this.#gathered.history,
      now: () => this.#run.now(),
      record: (event, fields, at) => this.#record(event, fields, at),
    })
    this.#services = new Services(setup.execArgv, {
      failed: (error) => this.#fail(error),
      ended: () => this.#wakeSelf(),
    })
    this.#printer =
      printed &&
      new RowPrinter(printed, {
        caughtUp: () => this.#wakeSelf(),
        failed: (error) => this.#fail(error),
      })
    const processes = layout.processes.length
    this.#authority = new AuthorityRegister(
      new PublishedMembership(memory, layout.authority, {
        processes,
        partitions: config.partitions,
      }),
      firstMembership(config, processes),
    )
    this.#slots = layout.processes.map(
      (process) =>
        new ProcessSlot(memory, process, this.#gathered, {
          now: () => this.#run.now(),
          committed: (commit) => {
            this.#completion.add(commit)
            this.#printer?.committed(commit)
          },
          ended: (slot, { exitCode, error }) => {
            this.#faults.ended(slot, exitCode)
            if (error !== undefined) {
              const { process, incarnation } = slot
              this.#record('process-failed', { process, incarnation, message: error.message })
              this.#fail(error)
            }
            this.#wakeSelf()
          },
        }),
    )
  }

  /** Runs the trial to its end. Leaves no thread behind, whatever happens. Call once. */
  async run(): Promise<RunRecord> {
    const { trial, source } = this.#setup
    const closing = source === undefined ? trial.closing : undefined
    const closed = (): void => this.#wakeSelf()
    closing?.addEventListener('abort', closed, { once: true })
    // Neither `waitAsync` nor a terminated thread keeps the event loop alive.
    const alive = setInterval(() => {}, 2 ** 30)
    const cpuBefore = threadCpuNs()
    try {
      this.#startServices()
      this.#replace()
      if (await this.#booted()) {
        this.#run.start()
        this.#wakeProcesses()
        while (!this.#over) await this.#park(() => this.#turn())
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    } finally {
      const endedAt = this.#run.now()
      await this.#stop()
      this.#faults.witness(endedAt)
      await this.#printer?.finish()
      clearInterval(alive)
      closing?.removeEventListener('abort', closed)
    }
    const supervisorCpuNs = threadCpuNs() - cpuBefore
    this.#record('services-ended', { supervisorCpuNs, ...this.#run.servicesCpuNs })
    return this.#ending.recordOf(this.#gathered, this.#completion.missing)
  }

  get #over(): boolean {
    if (this.#ending.isDecided) return true
    if (this.#completion.missing > 0) return false
    return this.#gathered.answers.missing(this.#end) === 0 || this.#run.now() > this.#deadline
  }

  #startServices(): void {
    const { trial, memory, layout, directory, saved, source } = this.#setup
    const common = { memory: memory.memory, layout }
    const faults = this.#faults.ofStorage()
    const { config } = trial
    const storage = { directory, saved, config, faults }
    this.#services.start('storage', { role: 'storage', ...common, ...storage })
    if (source) this.#services.start('source', { role: 'source', ...common, ...source })
  }

  /** Live input has come to its end: from now on it is known which commits are the last. */
  #endInput(): void {
    const { source, memory } = this.#setup
    if (source === undefined || this.#inputEnded) return
    const end = windowEnd(memory, source.window)
    if (end === undefined) return
    this.#inputEnded = true
    // As long after its real end as would have been given after the longest that it might have taken.
    const { deadline, config } = this.#setup.trial
    this.#deadline = Math.min(deadline, end.duration + deadline - config.input.duration)
    this.#completion.endAt(end.duration)
    this.#end = end.duration
    this.#record('input-ended', { ...end })
  }

  /** Ends a run that was closed where it stands. */
  #cut(): void {
    const { trial, source, expected } = this.#setup
    if (source !== undefined || !trial.closing?.aborted || this.#completion.missing === 0) return
    // Of the first output, which is measured, every record up to there has its result.
    const { ticks } = expected[0]!
    const at = ticks.endOf(ticks.containing(this.#completion.wholeUntil) - 1)
    this.#ending.cut(at)
    this.#completion.endAt(at)
    this.#record('run-cut', { at })
  }

  #spawn(slot: ProcessSlot, incarnation: number): void {
    const { memory, layout, trial, pool, modules, spin, execArgv } = this.#setup
    slot.spawn(
      incarnation,
      {
        role: 'process',
        memory: memory.memory,
        layout,
        config: trial.config,
        pool,
        statics: trial.statics,
        queries: trial.queries,
        window: this.#setup.source?.window,
        faults: this.#faults.ofProcess(slot.process),
        process: slot.process,
        incarnation,
        modules,
        // A driver or a client that spins would take the core of a worker.
        spin: slot.process < trial.config.workers ? spin : 0,
      },
      execArgv,
    )
    this.#record('process-started', { process: slot.process, incarnation })
  }

  /** Waits until every process that is there at first is ready to start. Returns false if one failed before. */
  async #booted(): Promise<boolean> {
    const { bootTimeoutMs } = this.#setup
    const deadline = performance.now() + bootTimeoutMs
    const ready = (): boolean =>
      this.#slots.every(({ state, status }) => state === 'empty' || status.state === STATE_READY)
    while (!ready()) {
      if (this.#ending.hasFailed) return false
      if (performance.now() > deadline) {
        throw new Error(`not every thread was ready within ${bootTimeoutMs} ms`)
      }
      await this.#park(() => (ready() || this.#ending.hasFailed ? 0 : 100))
    }
    return !this.#ending.hasFailed
  }

  /** Everything there is to do now. Returns how long to sleep, in ms. */
  #turn(): number {
    this.#decide()
    for (const slot of this.#slots) {
      // The ledger fills up, and engines hold back: who reads what is printed sets the pace.
      if (!this.#printer?.behind) slot.drainCommits()
      slot.drainReports()
    }
    this.#endInput()
    this.#cut()
    const now = this.#run.now()
    if (now > this.#deadline) this.#timeOut()
    this.#faults.inject(now)
    this.#endBehind(now)
    this.#replace()
    this.#readMemory(now)
    this.#endIfNobodyLeft()
    if (this.#over) return 0
    const fault = this.#faults.nextAfter(now)
    const next = Math.min(now + this.#setup.drainEvery, this.#deadline + 1, fault)
    return (next - now) / 1e6
  }

  /** A peak does not tell whether memory grows. */
  #readMemory(now: Nanos): void {
    if (now < this.#readingAt) return
    this.#readingAt = now + READING_EVERY
    this.#record('resident-set', { bytes: process.memoryUsage.rss() }, now)
  }

  #timeOut(): void {
    const { missing, wholeUntil } = this.#completion
    if (missing === 0) return
    this.#ending.timeOut({ deadline: this.#deadline, missing, wholeUntil, alive: this.#alive })
  }

  get #alive(): readonly ProcessId[] {
    return this.#slots.filter(({ state }) => state === 'alive').map(({ process }) => process)
  }

  /** Call after proposals were taken in: those of the dead count. */
  #endIfNobodyLeft(): void {
    if (this.#completion.missing === 0) return
    const { watching, trial } = this.#setup
    const lives = this.#slots.slice(0, watching)
    const error = nobodyLeft(lives, this.#authority.current, trial.config)
    if (error !== undefined) this.#fail(error)
  }

  /** Takes proposals in and publishes what wins. */
  #decide(): void {
    for (const slot of this.#slots) {
      slot.proposals.poll((expected, bytes, incarnation) => {
        const next = decodeMembership(new Int32Array(bytes.buffer))
        const from = slot.process
        const before = this.#authority.current
        if (!this.#authority.propose({ from, incarnation, expected, next })) return
        this.#recordIssued(before, from)
        this.#wakeProcesses()
      })
    }
  }

  #recordIssued(before: Membership, proposer: ProcessId): void {
    const { generation, term, members } = this.#authority.current
    this.#record('generation-issued', { generation, term, proposer })
    for (const { event, fields } of comingsAndGoings(before.members, members)) {
      this.#record(event, fields)
    }
  }

  /**
   * Ends those who have not looked at the membership for as long as a life has to start, where nobody lives who has: nobody is left who
   * could miss them, and whoever waits for them would wait for ever.
   */
  #endBehind(now: Nanos): void {
    const { watching, trial } = this.#setup
    const { generation } = this.#authority.current
    // Nobody waits for who is slow to begin.
    if (generation === 1) return
    const patience = startPatience(trial.config.detector)
    const alive = this.#slots.filter(({ state }) => state === 'alive')
    const behind = alive.filter((slot) => slot.behindFor(generation, now) > patience)
    if (alive.some((slot) => slot.process < watching && !behind.includes(slot))) return
    for (const slot of behind) {
      const { process, incarnation } = slot
      this.#record('process-behind', { process, incarnation, generation })
      slot.terminate()
    }
  }

  /**
   * Ends lives that the membership has given up, and starts those that it asks for, when their regions are free. Who leaves ends by
   * itself, when it has said all that it has to say.
   */
  #replace(): void {
    const { generation, members } = this.#authority.current
    for (const { process, incarnation, state } of members) {
      const slot = this.#slots[process]!
      if (slot.state === 'alive' && (incarnation > slot.incarnation || state === 'dead')) {
        slot.terminate()
      }
      if (slot.state === 'alive' || state !== 'live' || incarnation <= slot.incarnation) continue
      if (this.#slots.some((other) => other.isBehind(generation))) continue
      this.#spawn(slot, incarnation)
    }
  }

  /** Tells everybody to stop, drains what they still say, and ends who does not come to an end. */
  async #stop(): Promise<void> {
    this.#run.stop()
    this.#faults.release()
    this.#wakeProcesses()
    const { memory, layout, source } = this.#setup
    wake(memory.i32, layout.storageWake >>> 2)
    if (source) wake(memory.i32, (source.window.base + SOURCE_WAKE_AT) >>> 2)
    const deadline = performance.now() + this.#setup.stopTimeoutMs
    const ended = (): boolean =>
      !this.#services.running && this.#slots.every(({ state }) => state !== 'alive')
    let terminated = false
    while (!ended()) {
      await this.#park(() => {
        this.#drainLast()
        return ended() ? 0 : 50
      })
      if (performance.now() < deadline || terminated) continue
      terminated = true
      this.#ending.foundStuck(this.#alive)
      for (const slot of this.#slots) slot.terminate()
      this.#services.terminate()
    }
  }

  /** Draining while threads end: an error here must not keep them from being ended. */
  #drainLast(): void {
    try {
      for (const slot of this.#slots) slot.drain()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #park(turn: () => number): Promise<void> {
    const { memory, layout } = this.#setup
    await parkAsync(memory.i32, layout.supervisorWake >>> 2, turn)
  }

  #wakeProcesses(): void {
    const { memory, layout } = this.#setup
    for (const process of layout.processes) wake(memory.i32, process.wake >>> 2)
  }

  #wakeSelf(): void {
    wake(this.#setup.memory.i32, this.#setup.layout.supervisorWake >>> 2)
  }

  #fail(error: Error): void {
    this.#ending.fail(error)
    this.#wakeSelf()
  }

  #record(event: string, fields: HistoryFields, at = this.#run.now()): void {
    try {
      this.#gathered.history.push({ at, process: WORLD_PROCESS, incarnation: 0, event, fields })
    } catch (error) {
      // Also called by event handlers, which must not throw.
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
