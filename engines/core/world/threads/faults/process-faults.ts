/**
 * What a fault plan does to one process, carried out by its own thread: it knows the plan from its start, and needs nobody to
 * tell it when. There is one only in a run whose plan concerns the process (`concerns`).
 *
 *   in the loop:    pauses after a look at the membership, so that it goes on with what it knew; rests at the round's end
 *   its clock:      what the process asks, and what its session goes by; commits and history keep the run's
 *   its links:      what it sends
 *   its moments:    what it tells the history and sends
 */
import type { RunMemory } from '../../../columns/memory.ts'
import type { FaultPlan } from '../../../faults/fault.ts'
import type { InputLog } from '../../../input/input-log.ts'
import type { HistoryLog } from '../../../metrics/history.ts'
import { clockStart, type RunConfig } from '../../../run-config.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import type { ThreadsLayout } from '../layout.ts'
import type { Links, ProcessLinks } from '../links.ts'
import type { RunWords } from '../run-words.ts'
import { wake } from '../wake-word.ts'
import { FaultWords } from './fault-words.ts'
import { FaultyLinks } from './faulty-links.ts'
import { LoopFaults } from './loop-faults.ts'
import { MomentWatch } from './moment-watch.ts'
import { linksOf, placed } from './placed-fault.ts'
import { notAhead, SkewedClock } from './skewed-clock.ts'
import { Standstill, type StoodStill } from './standstill.ts'
import { WatchedLinks } from './watched-links.ts'

export interface ProcessFaultsOptions {
  readonly plan: FaultPlan
  readonly layout: ThreadsLayout
  readonly config: Pick<RunConfig, 'seed' | 'input' | 'workers'>
  readonly process: ProcessId
  readonly incarnation: number
  readonly run: RunWords
  readonly links: Links
  /** The thread has stood still. */
  readonly stood: StoodStill
}

export class ProcessFaults {
  readonly links: ProcessLinks
  /** The process's own clock. */
  readonly now: () => Nanos
  #trueNow: () => Nanos
  #loop: LoopFaults
  #clock: SkewedClock | undefined
  #faultyLinks: FaultyLinks | undefined
  #watch: MomentWatch | undefined

  constructor(memory: RunMemory, options: ProcessFaultsOptions) {
    const { layout, config, process, incarnation, run, links, stood } = options
    const plan = placed(options.plan)
    const words = new FaultWords(memory, layout.faults, plan.length)
    const now = (): Nanos => run.now()
    const standstill = new Standstill(memory, words.restWord(process), run, stood)
    this.#trueNow = now
    const { workers } = config
    const context = { process, workers, words, standstill, now }
    this.#loop = new LoopFaults(plan, context)
    const skews = plan
      .filter((fault) => fault.kind === 'skew')
      .filter((fault) => fault.process === process)
    if (skews.length > 0) {
      const start = clockStart(config.input)
      this.#clock = new SkewedClock(skews, words, { now, start })
    }
    if (plan.some((fault) => linksOf(fault).some(({ from }) => from === process))) {
      const { seed } = config
      this.#faultyLinks = new FaultyLinks(links, plan, { process, incarnation, seed, words, now })
    }
    if (plan.some(({ at }) => typeof at !== 'number')) {
      this.#watch = new MomentWatch(plan, {
        ...context,
        begun: () => {
          const { processes, supervisorWake, storageWake } = layout
          const wakes = processes.map((own) => own.wake)
          for (const word of [supervisorWake, storageWake, ...wakes]) {
            wake(memory.i32, word >>> 2)
          }
        },
        pause: () => this.#loop.pause(),
      })
    }
    const clock = this.#clock
    this.now = clock === undefined ? now : () => clock.now()
    const sent = this.#faultyLinks ?? links
    this.links = this.#watch === undefined ? sent : new WatchedLinks(sent, this.#watch)
  }

  input(log: InputLog): InputLog {
    return this.#clock === undefined ? log : notAhead(log, this.#trueNow)
  }

  history(log: HistoryLog): HistoryLog {
    return this.#watch?.history(log) ?? log
  }

  /** The process has looked at the membership, and is about to act by it. */
  roundBegan(): void {
    this.#loop.pause()
  }

  /** What its own clock says at an instant of the run's. */
  own(now: Nanos): Nanos {
    return this.#clock?.at(now) ?? now
  }

  /** It has worked since `from`, and what it sent is on the wire. Returns when it goes on. */
  roundEnded(from: Nanos): Nanos {
    this.#watch?.roundEnded()
    const now = this.#loop.slow(from)
    this.#clock?.stepped(now)
    return now
  }

  /** When the next round has to begin at the latest, if the process wants it at `wanted` by its own clock. */
  next(wanted: Nanos, now: Nanos): Nanos {
    const next = Math.min(this.#loop.nextPause, this.#faultyLinks?.next ?? Number.POSITIVE_INFINITY)
    const clock = this.#clock
    if (clock === undefined) return Math.min(next, wanted)
    if (wanted <= clock.at(now)) return now
    return Math.min(next, clock.nextChange(now), clock.trueInstantOf(wanted, now))
  }

  /** Whether there is a reason to begin a round that nobody knew of when the last one ended. */
  due(): boolean {
    const next = this.#loop.nextPause
    return next !== Number.POSITIVE_INFINITY && next <= this.#trueNow()
  }
}
