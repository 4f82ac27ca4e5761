/**
 * The simulated world: a virtual clock, a network, a disk and processes with a core each, all from one seed.
 *
 * The very engine code of the threads world runs here; only time is imagined. A step takes the time that its charges
 * cost; the clock moves with them inside the step, so what is sent or committed late in a step leaves late. Nothing here
 * reads a real clock. Equal seeds give equal traces, byte for byte.
 */
import { PAGE_BYTES, Region, RunMemory } from '../../columns/memory.ts'
import { type CostModel, costOf, NOMINAL_COSTS } from '../../cost/cost-model.ts'
import type { Engine } from '../../engine.ts'
import { type Fault, POISON_BYTE } from '../../faults/fault.ts'
import { createInputLog } from '../../input/looping-log.ts'
import { poolFootprint, writePool } from '../../input/pool.ts'
import { loadKernels } from '../../kernels/load-kernels.ts'
import { type Membership, placePartitions } from '../../membership/membership.ts'
import type { HistoryEvent, HistoryFields } from '../../metrics/history.ts'
import type { Commit, CommitOutcome, VisibleCommit } from '../../output/commit.ts'
import { expectedCommits } from '../../output/expected-commits.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { clockStart } from '../../run-config.ts'
import type { ProcessReport, RunRecord, Trial } from '../../system.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { FRAME_HEADER_BYTES, frameBytes, type RawLink } from '../frame.ts'
import { seededRandom } from '../random.ts'
import { SessionLayer } from '../session-layer.ts'
import type { Inbound, World } from '../world.ts'
import { DISK, Disk, type DiskConfig } from './disk.ts'
import { EventQueue } from './event-queue.ts'
import { NETWORK, Network, type NetworkConfig } from './network.ts'
import { SimulatedAuthority } from './simulated-authority.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { Trace } from './trace.ts'

export interface SimulationOptions {
  readonly costs: CostModel
  readonly network: NetworkConfig
  readonly disk: DiskConfig
  readonly regionBytes: number
  /** From a membership that asks for a new incarnation to its first step. */
  readonly startDelay: Nanos
  /** Called after every step of every process; a test's place for invariants. */
  readonly afterStep?: (now: Nanos) => void
}

export const SIMULATION: SimulationOptions = {
  costs: NOMINAL_COSTS,
  network: NETWORK,
  disk: DISK,
  regionBytes: 32 * 1024 * 1024,
  startDelay: 100_000_000,
}

/** The world's own events in the history. */
export const WORLD_PROCESS: ProcessId = -1

const TRACE_RUN = 1
const TRACE_FRAME = 2
const TRACE_COMMIT = 3

export class Simulation {
  #trial: Trial
  #engine: Engine
  #dataflow: Dataflow
  #options: SimulationOptions
  #memory: RunMemory
  #events = new EventQueue()
  #network: Network
  #disk: Disk
  #authority: SimulatedAuthority
  #trace = new Trace()
  #now: Nanos = 0
  #charged: Nanos = 0
  /** By process id, the life that runs or ran last; and all lives there were. */
  #processes: SimulatedProcess[] = []
  #lives: SimulatedProcess[] = []
  #commits: VisibleCommit[] = []
  #staleCommits = 0
  #missing = new Set<string>()
  #history: HistoryEvent[] = []
  #error: Error | undefined
  #setup: Parameters<Engine['create']>[1]

  constructor(
    trial: Trial,
    subject: { engine: Engine; dataflow: Dataflow },
    options: Partial<SimulationOptions> = {},
  ) {
    this.#trial = trial
    this.#engine = subject.engine
    this.#dataflow = subject.dataflow
    this.#options = { ...SIMULATION, ...options }
    const { config, pool } = trial
    this.#engine.check(config, this.#dataflow)
    this.#now = clockStart(config.input)
    const count = this.#engine.processes(config)
    const poolSpan = PAGE_BYTES + poolFootprint(pool)
    this.#memory = RunMemory.reserve(poolSpan + count * this.#options.regionBytes)
    const placed = writePool(this.#memory, PAGE_BYTES, pool)
    this.#setup = {
      config,
      dataflow: this.#dataflow,
      input: createInputLog(config, placed),
      kernels: loadKernels(this.#memory, config.kernels),
    }
    this.#network = new Network(this.#options.network, seededRandom(config.seed, 0xffff))
    this.#disk = new Disk(this.#options.disk)
    this.#authority = new SimulatedAuthority(this.#firstMembership(count), {
      accepted: (membership) => this.#adopt(membership),
      later: (action) => this.#events.push(this.now() + this.#options.network.latency, action),
    })
    for (let process = 0; process < count; process++) {
      const region = new Region(this.#memory, {
        name: `process ${process}`,
        base: poolSpan + process * this.#options.regionBytes,
        size: this.#options.regionBytes,
      })
      this.#start(process, 1, region)
    }
    for (const { output, partitions, period } of expectedCommits(this.#dataflow, config)) {
      for (const partition of partitions) {
        for (let tick = period; tick <= config.input.duration; tick += period) {
          this.#missing.add(`${output}/${partition}/${tick}`)
        }
      }
    }
    for (const fault of trial.faults) this.#events.push(fault.at, () => this.#inject(fault))
  }

  now(): Nanos {
    return this.#now + this.#charged
  }

  run(): RunRecord {
    while (this.#missing.size > 0 && this.#error === undefined) {
      const event = this.#events.pop()
      if (event === undefined || event.at > this.#trial.deadline) break
      this.#now = event.at
      this.#charged = 0
      event.action()
    }
    const outcome = this.#error ? 'failed' : this.#missing.size === 0 ? 'completed' : 'timed-out'
    return {
      world: 'simulated',
      outcome,
      ...(this.#error ? { error: this.#error } : {}),
      commits: this.#commits,
      staleCommits: this.#staleCommits,
      rows: this.#lives.flatMap((life) => life.rows),
      history: this.#history,
      processes: this.#lives.map(reportOf),
      traceHash: this.#trace.hash,
    }
  }

  #firstMembership(count: number): Membership {
    const { workers, partitions } = this.#trial.config
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

  #start(process: ProcessId, incarnation: number, region: Region): void {
    const life = new SimulatedProcess({ process, incarnation, region })
    this.#processes[process] = life
    this.#lives.push(life)
    const world = this.#worldOf(life)
    life.machine = this.#engine.create(world, this.#setup)
    this.#wake(life, this.now())
  }

  #worldOf(life: SimulatedProcess): World {
    const { process, incarnation, region } = life
    const link: RawLink = {
      trySend: (to, _class, header, payload) => {
        const frame = new Uint8Array(frameBytes(payload.length))
        frame.set(header)
        frame.set(payload, FRAME_HEADER_BYTES)
        this.#transmit(life, to, frame)
        return true
      },
    }
    const session = new SessionLayer({
      process,
      incarnation,
      region,
      authority: this.#authority,
      link,
      now: () => this.now(),
      count: (counter, by) => life.count(counter, by),
    })
    life.session = session
    const request = (
      bytes: number,
      act: () => Omit<Extract<Inbound, { kind: 'storage' }>, 'kind' | 'request'>,
    ): number => {
      const number = life.nextRequest++
      this.#events.push(this.now() + this.#disk.delay(bytes), () => {
        // A process that died meanwhile never handed its bytes over: its write did not happen.
        if (life.state !== 'running') return
        life.inbounds.push({ kind: 'storage', request: number, ...act() })
        this.#wake(life, this.now())
      })
      return number
    }
    return {
      process,
      incarnation,
      region,
      now: () => this.now(),
      transport: session,
      random: seededRandom(this.#trial.config.seed, process, incarnation),
      authority: this.#authority,
      ledger: { commit: (commit) => this.#commit(life, commit) },
      history: { append: (event, fields) => this.#record(life, event, fields) },
      storage: {
        write: (name, bytes) => {
          const copy = bytes.slice()
          return request(copy.length, () => {
            this.#disk.put(name, copy)
            return { outcome: 'done' }
          })
        },
        read: (name) => {
          const size = this.#disk.get(name)?.length ?? 0
          return request(size, () => {
            const bytes = this.#disk.get(name)
            return bytes ? { outcome: 'done', bytes: bytes.slice() } : { outcome: 'missing' }
          })
        },
        list: (prefix) => request(0, () => ({ outcome: 'done', names: this.#disk.list(prefix) })),
        remove: (name) =>
          request(0, () => ({ outcome: this.#disk.remove(name) ? 'done' : 'missing' })),
      },
      setTimer: (at) => {
        const timer = life.nextTimer++
        this.#events.push(Math.max(at, this.now()), () => {
          life.inbounds.push({ kind: 'timer', timer })
          this.#wake(life, this.now())
        })
        return timer
      },
      charge: (seam, units, kernel) => {
        this.#charged += costOf(this.#options.costs, seam, units, kernel)
      },
      count: (counter, by) => life.count(counter, by),
      keepRows: (rows) => {
        life.rows.push(rows)
      },
    }
  }

  #wake(life: SimulatedProcess, at: Nanos): void {
    if (life.state !== 'running') return
    const when = Math.max(at, life.busyUntil)
    if (when >= life.runAt) return
    life.runAt = when
    this.#events.push(when, () => {
      if (life.runAt === when && life.state === 'running') this.#step(life)
    })
  }

  #step(life: SimulatedProcess): void {
    life.runAt = Number.POSITIVE_INFINITY
    const session = life.session!
    const machine = life.machine!
    const { costs } = this.#options
    this.#charged = costs.stepNs
    this.#trace.add(TRACE_RUN, life.process, this.#now)
    try {
      session.refresh()
      life.seenGeneration = this.#authority.generation()
      const deliver = (inbound: Inbound): void => machine.receive(inbound)
      const { frames, inbounds } = life
      life.frames = []
      life.inbounds = []
      for (const frame of frames) {
        this.#charged += costs.messageNs + Math.round(frame.length * costs.messageByteNs)
        const pointer = life.region.allocate(frame.length)
        this.#memory.u8.set(frame, pointer)
        session.accept(pointer, deliver)
        life.region.free(pointer, frame.length)
      }
      for (const inbound of inbounds) deliver(inbound)
      session.deliverLocal(deliver)
      const wanted = machine.step()
      const next = Math.min(wanted, session.flush(this.now()))
      life.busyUntil = this.now()
      life.cpuNs += this.#charged
      if (next !== Number.POSITIVE_INFINITY) this.#wake(life, Math.max(next, this.now()))
      if (life.frames.length > 0 || life.inbounds.length > 0) this.#wake(life, this.now())
      this.#options.afterStep?.(this.now())
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error))
      this.#record(life, 'process-failed', { message: this.#error.message })
    }
  }

  #transmit(from: SimulatedProcess, to: ProcessId, frame: Uint8Array): void {
    const at = this.#network.arrival(this.now(), {
      from: from.process,
      to,
      bytes: frame.length,
    })
    this.#events.push(at, () => {
      const receiver = this.#processes[to]
      if (receiver === undefined || receiver.state !== 'running') return
      this.#trace.add(TRACE_FRAME, from.process, to, this.#now)
      this.#trace.addBytes(frame)
      receiver.frames.push(frame)
      this.#wake(receiver, this.now())
    })
  }

  #commit(life: SimulatedProcess, commit: Commit): CommitOutcome {
    if (commit.generation !== this.#authority.generation()) {
      this.#staleCommits += 1
      return 'stale'
    }
    const visibleAt = this.now()
    this.#commits.push({ ...commit, visibleAt })
    this.#missing.delete(`${commit.output}/${commit.partition}/${commit.tick}`)
    const { output, partition, tick, rows, lane0, lane1 } = commit
    this.#trace.add(TRACE_COMMIT, life.process, output, partition, tick, rows, lane0, lane1)
    return 'accepted'
  }

  #record(
    life: Pick<SimulatedProcess, 'process' | 'incarnation'>,
    event: string,
    fields: HistoryFields = {},
  ): void {
    const { process, incarnation } = life
    this.#history.push({ at: this.now(), process, incarnation, event, fields })
  }

  #inject(fault: Fault): void {
    const life = this.#processes[fault.process]
    const witnessed = life !== undefined && life.state === 'running'
    if (witnessed) this.#end(life, 'killed')
    this.#record({ process: WORLD_PROCESS, incarnation: 0 }, 'fault-kill', {
      process: fault.process,
      incarnation: life?.incarnation ?? 0,
      witnessed,
    })
  }

  #end(life: SimulatedProcess, state: 'killed' | 'stopped'): void {
    life.state = state
    life.frames = []
    life.inbounds = []
    const { base, size } = life.region
    this.#memory.u8.fill(POISON_BYTE, base, base + size)
  }

  #adopt(membership: Membership): void {
    this.#record({ process: WORLD_PROCESS, incarnation: 0 }, 'generation-issued', {
      generation: membership.generation,
    })
    for (const { process, incarnation, state } of membership.members) {
      const life = this.#processes[process]!
      const superseded = incarnation > life.incarnation || state === 'dead'
      if (superseded && life.state === 'running') this.#end(life, 'stopped')
      if (incarnation > life.incarnation && state === 'live') {
        this.#events.push(this.now() + this.#options.startDelay, () =>
          this.#respawn(process, incarnation),
        )
      }
    }
    for (const life of this.#processes) this.#wake(life, this.now())
  }

  /** A region is reused only after every live process has seen the generation that took it from the dead one. */
  #respawn(process: ProcessId, incarnation: number): void {
    const generation = this.#authority.generation()
    const old = this.#processes[process]!
    if (old.incarnation >= incarnation) return
    const waiting = this.#processes.some(
      (life) => life.state === 'running' && life.seenGeneration < generation,
    )
    if (waiting) {
      this.#events.push(this.now() + 1_000_000, () => this.#respawn(process, incarnation))
      return
    }
    old.region.reset()
    this.#start(process, incarnation, old.region)
  }
}

function reportOf(life: SimulatedProcess): ProcessReport {
  return {
    process: life.process,
    incarnation: life.incarnation,
    cpuNs: life.cpuNs,
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
