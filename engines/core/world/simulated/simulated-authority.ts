/** The authority of the simulated world: a compare-and-set register that no fault can kill. */
import type { Authority, Membership } from '../../membership/membership.ts'

export interface AuthorityHooks {
  /** Called after each accepted proposal. */
  accepted(membership: Membership): void
  /** Called after each proposal, accepted or not. */
  decided(): void
  later(action: () => void): void
}

export class SimulatedAuthority implements Authority {
  #membership: Membership
  #hooks: AuthorityHooks
  /** Proposals that have not arrived yet. */
  #underway = 0

  constructor(first: Membership, hooks: AuthorityHooks) {
    this.#membership = first
    this.#hooks = hooks
  }

  /** Whether a proposal is on its way: its proposer may be gone when it arrives. */
  get isAsked(): boolean {
    return this.#underway > 0
  }

  generation(): number {
    return this.#membership.generation
  }

  current(): Membership {
    return this.#membership
  }

  propose(expected: number, next: Omit<Membership, 'generation'>): void {
    const { accepted, later, decided } = this.#hooks
    this.#underway += 1
    later(() => {
      this.#underway -= 1
      if (this.#membership.generation === expected) {
        this.#membership = { ...next, generation: expected + 1 }
        accepted(this.#membership)
      }
      decided()
    })
  }
}
