/** Bugs of workers that join and leave: what moves with them, and when. */
import type { PlantedBug } from './planted-bug.ts'

export const RESIZE_BUGS: readonly PlantedBug[] = [
  {
    name: 'partitions stay with who has left',
    file: 'engines/core/membership/resize.ts',
    find: 'return { term, members: next, placement: placePartitions(partitions, ids, placement) }',
    replace: 'return { term, members: next, placement }',
    caughtBy: 'timely: running, resized',
    needs: 'nothing',
  },
  {
    name: 'the state of partitions that move is left behind',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'const copied = store.copy(operators, partition)',
    replace:
      'const copied = this.#options.changesAt(epoch) ? [] : store.copy(operators, partition)',
    caughtBy: 'timely: running, resized',
    needs: 'nothing',
  },
  {
    name: 'who joins reads from where the last tick began',
    file: 'engines/timely/operators/source.ts',
    find: 'const start = ticks.endOf(input.epoch)',
    replace: 'const start = ticks.endOf(Math.max(0, input.epoch - 1))',
    caughtBy: 'timely: windows, inverse, resized',
    needs: 'nothing',
  },
  {
    name: 'sources go on while workers are about to join or to leave',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'if (captured.length === workers.length && !changesAt(epoch)) this.#resume(epoch)',
    replace: 'if (captured.length === workers.length) this.#resume(epoch)',
    caughtBy: 'timely: running, resized, a slow disk',
    needs: 'an interleaving',
  },
  {
    name: 'who waits for a checkpoint that failed goes on waiting',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'if (this.#options.changesAt(epoch)) this.#resume(epoch)',
    replace: '',
    caughtBy: 'timely: running, resized, the disk is full',
    needs: 'an interleaving',
  },
  {
    name: 'who leaves is stopped before its tables are durable',
    file: 'engines/dstream/scheduler/driver.ts',
    find: 'this.#checkpoints.isDurableAtEnd',
    replace: 'this.#checkpoints.isAtEnd',
    caughtBy: 'dstream: windows, inverse, resized',
    needs: 'an interleaving',
  },
  {
    name: 'batches go on while workers are about to join or to leave',
    file: 'engines/dstream/scheduler/driver.ts',
    find: 'if (isChanging && this.#checkpoints.isAtEnd) return',
    replace: 'if (isChanging && this.#checkpoints.isDurableAtEnd) return',
    caughtBy: 'dstream: running, resized, a slow disk',
    needs: 'an interleaving',
  },
  {
    name: 'a worker that joins is not told where tables are saved',
    file: 'engines/dstream/scheduler/task-scheduler.ts',
    find: 'const isKnown = queue.horizon === horizon',
    replace: 'const isKnown = true',
    caughtBy: 'dstream: running, resized',
    needs: 'nothing',
  },
]
