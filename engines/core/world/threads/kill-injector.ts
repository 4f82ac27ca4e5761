/** Carries out the kills of a fault plan at their instants, and records what proves that each took effect. */
import type { Fault, FaultPlan } from '../../faults/fault.ts'
import type { HistoryFields } from '../../metrics/history.ts'
import type { Nanos } from '../../units.ts'
import type { ProcessSlot } from './process-slot.ts'

export interface KillContext {
  slots(): readonly ProcessSlot[]
  now(): Nanos
  witness(at: Nanos, fields: HistoryFields): void
}

export class KillInjector {
  #context: KillContext
  /** Not yet carried out, the next one last. */
  #pending: Fault[]
  /** Threads that have been told to end. */
  #dying = new Map<ProcessSlot, { readonly at: Nanos; readonly incarnation: number }>()

  constructor(plan: FaultPlan, context: KillContext) {
    this.#context = context
    this.#pending = [...plan].sort((a, b) => b.at - a.at)
  }

  /** Instant of the next kill, or Infinity. */
  get next(): Nanos {
    return this.#pending.at(-1)?.at ?? Number.POSITIVE_INFINITY
  }

  inject(now: Nanos): void {
    while (this.next <= now) this.#kill(this.#pending.pop()!)
  }

  /** The witness of a kill is the thread's exit; its instant is that of the kill. */
  ended(slot: ProcessSlot, exitCode: number): void {
    const kill = this.#dying.get(slot)
    if (kill === undefined) return
    this.#dying.delete(slot)
    this.#context.witness(kill.at, {
      process: slot.process,
      incarnation: kill.incarnation,
      witnessed: true,
      exitCode,
      endedAt: this.#context.now(),
    })
  }

  #kill(fault: Fault): void {
    const at = this.#context.now()
    const { process } = fault
    const slot = this.#context.slots()[process]
    if (slot?.state === 'alive' && !this.#dying.has(slot)) {
      this.#dying.set(slot, { at, incarnation: slot.incarnation })
      slot.terminate()
      return
    }
    // There was nothing to kill: a replacement that had not started yet, or no such process.
    const incarnation = slot?.incarnation ?? 0
    this.#context.witness(at, { process, incarnation, witnessed: false })
  }
}
