/**
 * The processes of a simulated run and their lives: who runs, what a membership or a fault does to them.
 *
 * A killed or fenced process's memory is poisoned. Its region is reused only after every live process has seen the
 * generation that took it from the dead one (DESIGN §5). On lossless links what was sent to it waits for its next life.
 */
import { Region, type RunMemory } from '../../columns/memory.ts'
import { type Fault, POISON_BYTE } from '../../faults/fault.ts'
import type { Membership } from '../../membership/membership.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { SimulatedProcess } from './simulated-process.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The world's own events in the history. */
export const WORLD_PROCESS: ProcessId = -1

const REGION_POLL: Nanos = 1_000_000

export interface LivesHooks {
  readonly memory: RunMemory
  readonly clock: VirtualClock
  /** From a membership that asks for a new incarnation to its first step. */
  readonly startDelay: Nanos
  /** Whether frames outlive who they came to. */
  readonly lossless: boolean
  generation(): number
  /** Gives a new life its session, its world and its machine. */
  started(life: SimulatedProcess): void
  wake(life: SimulatedProcess): void
  /** Records an event of the world itself. */
  record(event: string, fields: HistoryFields): void
}

export class Lives {
  /** All lives there were, in order of their starts. */
  readonly all: SimulatedProcess[] = []
  /** By process id, the life that runs or ran last. */
  #latest: SimulatedProcess[] = []
  #hooks: LivesHooks

  constructor(hooks: LivesHooks) {
    this.#hooks = hooks
  }

  /** The life of a process that runs now. */
  running(process: ProcessId): SimulatedProcess | undefined {
    const life = this.#latest[process]
    return life?.state === 'running' ? life : undefined
  }

  /** A frame has arrived for a process. Returns who is to be woken; on lossless links it waits if nobody is. */
  arrived(process: ProcessId, frame: Uint8Array): SimulatedProcess | undefined {
    const life = this.running(process)
    if (life !== undefined) life.frames.push(frame)
    else if (this.#hooks.lossless) this.#latest[process]?.later.push(frame)
    return life
  }

  /** The last lives of processes `0 … count − 1`. */
  latestOf(count: number): readonly SimulatedProcess[] {
    return this.#latest.slice(0, count)
  }

  /** Starts processes `0 … count − 1` in regions of `regionBytes`, the first one at `base`. */
  startAll(count: number, regions: { base: number; bytes: number }): void {
    for (let process = 0; process < count; process++) {
      const region = new Region(this.#hooks.memory, {
        name: `process ${process}`,
        base: regions.base + process * regions.bytes,
        size: regions.bytes,
      })
      this.#start(process, 1, region)
    }
  }

  inject(fault: Fault): void {
    const life = this.#latest[fault.process]
    const witnessed = life?.state === 'running'
    if (witnessed) this.#end(life, 'killed')
    this.#hooks.record('fault-kill', {
      process: fault.process,
      incarnation: life?.incarnation ?? 0,
      witnessed,
    })
  }

  adopt(membership: Membership): void {
    const { clock, startDelay, record, wake } = this.#hooks
    record('generation-issued', { generation: membership.generation })
    for (const { process, incarnation, state } of membership.members) {
      const life = this.#latest[process]!
      const superseded = incarnation > life.incarnation || state === 'dead'
      if (superseded && life.state === 'running') this.#end(life, 'stopped')
      if (incarnation > life.incarnation && state === 'live') {
        clock.at(clock.now() + startDelay, () => this.#respawn(process, incarnation))
      }
    }
    for (const life of this.#latest) wake(life)
  }

  #start(process: ProcessId, incarnation: number, region: Region): void {
    const life = new SimulatedProcess({ process, incarnation, region })
    life.frames = this.#latest[process]?.later ?? []
    this.#latest[process] = life
    this.all.push(life)
    this.#hooks.started(life)
    this.#hooks.wake(life)
  }

  #end(life: SimulatedProcess, state: 'killed' | 'stopped'): void {
    life.state = state
    life.endedAt = this.#hooks.clock.now()
    if (this.#hooks.lossless) life.later.push(...life.frames)
    life.frames = []
    life.inbounds = []
    const { base, size } = life.region
    this.#hooks.memory.u8.fill(POISON_BYTE, base, base + size)
  }

  #respawn(process: ProcessId, incarnation: number): void {
    const { clock, generation } = this.#hooks
    const old = this.#latest[process]!
    if (old.incarnation >= incarnation) return
    const waiting = this.#latest.some(
      (life) => life.state === 'running' && life.seenGeneration < generation(),
    )
    if (waiting) {
      clock.at(clock.now() + REGION_POLL, () => this.#respawn(process, incarnation))
      return
    }
    old.region.reset()
    this.#start(process, incarnation, old.region)
  }
}
