/** Carries out the kills of a fault plan at their instants, and records what proves that each took effect. */
import type { KillFault } from '../../../faults/fault.ts'
import type { HistoryFields } from '../../../metrics/history.ts'
import type { Nanos } from '../../../units.ts'
import type { ProcessSlot } from '../process-slot.ts'
import type { FaultWords } from './fault-words.ts'
import type { PlacedFault } from './placed-fault.ts'

type PlacedKill = KillFault & { readonly place: number }

export interface KillContext {
  readonly words: FaultWords
  slots(): readonly ProcessSlot[]
  now(): Nanos
  witness(at: Nanos, fields: HistoryFields): void
  /** The kill has been carried out, or there was nothing to kill. */
  carriedOut(fault: number): void
}

interface Dying {
  readonly at: Nanos
  readonly incarnation: number
  readonly fault: number
}

export class KillInjector {
  #context: KillContext
  /** Not yet carried out. */
  #pending: readonly PlacedKill[]
  /** Threads that have been told to end. */
  #dying = new Map<ProcessSlot, Dying>()

  constructor(plan: readonly PlacedFault[], context: KillContext) {
    this.#context = context
    this.#pending = plan.filter((fault) => fault.kind === 'kill')
  }

  /** Instant of the next kill, as far as it is known, or Infinity. */
  get next(): Nanos {
    const { words } = this.#context
    return this.#pending.reduce(
      (next, { place }) => Math.min(next, words.beginsAt(place)),
      Number.POSITIVE_INFINITY,
    )
  }

  inject(now: Nanos): void {
    const { words } = this.#context
    const due = this.#pending.filter(({ place }) => words.beginsAt(place) <= now)
    if (due.length === 0) return
    this.#pending = this.#pending.filter((kill) => !due.includes(kill))
    due.sort((a, b) => words.beginsAt(a.place) - words.beginsAt(b.place))
    for (const kill of due) this.#kill(kill)
  }

  /** The witness of a kill is the thread's exit; its instant is that of the kill. */
  ended(slot: ProcessSlot, exitCode: number): void {
    const kill = this.#dying.get(slot)
    if (kill === undefined) return
    this.#dying.delete(slot)
    const { fault, at, incarnation } = kill
    this.#context.witness(at, {
      fault,
      process: slot.process,
      incarnation,
      witnessed: true,
      exitCode,
      endedAt: this.#context.now(),
    })
    this.#context.carriedOut(fault)
  }

  #kill({ process, place: fault }: PlacedKill): void {
    const at = this.#context.now()
    const slot = this.#context.slots()[process]
    if (slot?.state === 'alive' && !this.#dying.has(slot)) {
      this.#dying.set(slot, { at, incarnation: slot.incarnation, fault })
      slot.terminate()
      return
    }
    // There was nothing to kill: a replacement that had not started yet, or no such process.
    const incarnation = slot?.incarnation ?? 0
    this.#context.witness(at, { fault, process, incarnation, witnessed: false })
    this.#context.carriedOut(fault)
  }
}
