/**
 * Who is in the run: generations, incarnations, terms, and the placement of partitions.
 *
 * One authority per world issues memberships by compare-and-set; no fault can kill it (documented in
 * `engines/README.md`). Every message, commit, block report and checkpoint carries the generation it was made in; what
 * is stale is dropped and counted. A process whose incarnation is no longer the one in the membership is fenced: it
 * stops, and a replacement starts empty under the next incarnation.
 */
import type { PartitionId, ProcessId } from '../units.ts'

/**
 * Stamped on what no new generation makes stale: it is good for as long as the lives of those last who send, receive or commit it.
 * Greater than any generation that there will be, and the greatest that a frame or a commit has room for.
 */
export const ANY_GENERATION = 0xffff_ffff

export type MemberState = 'live' | 'dead'

export interface Member {
  readonly process: ProcessId
  /** Life number of this process, from 1. A higher number than the running one asks the world for a replacement. */
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

/** Spreads partitions over the live workers: partition p stays where it was if its owner lives, else goes round robin. */
export function placePartitions(
  partitions: number,
  workers: readonly ProcessId[],
  previous?: readonly ProcessId[],
): readonly ProcessId[] {
  const live = new Set(workers)
  const share = Math.ceil(partitions / workers.length)
  const load = new Map(workers.map((worker) => [worker, 0]))
  const placement: (ProcessId | undefined)[] = new Array(partitions).fill(undefined)
  if (previous) {
    for (let p = 0; p < partitions; p++) {
      const owner = previous[p]!
      if (live.has(owner) && load.get(owner)! < share) {
        placement[p] = owner
        load.set(owner, load.get(owner)! + 1)
      }
    }
  }
  let turn = 0
  return placement.map((owner) => {
    if (owner !== undefined) return owner
    while (load.get(workers[turn % workers.length]!)! >= share) turn += 1
    const next = workers[turn % workers.length]!
    turn += 1
    load.set(next, load.get(next)! + 1)
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
