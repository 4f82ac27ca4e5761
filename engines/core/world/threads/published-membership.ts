/**
 * The membership as it lies in the run's memory: the supervisor publishes, every process reads.
 *
 * Generation g lies in slot g mod 8 and the generation word is stored last. A reader that finds the word 7 or more
 * ahead afterwards has read a slot that may have been overwritten, and reads again.
 *
 *   +0 generation   +128 slots: term, members, (incarnation, state) × members, partitions, owner × partitions
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Member, MemberState, Membership } from '../../membership/membership.ts'
import type { Pointer } from '../../units.ts'

const SLOTS = 8

/** A state's number is its place. */
const STATES: readonly MemberState[] = ['dead', 'live', 'absent']

function slotWords(processes: number, partitions: number): number {
  return 3 + processes * 2 + partitions
}

export function membershipAreaBytes(processes: number, partitions: number): number {
  return 128 + SLOTS * slotWords(processes, partitions) * 4
}

/** A membership as words, the form in which it is published and proposed. */
export function encodeMembership(membership: Omit<Membership, 'generation'>): Int32Array {
  const { term, members, placement } = membership
  const words = new Int32Array(slotWords(members.length, placement.length))
  words[0] = term
  words[1] = members.length
  for (const { process, incarnation, state } of members) {
    words[2 + process * 2] = incarnation
    words[3 + process * 2] = STATES.indexOf(state)
  }
  const at = 2 + members.length * 2
  words[at] = placement.length
  words.set(placement, at + 1)
  return words
}

export function decodeMembership(words: Int32Array): Omit<Membership, 'generation'> {
  const count = words[1]!
  const members = Array.from(
    { length: count },
    (_, process): Member => ({
      process,
      incarnation: words[2 + process * 2]!,
      state: STATES[words[3 + process * 2]!]!,
    }),
  )
  const at = 2 + count * 2
  return {
    term: words[0]!,
    members,
    placement: Array.from(words.subarray(at + 1, at + 1 + words[at]!)),
  }
}

export class PublishedMembership {
  #memory: RunMemory
  #word: number
  #slots: number
  #slotWords: number

  constructor(
    memory: RunMemory,
    at: Pointer,
    size: { readonly processes: number; readonly partitions: number },
  ) {
    this.#memory = memory
    this.#word = at >>> 2
    this.#slots = (at + 128) >>> 2
    this.#slotWords = slotWords(size.processes, size.partitions)
  }

  generation(): number {
    return Atomics.load(this.#memory.i32, this.#word)
  }

  /** The supervisor's alone. */
  publish(membership: Membership): void {
    const at = this.#slotOf(membership.generation)
    for (const [offset, word] of encodeMembership(membership).entries()) {
      Atomics.store(this.#memory.i32, at + offset, word)
    }
    Atomics.store(this.#memory.i32, this.#word, membership.generation)
  }

  read(): Membership {
    const words = new Int32Array(this.#slotWords)
    for (;;) {
      const generation = this.generation()
      const at = this.#slotOf(generation)
      for (let offset = 0; offset < words.length; offset++) {
        words[offset] = Atomics.load(this.#memory.i32, at + offset)
      }
      // Slot g is written again for generation g + 8, which begins after g + 7 was published.
      if (this.generation() < generation + SLOTS - 1) {
        return { generation, ...decodeMembership(words) }
      }
    }
  }

  #slotOf(generation: number): number {
    return this.#slots + (generation % SLOTS) * this.#slotWords
  }
}
