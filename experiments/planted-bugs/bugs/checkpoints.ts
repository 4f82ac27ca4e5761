/** Bugs of how checkpoints are taken: a partition after the other, and what becomes of one that storage refuses. */
import type { PlantedBug } from './planted-bug.ts'

export const CHECKPOINTS_BUGS: readonly PlantedBug[] = [
  {
    name: 'sources go on while partitions are copied',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: "    this.#state = 'copying'\n",
    replace: "    this.#state = 'copying'\n    deployment.pauseAt(Number.POSITIVE_INFINITY)\n",
    caughtBy: 'timely: much is copied, killed',
    needs: 'a kill',
  },
  {
    name: 'the last partition of a worker is not copied, and the first one twice',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'deployment.partitions[states.length]',
    replace: 'deployment.partitions[Math.max(0, states.length - 1)]',
    caughtBy: 'timely: running, killed',
    needs: 'a kill',
  },
  {
    name: 'input is given back up to the newest checkpoint',
    file: 'engines/timely/recovery/checkpoint-store.ts',
    find: 'this.#durable.length < 2 ? 0 : this.#durable[0]!.epoch',
    replace: 'this.#durable.at(-1)!.epoch',
    caughtBy: 'timely: pushed, killed, the newest checkpoint lost',
    needs: 'a fault',
  },
  {
    name: 'nobody says that it has copied all',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: "    send(store.coordinator, { kind: 'captured', epoch })\n",
    replace: '',
    caughtBy: 'timely: running',
    needs: 'nothing',
  },
  {
    name: 'a checkpoint counts although storage has refused a part of it',
    file: 'engines/dstream/recovery/checkpoint.ts',
    find: 'if (open.refusal !== undefined) return this.#fail(open, open.refusal)',
    replace: '',
    caughtBy: 'dstream: running, killed while the disk is full',
    needs: 'a kill',
  },
  {
    name: 'the checkpoint before goes with one that failed',
    file: 'engines/dstream/recovery/checkpoint.ts',
    find: 'RETRY_AFTER\n    this.#removeFiles(open)',
    replace: 'RETRY_AFTER\n    this.#removeFiles(this.#checkpoints.at(-1) ?? open)',
    caughtBy: 'dstream: running, killed while the disk is full',
    needs: 'a kill',
  },
  {
    name: 'nobody says that storage has refused a file',
    file: 'engines/dstream/worker/checkpoint-writer.ts',
    find: 'else this.#options.ended({ batch, partition, bytes: 0, refusal: reason ?? outcome })',
    replace: '',
    caughtBy: 'dstream: running, resized, the disk is full',
    needs: 'an interleaving',
  },
]
