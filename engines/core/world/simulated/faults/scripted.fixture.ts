/**
 * Scripted processes in the simulated world, for tests of its faults: each says in the history what it does and what it sees, and
 * nobody replaces anybody unless the script asks for it.
 */
import { type ConfigChanges, configOf, LINES } from '../../../conformance/scenario.ts'
import { NOMINAL_COSTS } from '../../../cost/cost-model.ts'
import type { Engine } from '../../../engine.ts'
import type { FaultPlan } from '../../../faults/fault.ts'
import { poolBytesOf } from '../../../input/pool.ts'
import { partitionsOf } from '../../../membership/membership.ts'
import type { HistoryEvent } from '../../../metrics/history.ts'
import { buildDataflow } from '../../../plan/dataflow-builder.ts'
import { planOf, readStream } from '../../../plan/stream.ts'
import type { RunConfig } from '../../../run-config.ts'
import type { RunRecord } from '../../../system.ts'
import {
  milliseconds,
  type Nanos,
  type PartitionId,
  type ProcessId,
  seconds,
} from '../../../units.ts'
import type { Inbound, Process, World } from '../../world.ts'
import { type SimulationOptions, simulate } from '../simulation.ts'

/** Each process sends a number to everybody else so often. */
export const PERIOD = milliseconds(10)

const REGION_BYTES = 256 * 1024
const MARK = 0x5a
const MARK_BYTES = 4096

export type Act = (world: World, now: Nanos) => void

export interface Script {
  /** Charged in each step. */
  readonly work?: Nanos
  /** Whether a process always wants its next step at once. */
  readonly restless?: boolean
  /** What it does besides, in each step. */
  readonly act?: Act
  /** Of its commits; without it, the generation that it sees. */
  readonly generation?: number
}

export interface Play extends Script {
  readonly faults?: FaultPlan
  readonly config?: ConfigChanges
  readonly options?: Partial<SimulationOptions>
}

/** Two processes, a partition each, for 1 s. Costs are those of the script alone. */
export function play({
  faults = [],
  config: changes = {},
  options = {},
  ...script
}: Play): RunRecord {
  const plan = { module: 'none', export: 'none', parameters: {} }
  const input = { rate: 100, duration: seconds(1) }
  const config = configOf('timely', { plan, config: { partitions: 2, input, ...changes } })
  const engine: Engine = {
    name: 'timely',
    processes: ({ workers }) => workers,
    check: () => {},
    heldInput: () => 0,
    create: (world) => new Beating(world, config, script),
  }
  const dataflow = buildDataflow(planOf(readStream<string>('log', '100ms').filter(() => true)))
  const costs = {
    ...NOMINAL_COSTS,
    kernels: { other: 0 },
    messageNs: 0,
    messageByteNs: 0,
    dispatchNs: 1,
    parkNs: 0,
    stepNs: 0,
  }
  return simulate(
    { config, pool: poolBytesOf(LINES), faults, deadline: seconds(3) },
    { engine, dataflow },
    { costs, regionBytes: REGION_BYTES, ...options },
  )
}

class Beating implements Process {
  readonly #world: World
  readonly #config: RunConfig
  readonly #script: Script
  readonly #mark: number
  #beatAt: Nanos
  #sent = 0
  /** The next tick to be committed. */
  #ticks = new Map<PartitionId, Nanos>()

  constructor(world: World, config: RunConfig, script: Script) {
    this.#world = world
    this.#config = config
    this.#script = script
    this.#beatAt = Math.ceil(world.now() / PERIOD) * PERIOD
    this.#mark = world.region.allocate(MARK_BYTES)
    world.region.memory.u8.fill(MARK, this.#mark, this.#mark + MARK_BYTES)
    world.history.append('born', { base: world.region.base })
  }

  receive(inbound: Inbound): void {
    const { history, region } = this.#world
    if (inbound.kind === 'message') {
      const number = region.memory.f64[inbound.payload.pointer >>> 3]!
      history.append('heard', { from: inbound.from, number })
    } else if (inbound.kind === 'storage') {
      const { outcome, reason = '', bytes } = inbound
      history.append('stored', { outcome, reason, bytes: bytes?.length ?? 0 })
    }
  }

  step(): Nanos {
    const { work = 0, restless = false, act } = this.#script
    const { history, authority } = this.#world
    const now = this.#world.now()
    const generation = authority.generation()
    history.append('stepped', { own: now, generation, intact: this.#isIntact() })
    this.#commitUntil(now, this.#script.generation ?? generation)
    if (now >= this.#beatAt) this.#beat(now, generation)
    act?.(this.#world, now)
    if (work > 0) this.#world.charge('dispatch', work)
    return restless ? now : this.#beatAt
  }

  #isIntact(): boolean {
    return this.#world.region.memory.bytes(this.#mark, MARK_BYTES).every((byte) => byte === MARK)
  }

  #beat(now: Nanos, generation: number): void {
    const { process, transport } = this.#world
    const payload = new Uint8Array(Float64Array.of(this.#sent++).buffer)
    for (let to = 0; to < this.#config.workers; to++) {
      if (to !== process) {
        transport.send({ to, class: 'control', channel: 1, generation, payload })
      }
    }
    this.#beatAt = (Math.floor(now / PERIOD) + 1) * PERIOD
  }

  #commitUntil(now: Nanos, generation: number): void {
    const { authority, ledger, history, process, incarnation } = this.#world
    const { tick: length, input } = this.#config
    // As an engine, who sees that it is over commits nothing.
    if (authority.current().members[process]!.incarnation !== incarnation) return
    for (const partition of partitionsOf(authority.current(), process)) {
      let tick = this.#ticks.get(partition) ?? length
      for (; tick <= now && tick <= input.duration; tick += length) {
        const digest = { rows: 1, lane0: partition, lane1: 0 }
        const outcome = ledger.commit({ generation, output: 0, partition, tick, ...digest })
        if (outcome === 'accepted') continue
        history.append('refused', { tick, generation })
        break
      }
      this.#ticks.set(partition, tick)
    }
  }
}

/** Events of a name; of one life of a process, if that is given. */
export function told(
  { history }: RunRecord,
  event: string,
  process?: ProcessId,
  incarnation?: number,
): readonly HistoryEvent[] {
  return history.filter(
    (entry) =>
      entry.event === event &&
      (process === undefined || entry.process === process) &&
      (incarnation === undefined || entry.incarnation === incarnation),
  )
}

/** How many of them lie in `[from, to)`. */
export function countIn(events: readonly HistoryEvent[], from: Nanos, to: Nanos): number {
  return events.filter(({ at }) => at >= from && at < to).length
}

/** Of a lasting fault: its witness and what it hit. */
export function witnessOf(record: RunRecord, number: number) {
  const [began, ended] = record.history.filter(({ fields }) => fields.fault === number)
  return {
    event: began?.event,
    witnessed: began?.fields.witnessed,
    at: began?.at,
    endedAt: ended?.at,
    hits: ended?.fields.hits,
  }
}
