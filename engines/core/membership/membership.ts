/**
 * Who is in the run: generations, incarnations, terms, and the placement of partitions.
 *
 * One authority per world issues memberships by compare-and-set; no fault can kill it (documented in
 * `engines/README.md`). Every message, commit, block report and checkpoint carries the generation it was made in; what
 * is stale is dropped and counted. A process whose incarnation is no longer the one in the membership is fenced: it
 * stops, and a replacement starts empty under the next incarnation.
 */
import type { RunConfig } from '../run-config.ts'
import type { PartitionId, ProcessId } from '../units.ts'

/**
 * Stamped on what no new generation makes stale: it is good for as long as the lives of those last who send, receive or commit it.
 * Greater than any generation that there will be, and the greatest that a frame or a commit has room for.
 */
export const ANY_GENERATION = 0xffff_ffff

/**
 * Who is dead is missed, and nobody took its place. Who is absent has not joined yet, or has left, as the run's plan of changes
 * says (`resize.ts`): memory and links are kept for it.
 */
export type MemberState = 'live' | 'dead' | 'absent'

export interface Member {
  readonly process: ProcessId
  /**
   * Life number of this process, from 1; 0 before its first one. A higher number than the running one asks the world for a
   * replacement.
   */
  readonly incarnation: number
  readonly state: MemberState
}

export interface Membership {
  /** Version, from 1; each accepted proposal adds one. */
  readonly generation: number
  /** A driver's reign, from 1. */
  readonly term: number
  readonly members: readonly Member[]
  /** `placement[partition]` is the worker that owns it: state, input of the same number, outputs. */
  readonly placement: readonly ProcessId[]
}

/**
 * The authority as a process sees it. `current` costs one atomic load when nothing changed.
 *
 * `propose` asks for a change based on generation `expected`; it returns at once. If another proposal won, nothing
 * happens but a new generation, which the proposer sees like everybody else.
 */
export interface Authority {
  /** The generation now, without building the whole membership. */
  generation(): number
  current(): Membership
  propose(expected: number, next: Omit<Membership, 'generation'>): void
}

/** Of the run's first generation: all live that are there at the start, and partitions are spread over the workers of them. */
export function firstMembership(
  { workers, partitions, resize }: Pick<RunConfig, 'workers' | 'partitions' | 'resize'>,
  processes: number,
): Membership {
  const present = resize?.from ?? workers
  const ids = Array.from({ length: present }, (_, worker) => worker)
  return {
    generation: 1,
    term: 1,
    members: Array.from({ length: processes }, (_, process): Member => {
      const isAbsent = process >= present && process < workers
      return isAbsent
        ? { process, incarnation: 0, state: 'absent' }
        : { process, incarnation: 1, state: 'live' }
    }),
    placement: placePartitions(partitions, ids),
  }
}

/**
 * Spreads partitions over the live workers: numbers differ by one at most. As many stay where they were as that allows: who has
 * too many gives its last ones away, and only who has too few gets any, in turn. Cost: O(partitions + workers log workers).
 */
export function placePartitions(
  partitions: number,
  workers: readonly ProcessId[],
  previous: readonly ProcessId[] = [],
): readonly ProcessId[] {
  const least = Math.floor(partitions / workers.length)
  const owned = new Map(workers.map((worker) => [worker, 0]))
  for (const owner of previous) if (owned.has(owner)) owned.set(owner, owned.get(owner)! + 1)
  // Of those that have one more than the least, who had more before comes first: it need not give that away.
  const rank = (worker: ProcessId): number => (owned.get(worker)! > least ? 0 : 1)
  const byRank = workers.toSorted((a, b) => rank(a) - rank(b))
  const more = partitions % workers.length
  /** How many a worker may still be given. */
  const room = new Map(byRank.map((worker, place) => [worker, least + (place < more ? 1 : 0)]))
  const take = (worker: ProcessId): boolean => {
    const left = room.get(worker) ?? 0
    if (left > 0) room.set(worker, left - 1)
    return left > 0
  }
  const kept = Array.from({ length: partitions }, (_, partition) => {
    const owner = previous[partition]
    return owner !== undefined && take(owner) ? owner : undefined
  })
  let turn = 0
  return kept.map((owner) => {
    if (owner !== undefined) return owner
    while (!take(workers[turn % workers.length]!)) turn += 1
    const next = workers[turn % workers.length]!
    turn += 1
    return next
  })
}

/** Live workers of a membership, ascending. */
export function liveWorkers(membership: Membership, workers: number): readonly ProcessId[] {
  return membership.members
    .filter(({ process, state }) => process < workers && state === 'live')
    .map(({ process }) => process)
    .sort((a, b) => a - b)
}

export function partitionsOf(
  membership: Pick<Membership, 'placement'>,
  worker: ProcessId,
): readonly PartitionId[] {
  const owned: PartitionId[] = []
  for (let p = 0; p < membership.placement.length; p++) {
    if (membership.placement[p] === worker) owned.push(p)
  }
  return owned
}
