/** Bugs of answers to queries. */
import type { PlantedBug } from './planted-bug.ts'

export const QUERIES_BUGS: readonly PlantedBug[] = [
  {
    name: 'a block is freed while a query reads it',
    file: 'engines/dstream/worker/query-reader.ts',
    find: `    this.#answer(ask)
    this.#store.unpin(ask.key)`,
    replace: `    this.#store.unpin(ask.key)
    this.#answer(ask)`,
    caughtBy: 'dstream: queried',
    needs: 'nothing',
  },
  {
    name: 'an answer is made of two ticks',
    file: 'engines/core/queries/answer.ts',
    find: 'const gathered = parts.get(part.tick) ??',
    replace: 'const gathered = [...parts.values()].at(-1) ??',
    caughtBy: 'dstream: queried, killed, far apart',
    needs: 'a kill',
  },
  {
    name: 'checkpoints forget what a slice will read',
    file: 'engines/dstream/rdd/lineage.ts',
    find: 'for (const made of versions) if (made < last)',
    replace: 'for (const made of versions) if (made > batch)',
    caughtBy: 'dstream: queried',
    needs: 'nothing',
  },
]
