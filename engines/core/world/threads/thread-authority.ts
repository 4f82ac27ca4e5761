/**
 * The authority as a process of the threads world sees it: reads the published membership, sends proposals to the
 * supervisor, which decides (`authority-register.ts`).
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Authority, Membership } from '../../membership/membership.ts'
import { ChunkWriter } from './chunk-stream.ts'
import { encodeMembership, type PublishedMembership } from './published-membership.ts'
import type { RingSpan } from './ring.ts'

export class ThreadAuthority implements Authority {
  #published: PublishedMembership
  #proposals: ChunkWriter
  #cached: Membership | undefined

  constructor(
    memory: RunMemory,
    published: PublishedMembership,
    proposer: { readonly span: RingSpan; readonly name: string; readonly incarnation: number },
  ) {
    this.#published = published
    this.#proposals = new ChunkWriter(memory, proposer.span, {
      name: `proposals of ${proposer.name}`,
      incarnation: proposer.incarnation,
      queueBytesMax: 1024 * 1024,
    })
  }

  generation(): number {
    return this.#published.generation()
  }

  current(): Membership {
    if (this.#cached?.generation !== this.#published.generation()) {
      this.#cached = this.#published.read()
    }
    return this.#cached!
  }

  propose(expected: number, next: Omit<Membership, 'generation'>): void {
    const words = encodeMembership(next)
    this.#proposals.push(expected, new Uint8Array(words.buffer))
    this.pump()
  }

  ready(): boolean {
    return this.#proposals.unblocked
  }

  /** Moves proposals on that found no room. */
  pump(): void {
    if (!this.#proposals.pending) return
    if (this.#proposals.pump()) this.#proposals.wakeReader()
  }
}
