/** Bugs of copies of late tasks: nobody sees them where all workers are alike. */
import type { PlantedBug } from './planted-bug.ts'

export const COPIES_BUGS: readonly PlantedBug[] = [
  {
    name: 'what an outlived attempt reads goes with the first result',
    file: 'engines/dstream/scheduler/job-scheduler.ts',
    find: '    if (!isRead) {',
    replace: '    if (isRead !== null) {',
    caughtBy: 'dstream: copies, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'a task that is dropped does not wait for what it has asked for',
    file: 'engines/dstream/worker/gathering.ts',
    find: '      task.isDropped = true\n',
    replace: '      task.isDropped = true\n      this.complete(task)\n',
    caughtBy: 'dstream: copies, hard to reach',
    needs: 'an interleaving',
  },
  {
    name: 'a checkpoint does not wait for attempts that are outlived',
    file: 'engines/dstream/scheduler/job-scheduler.ts',
    find: 'Math.min(this.completed, read - 1)',
    replace: 'this.completed',
    caughtBy: 'dstream: copies, hard to reach',
    needs: 'an interleaving',
  },
  {
    name: 'both results of a task are taken',
    file: 'engines/dstream/scheduler/job-scheduler.ts',
    find: 'if (this.#speculation?.outlived(worker, done)) {',
    replace: 'if (done.dropped && this.#speculation?.outlived(worker, done)) {',
    caughtBy: 'dstream: copies, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'who copies a task is not told where its tables lie',
    file: 'engines/dstream/scheduler/task-scheduler.ts',
    find: 'if (holder >= 0 && holder !== worker) launch',
    replace: 'if (holder < 0) launch',
    caughtBy: 'dstream: copies',
    needs: 'an interleaving',
  },
  {
    name: 'a task that calls a function is copied',
    file: 'engines/dstream/scheduler/speculation.ts',
    find: 'calls && commitsAt(batch)',
    replace: 'calls && !commitsAt(batch)',
    caughtBy: 'dstream: copies, called',
    needs: 'an interleaving',
  },
  {
    name: 'who has won is told to stop',
    file: 'engines/dstream/scheduler/stragglers.ts',
    find: 'loser: wonByCopy ? first : copy',
    replace: 'loser: wonByCopy ? copy : first',
    caughtBy: 'dstream: copies',
    needs: 'an interleaving',
  },
  {
    name: 'a task that is late is copied again and again',
    file: 'engines/dstream/scheduler/stragglers.ts',
    find: 'if (course.firsts[p] !== late + 1 || course.copies[p] !== 0) continue',
    replace: 'if (course.firsts[p] !== late + 1) continue',
    caughtBy: 'dstream: copies',
    needs: 'an interleaving',
  },
]
