/**
 * The simulated world: a virtual clock, a network, a disk and processes with a core each, all from one seed.
 *
 * The very engine code of the threads world runs here; only time is imagined. A step takes the time that its charges
 * cost; the clock moves with them inside the step, so what is sent or committed late in a step leaves late. Nothing here
 * reads a real clock. Equal seeds give equal traces, byte for byte.
 */
import { assert } from '../../assert.ts'
import { PAGE_BYTES, RunMemory } from '../../columns/memory.ts'
import { costOf } from '../../cost/cost-model.ts'
import { ScaledMeter } from '../../cost/meter.ts'
import { checkScale } from '../../cost/scale.ts'
import type { Engine, ProcessSetup } from '../../engine.ts'
import type { DeadlineError } from '../../errors.ts'
import { engineWithIngest } from '../../ingest/pushed-engine.ts'
import { createInputLog } from '../../input/looping-log.ts'
import { poolFootprint, writePool } from '../../input/pool.ts'
import { tickLogOf } from '../../input/tick-log.ts'
import { loadKernels } from '../../kernels/load-kernels.ts'
import { ANY_GENERATION, firstMembership, type Membership } from '../../membership/membership.ts'
import type { HistoryEvent, HistoryFields } from '../../metrics/history.ts'
import { MeasuredCpu } from '../../metrics/measured-cpu.ts'
import type { Commit, CommitOutcome } from '../../output/commit.ts'
import { KeptRows } from '../../output/kept-rows.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { Answers } from '../../queries/answer.ts'
import { checkQueries } from '../../queries/check-queries.ts'
import { clockStart } from '../../run-config.ts'
import { staticTables } from '../../statics/static-tables.ts'
import type { RunRecord, Trial } from '../../system.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { nobodyLeft, timedOut } from '../endings.ts'
import { seededRandom } from '../random.ts'
import { SessionLayer } from '../session-layer.ts'
import { type Arrivals, handOn } from './arrivals.ts'
import { Cores } from './cores.ts'
import { Disk } from './disk.ts'
import { Injector, sparesOf } from './faults/injector.ts'
import { notAhead } from './faults/skewed-clock.ts'
import { FrameCost } from './frame-cost.ts'
import { SimulatedLinks } from './links.ts'
import { Lives, WORLD_PROCESS } from './lives.ts'
import { Network } from './network.ts'
import { SimulatedAuthority } from './simulated-authority.ts'
import { SimulatedLedger } from './simulated-ledger.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { type WorldParts, worldOf } from './simulated-world.ts'
import { SIMULATION, type SimulationOptions } from './simulation-options.ts'
import { Stalls } from './stalls.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'

export { WORLD_PROCESS } from './lives.ts'
export { SIMULATION, type SimulationOptions } from './simulation-options.ts'

const TRACE_RUN = 1
const TRACE_FRAME = 2
const TRACE_COMMIT = 3

/** Who records what the world does itself. */
const WORLD = { process: WORLD_PROCESS, incarnation: 0 }

export class Simulation {
  #trial: Trial
  #engine: Engine
  #options: SimulationOptions
  #memory: RunMemory
  #clock: VirtualClock
  #cores: Cores
  #stalls: Stalls
  #links: SimulatedLinks
  #authority: SimulatedAuthority
  #ledger: SimulatedLedger
  #answers: Answers
  #lives: Lives
  /** Of a run whose plan has faults. */
  #injector: Injector | undefined
  #arrivals: Arrivals
  #parts: WorldParts
  #setup: ProcessSetup
  #trace = new Trace()
  #history: HistoryEvent[] = []
  #error: Error | undefined

  constructor(
    trial: Trial,
    subject: { engine: Engine; dataflow: Dataflow },
    options: Partial<SimulationOptions> = {},
  ) {
    const { config, pool } = trial
    const { dataflow } = subject
    const engine = engineWithIngest(subject.engine, config)
    this.#trial = trial
    this.#engine = engine
    this.#options = { ...SIMULATION, ...options }
    engine.check(config, dataflow)
    checkQueries(trial.queries ?? [], config, dataflow)
    checkScale(dataflow, this.#options.scale, config.ingest)
    const clock = new VirtualClock(clockStart(config.input))
    this.#clock = clock
    const count = engine.processes(config)
    const spares = sparesOf(trial.faults)
    const base = PAGE_BYTES + poolFootprint(pool)
    this.#memory = RunMemory.reserve(base + (count + spares) * this.#options.regionBytes)
    const placed = writePool(this.#memory, PAGE_BYTES, pool)
    this.#setup = {
      config,
      dataflow,
      input: createInputLog(config, placed),
      ticks: tickLogOf(config, dataflow),
      kernels: loadKernels(this.#memory, config.kernels),
      ...(trial.statics ? { statics: staticTables(trial.statics) } : {}),
      ...(trial.queries ? { queries: trial.queries } : {}),
    }
    const { coresPerNode, network, stalls } = this.#options
    this.#cores = new Cores(clock, { coresPerNode, processesPerNode: network.processesPerNode })
    this.#stalls = new Stalls(stalls, seededRandom(config.seed, 0xfffe))
    this.#authority = new SimulatedAuthority(firstMembership(config, count), {
      accepted: (membership) => this.#lives.adopt(membership),
      decided: () => this.#endIfNobodyLeft(),
      later: (action) => clock.at(clock.now() + network.latency, action),
    })
    this.#ledger = new SimulatedLedger(dataflow, config)
    this.#answers = new Answers(trial.queries, trial.answered)
    const { costs, scale, coresPerProcess } = this.#options
    const meter = new ScaledMeter({
      dataflow,
      config,
      scale,
      charge: (kernel, units) =>
        clock.charge(costOf(costs, 'kernel', units / coresPerProcess, kernel)),
    })
    const frameCost = new FrameCost(costs, meter)
    this.#links = new SimulatedLinks({
      options: this.#options,
      plan: trial.faults,
      clock,
      network: new Network(network, seededRandom(config.seed, 0xffff)),
      frameCost,
      memory: this.#memory,
      fateOf: (from, to, frame) => this.#injector?.fateOf(from, to, frame),
      arrived: (from, to, frame) => this.#arrived(from, to, frame),
    })
    this.#lives = new Lives({
      memory: this.#memory,
      clock,
      startDelay: this.#options.startDelay,
      detector: config.detector,
      watching: subject.engine.processes(config),
      lossless: this.#links.lossless,
      overlooks: seededRandom(config.seed, 0xfffc),
      generation: () => this.#authority.generation(),
      started: (life) => this.#equip(life),
      wake: (life) => this.#wake(life, clock.now()),
      ended: () => this.#endIfNobodyLeft(),
      record: (event, fields) => this.#record(WORLD, event, fields),
    })
    this.#arrivals = {
      clock,
      frameCost,
      memory: this.#memory,
      links: this.#links,
      lives: this.#lives,
    }
    this.#injector = trial.faults.length > 0 ? this.#injectorOf(trial, count) : undefined
    this.#parts = {
      seed: config.seed,
      costs,
      meter,
      clock,
      disk: new Disk(this.#options.disk, seededRandom(config.seed, 0xfffd)),
      storageFaults: this.#injector?.storage,
      remains: seededRandom(config.seed, 0xfffb),
      authority: this.#authority,
      rows: new KeptRows(config.keepRowsMax),
      commit: (life, commit) => this.#commit(life, commit),
      answer: (part) => this.#answers.add(part),
      record: (life, event, fields) => this.#record(life, event, fields),
      wake: (life) => this.#wake(life, clock.now()),
    }
    const { members } = this.#authority.current()
    this.#lives.startAll(members, { base, bytes: this.#options.regionBytes, spares })
    this.#injector?.schedule()
  }

  now(): Nanos {
    return this.#clock.now()
  }

  run(): RunRecord {
    const ledger = this.#ledger
    const { drained } = this.#options
    const answers = this.#answers
    const { duration } = this.#trial.config.input
    const isOver = (): boolean =>
      ledger.complete && (drained?.() ?? true) && answers.missing(duration) === 0
    while (!isOver() && this.#error === undefined) {
      if (!this.#clock.advance(this.#trial.deadline)) break
    }
    this.#injector?.finish()
    const error = this.#error ?? (ledger.complete ? undefined : this.#timedOut())
    return {
      world: 'simulated',
      outcome: this.#error ? 'failed' : ledger.complete ? 'completed' : 'timed-out',
      ...(error ? { error } : {}),
      commits: ledger.inOrder(),
      staleCommits: ledger.stale,
      rows: this.#parts.rows.all,
      answers: answers.all,
      files: this.#parts.disk.files,
      history: this.#history,
      processes: this.#lives.all.map((life) => life.report()),
      traceHash: this.#trace.hash,
    }
  }

  #injectorOf({ faults: plan, config }: Trial, processes: number): Injector {
    const { coresPerNode, coresPerProcess, network } = this.#options
    const { processesPerNode } = network
    return new Injector({
      plan,
      seed: config.seed,
      clock: this.#clock,
      lives: this.#lives,
      cores: { coresPerNode, coresPerProcess, processesPerNode, processes },
      workers: config.workers,
      issued: () => this.#authority.issued,
      record: (event, fields) => this.#record(WORLD, event, fields),
      wake: (life) => this.#wake(life, this.#clock.now()),
      goOn: (life, seen) => this.#goOn(life, seen),
      killed: () => this.#endIfNobodyLeft(),
    })
  }

  #timedOut(): DeadlineError {
    const { deadline, config } = this.#trial
    const { missing, wholeUntil } = this.#ledger.completion
    return timedOut({ deadline, missing, wholeUntil, alive: this.#lives.alive }, config)
  }

  #endIfNobodyLeft(): void {
    if (this.#authority.isAsked) return
    this.#error ??= nobodyLeft(this.#lives.watchers, this.#authority.current(), this.#trial.config)
  }

  #equip(life: SimulatedProcess): void {
    const { process, incarnation, region } = life
    const context = {
      process,
      incarnation,
      region,
      authority: this.#authority,
      link: this.#links.of(life),
      now: () => this.#clock.now(),
      count: (counter: string, by: number) => life.count(counter, by),
    }
    life.session = new SessionLayer(context, this.#options.session)
    life.measured = new MeasuredCpu(this.#trial.config)
    life.skewed = this.#injector?.clockOf(process)
    life.machine = this.#engine.create(worldOf(life, this.#parts), this.#setupOf(life))
  }

  #setupOf({ skewed }: SimulatedProcess): ProcessSetup {
    const setup = this.#setup
    return skewed === undefined ? setup : { ...setup, input: notAhead(setup.input, this.#clock) }
  }

  #wake(life: SimulatedProcess, at: Nanos): void {
    if (life.state !== 'running') return
    const when = Math.max(at, life.busyUntil)
    if (when >= life.runAt) return
    life.runAt = when
    this.#clock.at(when, () => {
      if (life.runAt !== when || life.state !== 'running') return
      this.#cores.run(life.process, () => {
        // Not who was paused while it waited for a core: it is woken when that is over.
        if (life.state === 'running' && life.busyUntil <= this.#clock.eventAt) this.#step(life)
      })
    })
  }

  #step(life: SimulatedProcess): void {
    const clock = this.#clock
    const session = life.session!
    const machine = life.machine!
    const measured = life.measured!
    life.runAt = Number.POSITIVE_INFINITY
    const paused = this.#stalls.pause(life.process, clock.now())
    const idle = clock.eventAt - life.busyUntil
    const parked = idle > 0 ? this.#parkOf(life.process) : 0
    clock.charge(paused + this.#options.costs.stepNs + parked)
    this.#trace.add(TRACE_RUN, life.process, clock.eventAt)
    try {
      const hasSeen = this.#lives.look(life)
      handOn(life, this.#arrivals)
      const wanted = life.skewed?.afterStep(machine.step()) ?? machine.step()
      const next = Math.min(wanted, session.flush(clock.now()))
      const spent = clock.charged - paused
      life.busyUntil = clock.now() + (this.#injector?.rest(life.process, spent, idle) ?? 0)
      life.cpuNs += spent
      measured.read(clock.now(), life.cpuNs)
      if (!hasSeen || next <= clock.now()) this.#wake(life, clock.now())
      else if (next !== Number.POSITIVE_INFINITY) {
        this.#wake(life, next + this.#options.alarmLatency)
      }
      if (life.frames.length > 0 || life.inbounds.length > 0) this.#wake(life, clock.now())
      this.#options.afterStep?.(clock.now())
    } catch (error) {
      this.#failed(life, error)
    }
  }

  #parkOf(process: ProcessId): Nanos {
    const { parkNs, coordinatorParkNs = parkNs } = this.#options.costs
    return process < this.#trial.config.workers ? parkNs : coordinatorParkNs
  }

  /**
   * Lets a process that was paused end its round: it had just looked at the membership, `seen`, and does what it was about to do; or its
   * session had, and it reads what has come before it looks itself. Who is fenced meanwhile is stopped then.
   */
  #goOn(life: SimulatedProcess, seen: Membership | undefined): void {
    const clock = this.#clock
    this.#cores.run(life.process, () => {
      if (!life.lives) return
      life.runAt = Number.POSITIVE_INFINITY
      clock.charge(this.#options.costs.stepNs)
      this.#trace.add(TRACE_RUN, life.process, clock.eventAt)
      try {
        const end = (): void => {
          life.machine!.step()
          life.session!.flush(clock.now())
        }
        if (seen === undefined) {
          handOn(life, this.#arrivals)
          end()
        } else this.#authority.asSeenBefore(seen, end)
      } catch (error) {
        this.#failed(life, error)
      }
      life.busyUntil = clock.now()
      life.cpuNs += clock.charged
      if (life.state === 'fenced') this.#lives.stop(life)
      else this.#wake(life, clock.now())
    })
  }

  #failed(life: SimulatedProcess, error: unknown): void {
    this.#error = error instanceof Error ? error : new Error(String(error))
    this.#record(life, 'process-failed', { message: this.#error.message })
  }

  #arrived(from: ProcessId, to: ProcessId, frame: Uint8Array): void {
    const receiver = this.#lives.arrived(to, frame)
    if (receiver === undefined) return
    const now = this.#clock.now()
    this.#trace.add(TRACE_FRAME, from, to, now)
    this.#trace.addBytes(frame)
    const parked = now > receiver.busyUntil
    this.#wake(receiver, now + (parked ? this.#options.wakeLatency : 0))
  }

  #commit(life: SimulatedProcess, commit: Commit): CommitOutcome {
    const { generation } = this.#authority.issued
    // Of no generation: good for as long as the life of who commits it.
    const isOver = commit.generation === ANY_GENERATION && life.state !== 'running'
    const isRight = life.state === 'running' || isOver || commit.generation < generation
    assert(isRight, () => `process ${life.process}, which is over, commits in ${generation}`)
    const outcome = isOver
      ? this.#ledger.refuse()
      : this.#ledger.commit(commit, { now: this.#clock.now(), generation })
    if (outcome === 'accepted') {
      const { output, partition, tick, rows, lane0, lane1 } = commit
      this.#trace.add(TRACE_COMMIT, life.process, output, partition, tick, rows, lane0, lane1)
    }
    return outcome
  }

  #record(
    life: Pick<SimulatedProcess, 'process' | 'incarnation'>,
    event: string,
    fields: HistoryFields = {},
  ): void {
    const { process, incarnation } = life
    const recorded = { at: this.#clock.now(), process, incarnation, event, fields }
    this.#history.push(recorded)
    this.#injector?.see(recorded)
  }
}

/** Runs a trial in the simulated world. Synchronous; costs real time in proportion to the records and messages. */
export function simulate(
  trial: Trial,
  subject: { engine: Engine; dataflow: Dataflow },
  options: Partial<SimulationOptions> = {},
): RunRecord {
  return new Simulation(trial, subject, options).run()
}
