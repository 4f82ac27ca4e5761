/** Bugs of snapshots that are taken while all go on: what belongs to one, and when it exists. */
import type { PlantedBug } from './planted-bug.ts'

export const SNAPSHOTS_BUGS: readonly PlantedBug[] = [
  {
    name: 'the first epoch behind a border is let in before the copy',
    file: 'engines/timely/operators/stage-border.ts',
    find: 'return epoch >= this.#epoch',
    replace: 'return epoch > this.#epoch',
    caughtBy: 'timely: snapshots of windows, killed',
    needs: 'a kill',
  },
  {
    name: 'rows that came early are let in before the copy',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'take(period, this.border.epoch, ',
    replace: 'take(period, Number.POSITIVE_INFINITY, ',
    caughtBy: 'timely: snapshots, killed, far apart',
    needs: 'a kill',
  },
  {
    name: 'what waited at a border is let in with the period after it',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'for (const operator of this.operators) this.#letIn(operator)',
    replace: 'for (const operator of this.operators.slice(1)) this.#letIn(operator)',
    caughtBy: 'timely: snapshots, killed, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'a manifest lacks a partition',
    file: 'engines/timely/recovery/checkpoint-store.ts',
    find: 'states: states.toSorted((a, b) => a.partition - b.partition),',
    replace: 'states: states.toSorted((a, b) => a.partition - b.partition).slice(1),',
    caughtBy: 'timely: snapshots, killed, far apart',
    needs: 'a kill',
  },
]
