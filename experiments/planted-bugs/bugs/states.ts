/** Bugs of states that are stepped: `track`, and what else is made of `evolve`. */
import type { PlantedBug } from './planted-bug.ts'

export const STATES_BUGS: readonly PlantedBug[] = [
  {
    name: 'a timeout comes one period early',
    file: 'engines/core/plan/tracking.ts',
    find: 'undefined : end + timeout)',
    replace: 'undefined : end + timeout - period)',
    caughtBy: 'timely: sessions',
    needs: 'nothing',
  },
  {
    name: 'a key leaves though an event came when it was due',
    file: 'engines/core/tables/state-table.ts',
    find: '      if (arrived !== undefined) {\n',
    replace: '      stepped += this.#stepDue(end, records)\n      if (arrived !== undefined) {\n',
    caughtBy: 'timely: sessions',
    needs: 'nothing',
  },
  {
    name: 'events do not put off a timeout',
    file: 'engines/core/tables/state-table.ts',
    find: 'this.#due.set(slot, next.dueAt)',
    replace: 'if ((this.#due.dueAt[slot] ?? 0) === 0) this.#due.set(slot, next.dueAt)',
    caughtBy: 'timely: sessions',
    needs: 'nothing',
  },
  {
    name: 'a table of states is loaded without its timeouts',
    file: 'engines/core/tables/state-table.ts',
    find: 'dueAt.push(cursor.contributions)',
    replace: 'dueAt.push(0)',
    caughtBy: 'timely: sessions, killed',
    needs: 'a kill',
  },
  {
    name: 'states are advanced in place, where they are to be cloned',
    file: 'engines/dstream/dstream/evolved-dstream.ts',
    find: 'earlier ? task.clone(earlier) :',
    replace: 'earlier ? earlier :',
    caughtBy: 'dstream: sessions, killed',
    needs: 'a kill',
  },
]
