/** What follows a membership in which workers were lost: who is lost with them, and others in their place, or none. */
import {
  liveWorkers,
  type Member,
  type Membership,
  placePartitions,
} from '../../core/membership/membership.ts'
import type { RunConfig } from '../../core/run-config.ts'
import type { ProcessId } from '../../core/units.ts'
import { replicaToGiveUp } from '../recovery/active-standby.ts'

/** Who is given up when some are suspected: these; of active standby, all of a replica. */
export function lostWith(
  suspected: readonly ProcessId[],
  membership: Membership,
  by: { readonly self: ProcessId; readonly isReplicated: boolean; readonly config: RunConfig },
): readonly ProcessId[] {
  const { self, isReplicated, config } = by
  if (!isReplicated) return suspected
  const live = liveWorkers(membership, config.workers)
  return replicaToGiveUp({ self, suspected, live }, config)
}

/** Respawn: a fresh life of each, with its partitions; else the others take these. */
export function successorOf(
  membership: Membership,
  lost: readonly ProcessId[],
  { workers, partitions, replacement }: Pick<RunConfig, 'workers' | 'partitions' | 'replacement'>,
): Omit<Membership, 'generation'> {
  const { term, placement } = membership
  const respawn = replacement === 'respawn'
  const members = membership.members.map((member): Member => {
    if (!lost.includes(member.process) || member.state !== 'live') return member
    return respawn
      ? { ...member, incarnation: member.incarnation + 1 }
      : { ...member, state: 'dead' }
  })
  if (respawn) return { term, members, placement }
  const live = liveWorkers({ ...membership, members }, workers)
  return { term, members, placement: placePartitions(partitions, live, placement) }
}
