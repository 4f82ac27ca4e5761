/** Bugs of loops in plans: what belongs to a round, and when it begins. */
import type { PlantedBug } from './planted-bug.ts'

export const LOOPS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a loop goes around once more than it may',
    file: 'engines/timely/operators/loop-border.ts',
    find: 'if (time[time.length - 1]! + 1 < rounds)',
    replace: 'if (time[time.length - 1]! < rounds)',
    caughtBy: 'loop: three rounds',
    needs: 'nothing',
  },
  {
    name: 'a round is counted from one',
    file: 'engines/timely/progress/path-summary.ts',
    find: 'return { keep: depth, increment: 0, suffix: [0] }',
    replace: 'return { keep: depth, increment: 0, suffix: [1] }',
    caughtBy: 'loop: three rounds',
    needs: 'nothing',
  },
  {
    name: 'an epoch enters a loop while the one before goes around',
    file: 'engines/timely/operators/loop-vertex.ts',
    find: 'lastTimeOf(epoch - 1, time.length - 1)',
    replace: 'lastTimeOf(epoch - 2, time.length - 1)',
    caughtBy: 'loop: components, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'a round folds rows of the next',
    file: 'engines/timely/operators/round-stash.ts',
    find: 'if (equalTimes(round.time, time)) return round',
    replace: 'if (round.time[0] === time[0]) return round',
    caughtBy: 'loop: three rounds, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'a result is the row of the first round',
    file: 'engines/core/plan/loops.ts',
    find: 'const [, state] = arrived.at(-1) as Item',
    replace: 'const [, state] = arrived.at(0) as Item',
    caughtBy: 'loop: components',
    needs: 'nothing',
  },
  {
    name: 'a fresh loop in a loop keeps what the round before left',
    file: 'engines/timely/operators/loop-vertex.ts',
    find: 'stage.loops.findLastIndex(({ fresh }) => fresh) + 1',
    replace: 'Math.min(1, stage.loops.findLastIndex(({ fresh }) => fresh) + 1)',
    caughtBy: 'loop: a fresh loop in a loop',
    needs: 'nothing',
  },
  {
    name: 'a loop takes in a tick before its interval is over',
    file: 'engines/core/plan/dataflow-builder.ts',
    find: "if (this.#operators[from]!.period !== 'tick') return head",
    replace: "if (this.#operators[from]!.period !== 'tick' || from >= 0) return head",
    caughtBy: 'loop: a captured table',
    needs: 'nothing',
  },
  {
    name: 'a checkpoint leaves out the tables of loops',
    file: 'engines/timely/recovery/checkpoint.ts',
    find: 'for (const { id } of setup.dataflow.operators) {',
    replace:
      'for (const { id, loops } of setup.dataflow.operators) {\n      if (loops.length > 0) continue',
    caughtBy: 'loop: components, killed, far apart',
    needs: 'a kill',
  },
  {
    name: 'a fresh loop goes on from a checkpoint',
    file: 'engines/timely/operators/loop-vertex.ts',
    find: '!(before && equalTimes(before.slice(0, depth), time.slice(0, depth)))',
    replace: 'before && !equalTimes(before.slice(0, depth), time.slice(0, depth))',
    caughtBy: 'timely: pages, killed',
    needs: 'a kill',
  },
]
