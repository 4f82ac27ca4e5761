/**
 * The simulated world: a virtual clock, a network, a disk and processes with a core each, all from one seed.
 *
 * The very engine code of the threads world runs here; only time is imagined. A step takes the time that its charges
 * cost; the clock moves with them inside the step, so what is sent or committed late in a step leaves late. Nothing here
 * reads a real clock. Equal seeds give equal traces, byte for byte.
 */
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
import { type Membership, placePartitions } from '../../membership/membership.ts'
import type { HistoryEvent, HistoryFields } from '../../metrics/history.ts'
import { MeasuredCpu } from '../../metrics/measured-cpu.ts'
import type { Commit, CommitOutcome } from '../../output/commit.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { Answers } from '../../queries/answer.ts'
import { checkQueries } from '../../queries/check-queries.ts'
import { clockStart } from '../../run-config.ts'
import { staticTables } from '../../statics/static-tables.ts'
import type { ProcessReport, RunRecord, Trial } from '../../system.ts'
import type { Nanos, Pointer, ProcessId } from '../../units.ts'
import { nobodyLeft, timedOut } from '../endings.ts'
import { CLASS_AT, CLASS_DATA, FRAME_HEADER_BYTES, frameBytes, type RawLink } from '../frame.ts'
import { seededRandom } from '../random.ts'
import { SessionLayer } from '../session-layer.ts'
import type { Inbound } from '../world.ts'
import { Cores } from './cores.ts'
import { Disk } from './disk.ts'
import { LinkRoom } from './link-room.ts'
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

/** About how long engines let a message of rows become. */
const MESSAGE_BYTES = 64 * 1024

const NOTHING = new Uint8Array(0)

const TRACE_RUN = 1
const TRACE_FRAME = 2
const TRACE_COMMIT = 3

export class Simulation {
  #trial: Trial
  #engine: Engine
  #options: SimulationOptions
  #memory: RunMemory
  #clock: VirtualClock
  #cores: Cores
  #stalls: Stalls
  #network: Network
  #room: LinkRoom
  #authority: SimulatedAuthority
  #ledger: SimulatedLedger
  #answers: Answers
  #lives: Lives
  #parts: WorldParts
  #meter: ScaledMeter
  #setup: ProcessSetup
  /** The engine's own processes: those of an ingest, which come after them, watch nobody. */
  #watching: number
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
    const base = PAGE_BYTES + poolFootprint(pool)
    this.#memory = RunMemory.reserve(base + count * this.#options.regionBytes)
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
    this.#network = new Network(network, seededRandom(config.seed, 0xffff))
    this.#room = new LinkRoom(this.#options.linkBytesMax)
    this.#authority = new SimulatedAuthority(firstMembership(trial, count), {
      accepted: (membership) => this.#lives.adopt(membership),
      decided: () => this.#endIfNobodyLeft(),
      later: (action) => clock.at(clock.now() + network.latency, action),
    })
    this.#ledger = new SimulatedLedger(dataflow, config)
    this.#answers = new Answers(trial.queries, trial.answered)
    const { costs, scale, coresPerProcess } = this.#options
    this.#meter = new ScaledMeter({
      dataflow,
      config,
      scale,
      charge: (kernel, units) =>
        clock.charge(costOf(costs, 'kernel', units / coresPerProcess, kernel)),
    })
    this.#parts = {
      seed: config.seed,
      costs: this.#options.costs,
      meter: this.#meter,
      clock,
      disk: new Disk(this.#options.disk, seededRandom(config.seed, 0xfffd)),
      authority: this.#authority,
      commit: (life, commit) => this.#commit(life, commit),
      answer: (part) => this.#answers.add(part),
      record: (life, event, fields) => this.#record(life, event, fields),
      wake: (life) => this.#wake(life, clock.now()),
    }
    const world = { process: WORLD_PROCESS, incarnation: 0 }
    this.#lives = new Lives({
      memory: this.#memory,
      clock,
      startDelay: this.#options.startDelay,
      lossless: this.#options.lossless,
      generation: () => this.#authority.generation(),
      started: (life) => this.#equip(life),
      wake: (life) => this.#wake(life, clock.now()),
      record: (event, fields) => this.#record(world, event, fields),
    })
    this.#lives.startAll(count, { base, bytes: this.#options.regionBytes })
    this.#watching = subject.engine.processes(config)
    for (const fault of trial.faults) {
      clock.at(fault.at, () => {
        this.#lives.inject(fault)
        this.#endIfNobodyLeft()
      })
    }
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
    const error = this.#error ?? (ledger.complete ? undefined : this.#timedOut())
    return {
      world: 'simulated',
      outcome: this.#error ? 'failed' : ledger.complete ? 'completed' : 'timed-out',
      ...(error ? { error } : {}),
      commits: ledger.commits,
      staleCommits: ledger.stale,
      rows: this.#lives.all.flatMap((life) => life.rows),
      answers: answers.all,
      files: this.#parts.disk.files,
      history: this.#history,
      processes: this.#lives.all.map(reportOf),
      traceHash: this.#trace.hash,
    }
  }

  #timedOut(): DeadlineError {
    const { deadline, config } = this.#trial
    const { missing, wholeUntil } = this.#ledger.completion
    const alive = this.#lives.all.filter(({ state }) => state === 'running')
    const processes = alive.map(({ process }) => process).sort((a, b) => a - b)
    return timedOut({ deadline, missing, wholeUntil, alive: processes }, config)
  }

  #endIfNobodyLeft(): void {
    if (this.#authority.isAsked) return
    const lives = this.#lives.latestOf(this.#watching)
    this.#error ??= nobodyLeft(lives, this.#authority.current(), this.#trial.config)
  }

  #equip(life: SimulatedProcess): void {
    const { process, incarnation, region } = life
    const { lossless } = this.#options
    const link: RawLink = {
      lossless,
      ...(lossless ? { place: (bytes, pointer) => this.#place(bytes, pointer) } : {}),
      trySend: (to, _class, header, payload, _wake, tail = NOTHING) => {
        const length = payload.length + tail.length
        if (lossless && !this.#room.take(header, frameBytes(length))) {
          life.count('fullLinks', 1)
          return false
        }
        this.#clock.charge(this.#messageCost(header, length))
        const frame = new Uint8Array(frameBytes(length))
        frame.set(header)
        frame.set(payload, FRAME_HEADER_BYTES)
        frame.set(tail, FRAME_HEADER_BYTES + payload.length)
        this.#transmit(process, to, frame)
        return true
      },
    }
    const context = {
      process,
      incarnation,
      region,
      authority: this.#authority,
      link,
      now: () => this.#clock.now(),
      count: (counter: string, by: number) => life.count(counter, by),
    }
    life.session = new SessionLayer(context, this.#options.session)
    life.measured = new MeasuredCpu(this.#trial.config)
    life.machine = this.#engine.create(worldOf(life, this.#parts), this.#setup)
  }

  #wake(life: SimulatedProcess, at: Nanos): void {
    if (life.state !== 'running') return
    const when = Math.max(at, life.busyUntil)
    if (when >= life.runAt) return
    life.runAt = when
    this.#clock.at(when, () => {
      if (life.runAt !== when || life.state !== 'running') return
      this.#cores.run(life.process, () => {
        if (life.state === 'running') this.#step(life)
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
    const { lossless, costs } = this.#options
    const { stepNs, parkNs } = costs
    const parked = clock.eventAt > life.busyUntil
    clock.charge(paused + stepNs + (parked ? parkNs : 0))
    this.#trace.add(TRACE_RUN, life.process, clock.eventAt)
    try {
      session.refresh()
      life.seenGeneration = this.#authority.generation()
      const deliver = (inbound: Inbound): void => machine.receive(inbound)
      const { frames, inbounds } = life
      life.frames = []
      life.inbounds = []
      for (const frame of frames) {
        clock.charge(this.#messageCost(frame, frame.length - FRAME_HEADER_BYTES))
        const pointer = life.region.allocate(frame.length)
        this.#memory.u8.set(frame, pointer)
        const taken = session.accept(pointer, deliver)
        life.region.free(pointer, frame.length)
        if (!lossless) continue
        if (taken) this.#room.give(frame)
        else life.later.push(frame)
      }
      for (const inbound of inbounds) deliver(inbound)
      session.deliverLocal(deliver)
      const wanted = machine.step()
      const next = Math.min(wanted, session.flush(clock.now()))
      life.busyUntil = clock.now()
      life.cpuNs += clock.charged - paused
      measured.read(clock.now(), life.cpuNs)
      if (next <= clock.now()) this.#wake(life, clock.now())
      else if (next !== Number.POSITIVE_INFINITY) {
        this.#wake(life, next + this.#options.alarmLatency)
      }
      if (life.frames.length > 0 || life.inbounds.length > 0) this.#wake(life, clock.now())
      this.#options.afterStep?.(clock.now())
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error))
      this.#record(life, 'process-failed', { message: this.#error.message })
    }
  }

  #transmit(from: ProcessId, to: ProcessId, frame: Uint8Array): void {
    const clock = this.#clock
    const bytes = FRAME_HEADER_BYTES + this.#wholeBytes(frame, frame.length - FRAME_HEADER_BYTES)
    const at = this.#network.arrival(clock.now(), { from, to, bytes })
    clock.at(at, () => {
      const receiver = this.#lives.arrived(to, frame)
      if (receiver === undefined) return
      this.#trace.add(TRACE_FRAME, from, to, clock.eventAt)
      this.#trace.addBytes(frame)
      const parked = clock.now() > receiver.busyUntil
      this.#wake(receiver, clock.now() + (parked ? this.#options.wakeLatency : 0))
    })
  }

  /** Into another process's region, at once: what tells of it comes by the link. */
  #place(bytes: Uint8Array, pointer: Pointer): void {
    this.#clock.charge(Math.round(bytes.length * this.#options.costs.messageByteNs))
    this.#memory.u8.set(bytes, pointer)
  }

  /** Bytes that a payload stands for: those of the data class are rows. */
  #wholeBytes(header: Uint8Array, length: number): number {
    return header[CLASS_AT] === CLASS_DATA ? length * this.#meter.shippedFactor : length
  }

  /** What a frame costs at either end. Rows beyond a message's size would have come in more messages. */
  #messageCost(header: Uint8Array, length: number): Nanos {
    const { messageNs, messageByteNs } = this.#options.costs
    const bytes = this.#wholeBytes(header, length)
    const messages = Math.max(1, bytes / MESSAGE_BYTES)
    return Math.round(messages * messageNs + (FRAME_HEADER_BYTES + bytes) * messageByteNs)
  }

  #commit(life: SimulatedProcess, commit: Commit): CommitOutcome {
    const generation = this.#authority.generation()
    const outcome = this.#ledger.commit(commit, { now: this.#clock.now(), generation })
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
    this.#history.push({ at: this.#clock.now(), process, incarnation, event, fields })
  }
}

function firstMembership(trial: Trial, count: number): Membership {
  const { workers, partitions } = trial.config
  const ids = Array.from({ length: workers }, (_, worker) => worker)
  return {
    generation: 1,
    term: 1,
    members: Array.from({ length: count }, (_, process) => ({
      process,
      incarnation: 1,
      state: 'live',
    })),
    placement: placePartitions(partitions, ids),
  }
}

function reportOf(life: SimulatedProcess): ProcessReport {
  return {
    process: life.process,
    incarnation: life.incarnation,
    cpuNs: life.cpuNs,
    cpuNsMeasured: life.measured!.ns,
    memoryBytesMax: life.region.usedMax,
    counters: life.counters,
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
