/**
 * The processes of a simulated run and their lives: who runs, what a membership or a fault does to them.
 *
 * A killed or fenced process's memory is poisoned, as far as it reached into its region, which is reused only after every live process
 * has seen the generation that took it from the dead one (DESIGN §5). The world stops who is fenced at once, but for a process that is paused:
 * nobody reaches it. It ends its round with what it saw before (a zombie): it reads what had come for it, or sends, commits and writes what
 * it was about to, in its own region, and is stopped then; who replaces it meanwhile lives in a spare one.
 *
 * Where nobody lives who has looked at the membership for as long as a life has to start, those who have not are fenced as well: nobody
 * is left who could miss them, and whoever waits for them would wait for ever. It is the last resort, as is the end of a run in which
 * nobody lives, and no detection: nobody is told, and who begins then has to find that it does not hear them.
 *
 * Lossless links are those of threads, and so is the rest: what was sent to the dead waits for the next life, and who is fenced is
 * stopped even if it is paused, since it could write into the memory of others.
 */
import { Region, type RunMemory } from '../../columns/memory.ts'
import { POISON_BYTE } from '../../faults/fault.ts'
import { startPatience } from '../../membership/failure-detector.ts'
import type { Member, Membership } from '../../membership/membership.ts'
import { comingsAndGoings } from '../../membership/resize.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import type { DetectorConfig } from '../../run-config.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import type { Life } from '../endings.ts'
import type { Random } from '../random.ts'
import { SimulatedProcess } from './simulated-process.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The world's own events in the history. */
export const WORLD_PROCESS: ProcessId = -1

const REGION_POLL: Nanos = 1_000_000

/**
 * Share of memberships that come, for a process, between its round's look for one and its round's step: its engine sees what its
 * session sees in the next round only. On threads they are fewer, as rounds are short.
 */
const OVERLOOKED_SHARE = 0.25

export interface LivesHooks {
  readonly memory: RunMemory
  readonly clock: VirtualClock
  /** From a membership that asks for a new incarnation to its first step. */
  readonly startDelay: Nanos
  readonly detector: DetectorConfig
  /** Processes `0 … watching − 1` are the engine's own: those of an ingest, which come after them, watch nobody. */
  readonly watching: number
  /** Whether links are those of threads: frames outlive who they came to. */
  readonly lossless: boolean
  /** Tells which memberships are overlooked for a round. */
  readonly overlooks: Random
  generation(): number
  /** Gives a new life its session, its world and its machine. */
  started(life: SimulatedProcess): void
  wake(life: SimulatedProcess): void
  /** Somebody was fenced of whom no membership has said that it is over. */
  ended(): void
  /** Records an event of the world itself. */
  record(event: string, fields: HistoryFields): void
}

type Span = Pick<Region, 'base' | 'size'>

export class Lives {
  /** All lives there were, in order of their starts. */
  readonly all: SimulatedProcess[] = []
  /** By process id, the life that runs or ran last; of who has not joined yet there is none. */
  #latest: (SimulatedProcess | undefined)[] = []
  /** By process id, what waits for its next life. */
  #kept: Uint8Array[][] = []
  /** Of the membership that holds. */
  #members: readonly Member[] = []
  /** When that was issued. */
  #issuedAt: Nanos = 0
  /** By process id, where its first life lives. */
  #spans: Span[] = []
  /** Where nobody lives. */
  #spares: Span[] = []
  #hooks: LivesHooks

  constructor(hooks: LivesHooks) {
    this.#hooks = hooks
  }

  /** The life of a process that runs now. */
  running(process: ProcessId): SimulatedProcess | undefined {
    const life = this.#latest[process]
    return life?.state === 'running' ? life : undefined
  }

  /** Processes that live, ascending. */
  get alive(): readonly ProcessId[] {
    const running = this.all.filter(({ state }) => state === 'running')
    return running.map(({ process }) => process).sort((a, b) => a - b)
  }

  /** A round's look for a new membership. Returns false if one has come just after it. */
  look(life: SimulatedProcess): boolean {
    const { generation, overlooks } = this.#hooks
    const issued = generation()
    // What it was equipped with it knows.
    const isNew = life.seenGeneration > 0 && issued > life.seenGeneration
    if (isNew && issued > life.overlookedGeneration && overlooks.unit() < OVERLOOKED_SHARE) {
      life.overlookedGeneration = issued
      return false
    }
    life.session!.refresh()
    life.seenGeneration = issued
    return true
  }

  /** A frame has arrived for a process. Returns who is to be woken; on lossless links it waits if nobody is. */
  arrived(process: ProcessId, frame: Uint8Array): SimulatedProcess | undefined {
    const life = this.running(process)
    if (life !== undefined) life.frames.push(frame)
    else if (this.#hooks.lossless) this.keep(process, frame)
    return life
  }

  /** On lossless links: leaves a frame where it is, for the next life of a process. */
  keep(process: ProcessId, frame: Uint8Array): void {
    this.#kept[process]!.push(frame)
  }

  /** The last lives of processes `0 … count − 1`. */
  latestOf(count: number): readonly Life[] {
    return this.#members.slice(0, count).map(({ process }) => {
      return this.#latest[process] ?? { process, incarnation: 0, endedAt: 0 }
    })
  }

  /** The last lives of those that watch others. */
  get watchers(): readonly Life[] {
    return this.latestOf(this.#hooks.watching)
  }

  /** Starts who is there at first. Each has a region of `bytes`, the first one at `base`; `spares` more come after them. */
  startAll(
    members: readonly Member[],
    regions: { base: number; bytes: number; spares: number },
  ): void {
    const spanOf = (place: number): Span => ({
      base: regions.base + place * regions.bytes,
      size: regions.bytes,
    })
    this.#members = members
    this.#spans = members.map(({ process }) => spanOf(process))
    this.#kept = members.map(() => [])
    for (let spare = 0; spare < regions.spares; spare++) {
      this.#spares.push(spanOf(members.length + spare))
    }
    for (const { process, incarnation, state } of members) {
      if (state === 'live') {
        this.#start(process, incarnation, this.#regionAt(process, this.#spans[process]!))
      }
    }
  }

  /** Returns whom it hit: `witnessed` if somebody ran. */
  kill(process: ProcessId): { readonly incarnation: number; readonly witnessed: boolean } {
    const life = this.#latest[process]
    const witnessed = life?.state === 'running'
    if (witnessed) {
      this.#end(life, 'killed')
      this.#lookLater()
    }
    return { incarnation: life?.incarnation ?? 0, witnessed }
  }

  adopt(membership: Membership): void {
    const { clock, startDelay, record, wake } = this.#hooks
    this.#issuedAt = clock.now()
    record('generation-issued', { generation: membership.generation })
    for (const { event, fields } of comingsAndGoings(this.#members, membership.members)) {
      record(event, fields)
    }
    this.#members = membership.members
    for (const { process, incarnation, state } of membership.members) {
      const life = this.#latest[process]
      const isNew = incarnation > (life?.incarnation ?? 0)
      if (life?.state === 'running' && (isNew || state !== 'live')) this.#fence(life)
      if (isNew && state === 'live') {
        clock.at(clock.now() + startDelay, () => this.#begin(process, incarnation))
      }
    }
    for (const life of this.#latest) if (life !== undefined) wake(life)
    this.#lookLater()
  }

  /** Ends a fenced life, which has gone on meanwhile. */
  stop(life: SimulatedProcess): void {
    this.#end(life, 'stopped')
    if (this.#latest[life.process] !== life) this.#spares.push(life.region)
  }

  #start(process: ProcessId, incarnation: number, region: Region): void {
    const life = new SimulatedProcess({ process, incarnation, region })
    life.frames = this.#kept[process]!
    this.#kept[process] = []
    this.#latest[process] = life
    this.all.push(life)
    this.#hooks.started(life)
    this.#hooks.wake(life)
  }

  /** Ends a life; who is paused goes on for a step before, where nobody reaches it. */
  #fence(life: SimulatedProcess): void {
    if (!life.paused || this.#hooks.lossless) {
      this.#end(life, 'stopped')
      return
    }
    life.state = 'fenced'
    life.endedAt = this.#hooks.clock.now()
  }

  /** Looks again whether somebody is left, when all who are there have had their time. */
  #lookLater(): void {
    const { clock, detector } = this.#hooks
    clock.at(clock.now() + startPatience(detector), () => this.#fenceBehind())
  }

  /** Fences who has not looked at the membership for so long, if nobody is left who has. */
  #fenceBehind(): void {
    const { clock, detector, watching, generation, record, ended } = this.#hooks
    if (clock.now() < this.#issuedAt + startPatience(detector)) return
    const running = this.#latest.flatMap((life) => (life?.state === 'running' ? [life] : []))
    // What it was equipped with it knows.
    const isBehind = ({ seenGeneration }: SimulatedProcess): boolean =>
      seenGeneration > 0 && seenGeneration < generation()
    const behind = running.filter(isBehind)
    const isSomebodyLeft = running.some((life) => life.process < watching && !isBehind(life))
    if (behind.length === 0 || isSomebodyLeft) return
    for (const life of behind) {
      const { process, incarnation } = life
      record('process-behind', { process, incarnation, generation: generation() })
      this.#fence(life)
    }
    ended()
  }

  #end(life: SimulatedProcess, state: 'killed' | 'stopped'): void {
    life.state = state
    life.endedAt = Math.min(life.endedAt, this.#hooks.clock.now())
    if (this.#hooks.lossless) for (const frame of life.frames) this.keep(life.process, frame)
    life.frames = []
    life.inbounds = []
    const { base, reach } = life.region
    this.#hooks.memory.u8.fill(POISON_BYTE, base, reach)
  }

  /** Starts a life that a membership has asked for, unless it is there, or not asked for any more. */
  #begin(process: ProcessId, incarnation: number): void {
    const { clock, generation } = this.#hooks
    const old = this.#latest[process]
    const member = this.#members[process]!
    if (member.state !== 'live' || member.incarnation !== incarnation) return
    if (old !== undefined && old.incarnation >= incarnation) return
    const waiting = this.#latest.some(
      (life) => life?.state === 'running' && life.seenGeneration < generation(),
    )
    if (waiting || !this.#hasRoomAfter(old)) {
      clock.at(clock.now() + REGION_POLL, () => this.#begin(process, incarnation))
      return
    }
    this.#start(process, incarnation, this.#regionAfter(process, old))
  }

  #hasRoomAfter(old: SimulatedProcess | undefined): boolean {
    return !old?.lives || this.#spares.length > 0
  }

  /** Where the next life lives: not where one is that may still go on. */
  #regionAfter(process: ProcessId, old: SimulatedProcess | undefined): Region {
    if (old === undefined) return this.#regionAt(process, this.#spans[process]!)
    if (old.lives) return this.#regionAt(process, this.#spares.pop()!)
    old.region.reset()
    return old.region
  }

  #regionAt(process: ProcessId, { base, size }: Span): Region {
    return new Region(this.#hooks.memory, { name: `process ${process}`, base, size })
  }
}
