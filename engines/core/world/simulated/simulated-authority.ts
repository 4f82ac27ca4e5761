/** The authority of the simulated world: a compare-and-set register that no fault can kill. */
import type { Authority, Membership } from '../../membership/membership.ts'

export class SimulatedAuthority implements Authority {
  #membership: Membership
  /** Called after each accepted proposal. */
  #accepted: (membership: Membership) => void
  #later: (action: () => void) => void

  constructor(
    first: Membership,
    hooks: { accepted: (membership: Membership) => void; later: (action: () => void) => void },
  ) {
    this.#membership = first
    this.#accepted = hooks.accepted
    this.#later = hooks.later
  }

  generation(): number {
    return this.#membership.generation
  }

  current(): Membership {
    return this.#membership
  }

  propose(expected: number, next: Omit<Membership, 'generation'>): void {
    this.#later(() => {
      if (this.#membership.generation !== expected) return
      this.#membership = { ...next, generation: expected + 1 }
      this.#accepted(this.#membership)
    })
  }
}
