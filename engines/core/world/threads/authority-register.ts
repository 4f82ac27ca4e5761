/** The authority itself: a compare-and-set register in the main thread, which no fault can kill. */
import { assert } from '../../assert.ts'
import type { Membership } from '../../membership/membership.ts'
import type { ProcessId } from '../../units.ts'
import type { PublishedMembership } from './published-membership.ts'

export interface Proposal {
  readonly from: ProcessId
  readonly incarnation: number
  readonly expected: number
  readonly next: Omit<Membership, 'generation'>
}

export class AuthorityRegister {
  #published: PublishedMembership
  #current: Membership

  constructor(published: PublishedMembership, first: Omit<Membership, 'generation'>) {
    this.#published = published
    this.#current = { ...first, generation: 1 }
    published.publish(this.#current)
  }

  get current(): Membership {
    return this.#current
  }

  /**
   * Publishes the proposal as the next generation, if it is based on the present one and its proposer is a live member.
   * Returns whether it did. The caller wakes the processes.
   */
  propose(proposal: Proposal): boolean {
    const { from, incarnation, expected, next } = proposal
    const { generation, members, placement } = this.#current
    const proposer = members[from]
    if (expected !== generation) return false
    if (proposer?.state !== 'live' || proposer.incarnation !== incarnation) return false
    assert(
      next.members.length === members.length && next.placement.length === placement.length,
      `process ${from} proposed ${next.members.length} members and ${next.placement.length} partitions`,
    )
    for (const { process, incarnation: proposed } of next.members) {
      const known = members[process]!.incarnation
      assert(
        proposed >= known,
        `process ${from} proposed incarnation ${proposed} of process ${process} after ${known}`,
      )
    }
    this.#current = { ...next, generation: generation + 1 }
    this.#published.publish(this.#current)
    return true
  }
}
