/** Bugs of plans, and of the oracles that were written from what the plans are to mean. */
import type { PlantedBug } from './planted-bug.ts'

export const WORKLOADS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a bid in the interval in which its auction closes is in time',
    file: 'workloads/nexmark/auctions.ts',
    find: 'time: ([kind]) => kind }',
    replace: 'time: ([kind]) => (kind === CLOSED ? BID + 1 : kind) }',
    caughtBy: 'timely: auctions, killed',
    needs: 'nothing',
  },
  {
    name: 'the oracle lets a view wait for clicks an interval too long',
    file: 'workloads/join/oracle.ts',
    find: 'if (tick > length) {',
    replace: 'if (tick > length + interval) {',
    caughtBy: 'timely: clicks',
    needs: 'nothing',
  },
  {
    name: 'a stale answer knows the edges of its interval',
    file: 'workloads/interactive/workload.ts',
    find: 'answer: isFresh ? label : before',
    replace: 'answer: label',
    caughtBy: 'timely: stale answers',
    needs: 'nothing',
  },
  {
    name: 'the oracle does not tell of the larger set when it falls',
    file: 'workloads/connected-components/union-find.ts',
    find: '? larger : smaller\n',
    replace: '? smaller : smaller\n',
    caughtBy: 'timely: components',
    needs: 'nothing',
  },
]
