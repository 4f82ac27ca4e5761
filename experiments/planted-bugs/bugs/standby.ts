/** Bugs of a dataflow that runs twice: what a replica is, and what becomes of it when the other one loses a worker. */
import type { PlantedBug } from './planted-bug.ts'

export const STANDBY_BUGS: readonly PlantedBug[] = [
  {
    name: 'one replica of two commits nothing',
    file: 'engines/timely/operators/new-sinks.ts',
    find: 'partitions: partitionsAt(single, membership.placement, world.process),',
    replace:
      "partitions: config.timely.recovery === 'active-standby' && world.process === 0 ? [] : partitionsAt(single, membership.placement, world.process),",
    caughtBy: 'timely: standby, killed',
    needs: 'a kill',
  },
  {
    name: 'partitions are spread over both replicas',
    file: 'engines/timely/recovery/active-standby.ts',
    find: 'placement: placePartitions(partitions, replica),',
    replace: 'placement: membership.placement,',
    caughtBy: 'timely: standby, killed',
    needs: 'nothing',
  },
  {
    name: 'a replica is over with the membership in which it began',
    file: 'engines/timely/recovery/active-standby.ts',
    find: 'generation: ANY_GENERATION,',
    replace: 'generation: membership.generation,',
    caughtBy: 'timely: standby, killed',
    needs: 'a kill',
  },
  {
    name: 'who has lost nobody of its replica gives it up',
    file: 'engines/timely/recovery/active-standby.ts',
    find: 'if (!suspected.some(',
    replace: 'if (suspected.some(',
    caughtBy: 'timely: standby, killed',
    needs: 'a kill',
  },
  {
    name: 'the rest of a replica waits for a fresh worker',
    file: 'engines/timely/scheduling/successor.ts',
    find: 'if (!isReplicated) return suspected',
    replace: 'if (self >= 0) return suspected',
    caughtBy: 'timely: standby, begun again, far apart',
    needs: 'a kill',
  },
  {
    name: 'a replica that nobody has left begins again',
    file: 'engines/timely/scheduling/worker.ts',
    find: 'isLive && isReplicated && this.#deployment !== undefined',
    replace: 'isLive && isReplicated && membership.generation < 1',
    caughtBy: 'timely: standby, begun again, far apart',
    needs: 'a kill',
  },
  {
    name: 'a fresh replica leaves out the first tick',
    file: 'engines/timely/scheduling/worker.ts',
    find: 'this.#deploy({ epoch: 0, resumesAt: 0, states: [], kept: [], log: [] })',
    replace:
      'this.#deploy({ epoch: generation === 1 ? 0 : 1, resumesAt: generation === 1 ? 0 : 1, states: [], kept: [], log: [] })',
    caughtBy: 'timely: standby, begun again, far apart',
    needs: 'a kill',
  },
  {
    name: 'who stands still is waited for, though nobody is left who could miss it',
    file: 'engines/core/world/simulated/lives.ts',
    find: 'if (behind.length === 0 || isSomebodyLeft) return',
    replace: 'if (behind.length >= 0) return',
    caughtBy: 'timely: standby, one stands still for good as the other is given up',
    needs: 'a fault',
  },
]
