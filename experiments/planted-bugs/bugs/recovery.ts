/** Bugs that a fault brings to light, or fences that let one through. */
import type { PlantedBug } from './planted-bug.ts'

export const RECOVERY_BUGS: readonly PlantedBug[] = [
  {
    name: 'rows that were evicted count as here',
    file: 'engines/dstream/scheduler/block-tracker.ts',
    find: "if (kind === 'shuffle') blocks.fill(0,",
    replace: "if (kind !== 'shuffle') blocks.fill(0,",
    caughtBy: 'dstream: running, many rows, killed',
    needs: 'a kill',
  },
  {
    name: 'a checkpoint is taken before the dataflow has drained',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'deployment.passed(this.#epoch)',
    replace: 'deployment.passed(this.#epoch - 1)',
    caughtBy: 'timely: running, killed',
    needs: 'a kill',
  },
  {
    name: 'a rollback restores one epoch too late',
    file: 'engines/timely/recovery/rollback.ts',
    find: 'this.#read = { epoch, resumesAt,',
    replace: 'this.#read = { epoch: epoch + 1, resumesAt: resumesAt + 1,',
    caughtBy: 'timely: running, killed',
    needs: 'a kill',
  },
  {
    name: 'a dead worker’s blocks stay in the tracker',
    file: 'engines/dstream/scheduler/block-tracker.ts',
    find: 'return worker >= 0 && this.#live[worker] === blocks[at + 1] ? worker : -1',
    replace: 'return worker >= 0 ? worker : -1',
    caughtBy: 'dstream: running, killed',
    needs: 'a kill',
  },
  {
    name: 'a batch does not wait for the state of the one before',
    file: 'engines/dstream/dstream/state-dstream.ts',
    find: 'if (previous > 0) visit(this.state, previous)',
    replace: 'if (previous < 0) visit(this.state, previous)',
    caughtBy: 'dstream: running, killed',
    needs: 'an interleaving',
  },
  {
    name: 'a commit of an older generation is accepted',
    file: 'engines/core/world/simulated/simulated-ledger.ts',
    find: 'if (commit.generation < at.generation) {',
    replace: 'if (commit.generation > at.generation) {',
    caughtBy: 'ledger',
    needs: 'an interleaving',
  },
  {
    name: 'silence counts while nobody listens',
    file: 'engines/core/membership/failure-detector.ts',
    find: 'const away = now - this.#beatAt',
    replace: 'const away = 0',
    caughtBy: 'timely: long steps',
    needs: 'an interleaving',
  },
  {
    name: 'a commit of an older generation is accepted on threads',
    file: 'engines/core/world/threads/commit-ring.ts',
    find: 'if (generation() > commit.generation) {',
    replace: 'if (generation() < commit.generation) {',
    caughtBy: 'ledger',
    needs: 'an interleaving',
  },
]
