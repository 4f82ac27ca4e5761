/**
 * The faults of a run as its supervisor sees them: it kills, says when a recovery begins, and writes the witnesses. All else
 * is carried out by the threads that a fault concerns (`process-faults.ts`, `storage-faults.ts`), which leave in the run's
 * memory what the witnesses say (`fault-words.ts`).
 */
import type { RunMemory } from '../../../columns/memory.ts'
import { ConfigurationError } from '../../../errors.ts'
import type { Fault, FaultPlan } from '../../../faults/fault.ts'
import { isLasting, Moments } from '../../../faults/moments.ts'
import type { HistoryFields } from '../../../metrics/history.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import type { KeptHistory } from '../kept-history.ts'
import type { ThreadsLayout } from '../layout.ts'
import type { ProcessSlot } from '../process-slot.ts'
import { wake } from '../wake-word.ts'
import { FaultWords } from './fault-words.ts'
import { KillInjector } from './kill-injector.ts'
import { concerns, type PlacedFault, placed } from './placed-fault.ts'

/** Errors: `ConfigurationError` for a fault that this world does not have, or that is of nobody or of no time. */
export function checkFaults(plan: FaultPlan): void {
  for (const fault of plan) {
    if (fault.kind === 'contend') {
      throw new ConfigurationError({
        asked: `${fault.tasks} tasks that share the cores of process ${fault.process}`,
        found: 'the threads world',
        rule: 'the cores of real threads are given out by the system, and other tasks would take them from all threads',
        remedy: 'Run it in the simulated world, or slow the process down',
      })
    }
    const at = beginOf(fault)
    if (at >= 0 && (!('process' in fault) || fault.process >= 0)) continue
    const whose = 'process' in fault ? ` on process ${fault.process}` : ''
    throw new ConfigurationError(`a fault${whose} at ${at} ns: both are at least 0`)
  }
}

/** The first instant at which it may begin. */
function beginOf({ at }: Fault): Nanos {
  return typeof at === 'number' ? at : at.from
}

export interface RunFaultsContext {
  readonly memory: RunMemory
  readonly layout: ThreadsLayout
  slots(): readonly ProcessSlot[]
  readonly history: KeptHistory
  now(): Nanos
  record(event: string, fields: HistoryFields, at: Nanos): void
}

export class RunFaults {
  #plan: FaultPlan
  #placed: readonly PlacedFault[]
  #context: RunFaultsContext
  #words: FaultWords
  #kills: KillInjector
  /** Those that may be due in the middle of a moment: of which nobody but the supervisor knows that it lasts. */
  #waiting: readonly PlacedFault[]
  /** Whether there were any: then news are taken to the end of the run, lest they pile up. */
  readonly #watches: boolean
  #moments = new Moments()

  constructor(plan: FaultPlan, context: RunFaultsContext) {
    const { memory, layout, record } = context
    this.#plan = plan
    this.#placed = placed(plan)
    this.#context = context
    this.#words = new FaultWords(memory, layout.faults, plan.length)
    for (const { at, place } of this.#placed) {
      if (typeof at === 'number') this.#words.begin(place, at)
    }
    this.#waiting = this.#placed.filter(({ at }) => typeof at !== 'number' && isLasting(at.on))
    this.#watches = this.#waiting.length > 0
    if (this.#watches) context.history.watch()
    this.#kills = new KillInjector(this.#placed, {
      words: this.#words,
      slots: () => context.slots(),
      now: () => context.now(),
      witness: (at, fields) => record('fault-kill', fields, at),
      carriedOut: (fault) => {
        this.#words.carryOut(fault)
        this.release()
      },
    })
  }

  /** What the thread of a process needs to know of the plan, if anything. */
  ofProcess(process: ProcessId): FaultPlan | undefined {
    return this.#plan.some((fault) => concerns(fault, process)) ? this.#plan : undefined
  }

  ofStorage(): FaultPlan | undefined {
    return this.#plan.some(({ kind }) => kind === 'storage') ? this.#plan : undefined
  }

  /** The first instant after `now` at which there is something to do here, as far as it is known. */
  nextAfter(now: Nanos): Nanos {
    let next = this.#kills.next
    for (const fault of this.#waiting) {
      const from = beginOf(fault)
      if (from > now) next = Math.min(next, from)
    }
    return next
  }

  /** Carries out what has come due. */
  inject(now: Nanos): void {
    if (this.#watches) this.#beginWaiting(now)
    this.#kills.inject(now)
  }

  /** A thread has ended. */
  ended(slot: ProcessSlot, exitCode: number): void {
    this.#kills.ended(slot, exitCode)
  }

  /** Has all who stand still look whether they have to any longer. */
  release(): void {
    if (this.#plan.length === 0) return
    const { memory, layout } = this.#context
    for (let process = 0; process <= layout.processes.length; process++) {
      wake(memory.i32, this.#words.restWord(process) >>> 2)
    }
  }

  /** Writes the witnesses of faults that last. Kills have theirs. Call when all threads have ended. */
  witness(endedAt: Nanos): void {
    const { record } = this.#context
    for (const fault of this.#placed) {
      if (fault.kind === 'kill') continue
      const { kind, place, length } = fault
      const begins = this.#words.beginsAt(place)
      if (begins > endedAt) continue
      const hits = this.#words.hits(place)
      const at = hits > 0 ? this.#words.tookEffectAt(place) : begins
      const process = 'process' in fault ? { process: fault.process } : {}
      record(`fault-${kind}`, { fault: place, ...process, witnessed: hits > 0 }, at)
      // A pause is as long as it says from when it took effect; others are over at their instant.
      const ends = (kind === 'pause' ? at : begins) + length
      record('fault-ended', { fault: place, hits }, Math.max(at, Math.min(ends, endedAt)))
    }
  }

  /** Begins what is due in the middle of a moment, or with one that began here. Call after all reports were drained. */
  #beginWaiting(now: Nanos): void {
    const news = this.#context.history.takeNews()
    for (const event of news.toSorted((a, b) => a.at - b.at)) this.#moments.see(event)
    this.#waiting = this.#waiting.filter(({ place }) => !this.#isKnown(place))
    const begun = this.#waiting.filter((fault) => {
      const { at } = fault
      const isOn = typeof at !== 'number' && isLasting(at.on) && this.#moments.isOn(at.on)
      return isOn && beginOf(fault) <= now && this.#words.begin(fault.place, now)
    })
    if (begun.length === 0) return
    const { memory, layout } = this.#context
    for (const process of layout.processes) wake(memory.i32, process.wake >>> 2)
    wake(memory.i32, layout.storageWake >>> 2)
  }

  #isKnown(fault: number): boolean {
    return this.#words.beginsAt(fault) !== Number.POSITIVE_INFINITY
  }
}
