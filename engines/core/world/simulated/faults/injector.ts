/**
 * Carries out the faults of a plan in the simulated world: begins and ends them at their instants or at their moments, on the
 * run's agenda, so that equal plans and seeds give equal traces; and leaves in the history what each of them did.
 *
 *   plan ──agenda──▶ begin ──witness──▶ what the simulation asks at its seams: lives, cores, links, clocks, storage
 *                      └──agenda──▶ end ──hits
 *
 * A step is never cut in two: what a process does in a step, it has done, although a fault begins meanwhile.
 */
import type {
  Fault,
  FaultPlan,
  KillFault,
  Moment,
  PauseFault,
  SkewFault,
} from '../../../faults/fault.ts'
import { isAcknowledgement, isLasting, Moments } from '../../../faults/moments.ts'
import type { Membership } from '../../../membership/membership.ts'
import type { HistoryEvent, HistoryFields } from '../../../metrics/history.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import { seededRandom } from '../../random.ts'
import type { Lives } from '../lives.ts'
import type { SimulatedProcess } from '../simulated-process.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { CoreFaults, type CoresShape } from './core-faults.ts'
import type { Effect } from './effect.ts'
import { type Fate, LinkFaults, LOST } from './link-faults.ts'
import { SkewedClock } from './skewed-clock.ts'
import { StorageFaults } from './storage-faults.ts'

/** Of the run's seed: what faults draw, each from a stream of its own. */
const STREAM = 0xfffc

/** Of pauses that are ended when others have given the process up: those that began in a step, and not before what had come was read. */
const IN_STEP_SHARE = 0.5

export interface InjectorParts {
  readonly plan: FaultPlan
  readonly seed: number
  readonly clock: VirtualClock
  readonly lives: Lives
  readonly cores: CoresShape
  /** Processes that may acknowledge: `0 … workers − 1`. */
  readonly workers: number
  issued(): Membership
  record(event: string, fields: HistoryFields): void
  wake(life: SimulatedProcess): void
  /** Lets a process end its round: a step with the membership that it saw before, or, without one, from where it reads what has come. */
  goOn(life: SimulatedProcess, seen: Membership | undefined): void
  /** Somebody was killed. */
  killed(): void
}

type LastingFault = Exclude<Fault, KillFault>

interface Underway {
  readonly number: number
  readonly effect: Effect
  end: () => void
}

/** One that waits for its moment. */
interface Armed {
  readonly number: number
  readonly fault: Fault
  readonly on: Moment['on']
}

export class Injector {
  readonly storage = new StorageFaults()
  #parts: InjectorParts
  #links = new LinkFaults()
  #cores: CoreFaults
  #clocks = new Map<ProcessId, SkewedClock>()
  #moments = new Moments()
  #armed: readonly Armed[] = []
  #underway: readonly Underway[] = []
  /** Killed as soon as their step has ended: what they still send in it is lost with them. */
  #dying = new Set<ProcessId>()

  constructor(parts: InjectorParts) {
    this.#parts = parts
    this.#cores = new CoreFaults(parts.cores)
    for (const fault of parts.plan) {
      if (fault.kind === 'skew') this.#clocks.set(fault.process, new SkewedClock(parts.clock))
    }
  }

  /** Puts the plan on the agenda, in its order. */
  schedule(): void {
    const { plan, clock } = this.#parts
    for (const [number, fault] of plan.entries()) {
      const { at } = fault
      if (typeof at === 'number') clock.at(at, () => this.#begin(number, fault))
      else clock.at(at.from, () => this.#arm({ number, fault, on: at.on }))
    }
  }

  /** An event was appended to the history. */
  see(event: HistoryEvent): void {
    this.#moments.see(event)
    for (const armed of this.#armed) {
      if (isLasting(armed.on) && this.#moments.isOn(armed.on)) this.#beginSoon(armed)
    }
  }

  /** A process hands a frame over to a link: what becomes of it. */
  fateOf(from: ProcessId, to: ProcessId, frame: Uint8Array): Fate {
    if (this.#dying.has(from)) return LOST
    const fate = this.#links.fateOf(from, to)
    if (this.#armed.length === 0 || !isAcknowledgement(frame)) return fate
    return this.#acknowledging(from) ? fate : LOST
  }

  /** How long a process rests after a step (`core-faults.ts`). */
  rest(process: ProcessId, charged: Nanos, idle: Nanos): Nanos {
    return this.#cores.rest(process, charged, idle)
  }

  /** Of a process whose clock is skewed at some time. */
  clockOf(process: ProcessId): SkewedClock | undefined {
    return this.#clocks.get(process)
  }

  /** The run is over: what is underway has hit what it has hit. */
  finish(): void {
    for (const underway of this.#underway) this.#tell(underway)
  }

  #arm(armed: Armed): void {
    if (isLasting(armed.on) && this.#moments.isOn(armed.on)) this.#begin(armed.number, armed.fault)
    else this.#armed = [...this.#armed, armed]
  }

  /** Not in the midst of a step: of all that is on the agenda of this instant, last. */
  #beginSoon(armed: Armed): void {
    const { clock } = this.#parts
    this.#armed = this.#armed.filter((other) => other !== armed)
    clock.at(clock.now(), () => this.#begin(armed.number, armed.fault))
  }

  /** A receiver's acknowledgement leaves. Returns whether it does: not if its sender is killed before. */
  #acknowledging(from: ProcessId): boolean {
    let leaves = true
    for (const armed of this.#armed) {
      const { fault, on } = armed
      if (isLasting(on) || !this.#concerns(fault, from)) continue
      this.#beginSoon(armed)
      if (fault.kind !== 'kill' || fault.process !== from) continue
      this.#dying.add(from)
      if (on === 'before-acknowledgement') leaves = false
    }
    return leaves
  }

  /** Whether a fault waits for an acknowledgement of this worker: of its own, or, where it has none, of any. */
  #concerns(fault: Fault, from: ProcessId): boolean {
    if (!('process' in fault) || fault.process >= this.#parts.workers) return true
    return fault.process === from
  }

  #begin(number: number, fault: Fault): void {
    if (fault.kind === 'kill') {
      this.#kill(number, fault)
      return
    }
    const { clock, record, seed } = this.#parts
    const effect = { hits: 0, random: seededRandom(seed, STREAM, number) }
    const underway: Underway = { number, effect, end: () => {} }
    this.#underway = [...this.#underway, underway]
    record(`fault-${fault.kind}`, { fault: number, ...this.#witness(fault) })
    // On the agenda before all that the fault puts off until then.
    if (fault.length !== Number.POSITIVE_INFINITY) {
      clock.at(clock.now() + fault.length, () => this.#end(underway))
    }
    underway.end = this.#start(fault, effect)
  }

  #kill(number: number, { process }: KillFault): void {
    const { lives, record, killed } = this.#parts
    this.#dying.delete(process)
    record('fault-kill', { fault: number, process, ...lives.kill(process) })
    killed()
  }

  #end(underway: Underway): void {
    this.#underway = this.#underway.filter((other) => other !== underway)
    underway.end()
    this.#tell(underway)
  }

  #tell({ number, effect }: Underway): void {
    this.#parts.record('fault-ended', { fault: number, hits: effect.hits })
  }

  #witness(fault: LastingFault): HistoryFields {
    const { lives } = this.#parts
    if (fault.kind === 'storage') return { what: fault.what, witnessed: true }
    if ('process' in fault) {
      const life = lives.running(fault.process)
      const incarnation = life?.incarnation ?? 0
      return { process: fault.process, incarnation, witnessed: life !== undefined }
    }
    const isThere = (process: ProcessId): boolean => lives.latestOf(process + 1).length > process
    return { witnessed: fault.links.some(({ from, to }) => isThere(from) && isThere(to)) }
  }

  /** Returns what ends it. */
  #start(fault: LastingFault, effect: Effect): () => void {
    switch (fault.kind) {
      case 'pause':
        return this.#pause(fault, effect)
      case 'slow':
        return this.#cores.slow(fault, effect)
      case 'contend':
        return this.#cores.contend(fault, effect)
      case 'skew':
        return this.#skew(fault, effect)
      case 'storage':
        return this.storage.begin(fault, effect)
      default:
        return this.#links.begin(fault, effect)
    }
  }

  #pause({ process, length }: PauseFault, effect: Effect): () => void {
    const { clock, lives, issued, wake, goOn } = this.#parts
    const life = lives.running(process)
    if (life === undefined) return () => {}
    const seen = issued()
    const isInStep = effect.random.unit() < IN_STEP_SHARE
    const until = clock.now() + length
    life.paused = true
    life.busyUntil = Math.max(life.busyUntil, until)
    if (life.runAt < until) {
      effect.hits = 1
      life.runAt = Number.POSITIVE_INFINITY
      wake(life)
    }
    return () => {
      life.paused = false
      if (life.frames.length > 0 || life.inbounds.length > 0) effect.hits = 1
      const hasMissed = life.lives && issued().generation !== seen.generation
      // Who had not looked for long is over as well, though nothing has come since its pause began.
      if (hasMissed || life.state === 'fenced') goOn(life, isInStep ? seen : undefined)
    }
  }

  #skew({ process, by }: SkewFault, effect: Effect): () => void {
    return this.#clocks.get(process)!.skew(by, effect)
  }
}

/** Regions that a plan takes beside those of the processes: of who may be paused for longer than the others wait. */
export function sparesOf(plan: FaultPlan): number {
  return new Set(plan.flatMap((fault) => (fault.kind === 'pause' ? [fault.process] : []))).size
}
