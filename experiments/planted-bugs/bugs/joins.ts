/** Bugs of joins: which values of a key meet. */
import type { PlantedBug } from './planted-bug.ts'

export const JOINS_BUGS: readonly PlantedBug[] = [
  {
    // Of what was gathered elsewhere, or in a later tick of the period, once both sides have come.
    name: 'a join drops a side at a boundary',
    file: 'engines/core/plan/gathering.ts',
    find: 'gather(into[1], more[1])',
    replace: 'if (into[0].length === 0 || into[1].length === 0) gather(into[1], more[1])',
    caughtBy: 'timely: a join',
    needs: 'nothing',
  },
  {
    name: 'a joined table forgets the events of earlier periods',
    file: 'engines/core/plan/joins.ts',
    find: '[...events, ...come]',
    replace: 'come',
    caughtBy: 'dstream: a joined table, killed',
    needs: 'nothing',
  },
]
