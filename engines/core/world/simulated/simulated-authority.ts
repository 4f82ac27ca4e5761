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
  /** What who looks at it now sees. */
  #shown: Membership
  #hooks: AuthorityHooks
  /** Proposals that have not arrived yet. */
  #underway = 0

  constructor(first: Membership, hooks: AuthorityHooks) {
    this.#membership = first
    this.#shown = first
    this.#hooks = hooks
  }

  /** Whether a proposal is on its way: its proposer may be gone when it arrives. */
  get isAsked(): boolean {
    return this.#underway > 0
  }

  /** What holds, whatever anybody sees. */
  get issued(): Membership {
    return this.#membership
  }

  generation(): number {
    return this.#shown.generation
  }

  current(): Membership {
    return this.#shown
  }

  /** Lets somebody act who has looked at it before, and has not looked again since. */
  asSeenBefore(membership: Membership, act: () => void): void {
    this.#shown = membership
    try {
      act()
    } finally {
      this.#shown = this.#membership
    }
  }

  propose(expected: number, next: Omit<Membership, 'generation'>): void {
    const { accepted, later, decided } = this.#hooks
    this.#underway += 1
    later(() => {
      this.#underway -= 1
      if (this.#membership.generation === expected) {
        this.#membership = { ...next, generation: expected + 1 }
        this.#shown = this.#membership
        accepted(this.#membership)
      }
      decided()
    })
  }
}
