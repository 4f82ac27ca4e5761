/** Bugs of a driver that takes over from another: what it forgets, and what it takes for granted. */
import type { PlantedBug } from './planted-bug.ts'

export const DRIVER_BUGS: readonly PlantedBug[] = [
  {
    name: 'a new driver forgets the horizon',
    file: 'engines/dstream/scheduler/driver.ts',
    find: 'this.#checkpoints.restore(found)',
    replace: 'this.#checkpoints.restore({ ...found, checkpoints: [] })',
    caughtBy: 'dstream: driver and worker killed, pushed',
    needs: 'a kill',
  },
  {
    name: 'a new driver knows the horizon, and not which tables are durable there',
    file: 'engines/dstream/recovery/checkpoint.ts',
    find: 'if (horizon === 0) return',
    replace: 'if (horizon >= 0) return',
    caughtBy: 'dstream: driver and worker killed, pushed',
    needs: 'a kill',
  },
  {
    name: 'a new driver skips the batch that was open',
    file: 'engines/dstream/scheduler/job-generator.ts',
    find: 'this.#open = completed + 1',
    replace: 'this.#open = completed + 2',
    caughtBy: 'dstream: driver killed',
    needs: 'a kill',
  },
  {
    name: 'a record takes the oldest batch under way for completed',
    file: 'engines/dstream/scheduler/job-scheduler.ts',
    find: 'return oldest - 1',
    replace: 'return oldest',
    caughtBy: 'dstream: driver killed',
    needs: 'a kill',
  },
  {
    name: 'a batch that was read for the driver before is taken for reduced',
    file: 'engines/dstream/scheduler/job.ts',
    find: 'for (const partition of done.get(stage.id) ?? [])',
    replace: 'for (const partition of done.get(0) ?? [])',
    caughtBy: 'dstream: driver killed, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'workers that wait for a new driver do not look for each other',
    file: 'engines/dstream/worker/driver-watch.ts',
    find: 'this.#isOverdue(membership) ? liveWorkers(membership, this.#driver) : []',
    replace: '[]',
    caughtBy: 'dstream: driver killed, a worker stands still for good',
    needs: 'an interleaving',
  },
  {
    name: 'who was missed for a while is replaced with the driver',
    file: 'engines/dstream/worker/driver-watch.ts',
    find: 'silence.gapNs - silence.awayNs <= timeout',
    replace: 'silence.gapNs < 0',
    caughtBy:
      'dstream: driver killed, one worker stands still for good and one for a while, pushed',
    needs: 'an interleaving',
  },
  {
    name: 'a question that waits is forgotten with the driver',
    file: 'engines/dstream/scheduler/query-scheduler.ts',
    find: 'turns[query] = Math.min(turns[query]!, turn)',
    replace: 'turns[query] = Math.max(turns[query]!, turn)',
    caughtBy: 'dstream: queried, driver killed',
    needs: 'a kill',
  },
]
