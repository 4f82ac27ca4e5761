/** Bugs of what outputs do before they are committed. */
import type { PlantedBug } from './planted-bug.ts'

export const OUTPUTS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a commit does not wait for its file',
    file: 'engines/timely/operators/sink.ts',
    find: 'if (!effect.done) return false',
    replace: '',
    caughtBy: 'timely: saved',
    needs: 'nothing',
  },
  {
    name: 'a task commits before its files are durable',
    file: 'engines/dstream/worker/executor.ts',
    find: 'effect.done ? this.#world.ledger.commit(commit)',
    replace: 'effect ? this.#world.ledger.commit(commit)',
    caughtBy: 'dstream: saved',
    needs: 'nothing',
  },
  {
    name: 'the name of a file tells the generation',
    file: 'engines/dstream/worker/executor.ts',
    find: 'effects.begin(pending.commit, pending.rows)',
    replace:
      'effects.begin({ ...pending.commit, partition: pending.commit.partition + "-again".repeat(generation() - 1) }, pending.rows)',
    caughtBy: 'dstream: saved, killed',
    needs: 'a kill',
  },
  {
    name: 'the rows of a file are in the order in which they came',
    file: 'engines/core/output/saved-file.ts',
    find: '.sort(byText)',
    replace: '',
    caughtBy: 'timely: saved',
    needs: 'nothing',
  },
  {
    name: 'what storage could not write is taken for written',
    file: 'engines/core/output/output-effects.ts',
    find: "if (outcome === 'done') {",
    replace: "if (outcome !== 'contradicted') {",
    caughtBy: 'timely: saved, torn',
    needs: 'an interleaving',
  },
  {
    name: 'a function is called after the commit',
    file: 'engines/core/output/output-effects.ts',
    find: 'this.#call(output.node, rows, place.tick)',
    replace: 'this.late?.(); this.late = () => this.#call(output.node, rows, place.tick)',
    caughtBy: 'dstream: called, and it throws',
    needs: 'nothing',
  },
]
