/** Who is in which replica, and which one a worker gives up. */
import { describe, expect, it } from 'vitest'
import { RecoveryError } from '../../core/errors.ts'
import { ANY_GENERATION, type Membership } from '../../core/membership/membership.ts'
import { milliseconds } from '../../core/units.ts'
import { membershipOfReplica, replicaOf, replicaToGiveUp } from './active-standby.ts'

const config = {
  workers: 4,
  partitions: 5,
  replacement: 'survivors',
  detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
} as const

it.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [2, [2, 3]],
  [3, [2, 3]],
] as const)('worker %d of four is in the replica of %j', (worker, replica) => {
  expect(replicaOf(worker, config)).toEqual(replica)
})

it('of two workers each is a replica', () => {
  expect(replicaOf(0, { workers: 2 })).toEqual([0])
  expect(replicaOf(1, { workers: 2 })).toEqual([1])
})

it('a replica has all partitions, and sees nobody else', () => {
  const membership: Membership = {
    generation: 3,
    term: 1,
    members: [0, 1, 2, 3].map((process) => ({ process, incarnation: 2, state: 'live' as const })),
    placement: [0, 1, 2, 3, 0],
  }
  const seen = membershipOfReplica([2, 3], membership, config)
  expect(seen.generation).toBe(ANY_GENERATION)
  expect(seen.members.map(({ process }) => process)).toEqual([2, 3])
  expect(seen.placement).toEqual([2, 3, 2, 3, 2])
})

describe('given up', () => {
  const live = [0, 1, 2, 3]
  const gone = (self: number, suspected: readonly number[], among: readonly number[] = live) =>
    replicaToGiveUp({ self, suspected, live: among }, config)

  it('is the replica of who is suspected', () => {
    expect(gone(0, [1])).toEqual([0, 1])
    expect(gone(2, [1])).toEqual([0, 1])
    expect(gone(2, [0, 1])).toEqual([0, 1])
    expect(gone(0, [3])).toEqual([2, 3])
  })

  it('is one’s own, by a worker that hears of nobody or of some of either', () => {
    expect(gone(1, [0, 2, 3])).toEqual([0, 1])
    expect(gone(0, [1, 2])).toEqual([0, 1])
    expect(gone(3, [1, 2])).toEqual([2, 3])
  })

  it('is never the last one, unless it is begun again', () => {
    expect(() => gone(2, [3], [2, 3])).toThrow(RecoveryError)
    const respawn = { ...config, replacement: 'respawn' } as const
    expect(replicaToGiveUp({ self: 2, suspected: [3], live: [2, 3] }, respawn)).toEqual([2, 3])
  })
})
