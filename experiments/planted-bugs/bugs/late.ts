/** Bugs of event time: which records are late for a window, and that each is counted once. */
import type { PlantedBug } from './planted-bug.ts'

export const LATE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a window closes one period before its slack is over',
    file: 'engines/core/plan/event-time.ts',
    find: 'return Math.ceil((end + lateness) / period) * period',
    replace: 'return Math.ceil((end + lateness) / period) * period - period',
    caughtBy: 'timely: late',
    needs: 'nothing',
  },
  {
    name: 'a window holds what happened at its end',
    file: 'engines/core/plan/event-time.ts',
    find: 'const from = (Math.floor((at as Nanos) / slide) + 1) * slide',
    replace: 'const from = Math.ceil((at as Nanos) / slide) * slide',
    caughtBy: 'timely: late',
    needs: 'nothing',
  },
  {
    name: 'times are those of the first records where the pool begins anew',
    file: 'engines/timely/operators/source.ts',
    find: '      this.#at += range.count\n',
    replace: '',
    caughtBy: 'timely: late',
    needs: 'nothing',
  },
  {
    name: 'a late record is counted twice after a kill',
    file: 'engines/timely/operators/source.ts',
    find: 'this.#next.push(log.dueBefore(partition, start))',
    replace: 'this.#next.push(Math.max(0, log.dueBefore(partition, start) - 1))',
    caughtBy: 'timely: late, killed',
    needs: 'a kill',
  },
  {
    name: 'what came for a period so far is gathered in place, where it is to be cloned',
    file: 'engines/dstream/dstream/partials.ts',
    find: 'earlier ? task.clone(earlier) :',
    replace: 'earlier ? earlier :',
    caughtBy: 'dstream: late',
    needs: 'nothing',
  },
  {
    name: 'a checkpoint leaves out what came since the last end of a period',
    file: 'engines/timely/operators/evolve.ts',
    find: 'return [this.#arrived?.save(), this.#states.save()]',
    replace: 'return [undefined, this.#states.save()]',
    caughtBy: 'timely: late, killed',
    needs: 'a kill',
  },
  {
    name: 'the lineage of what came since the last end of a period is forgotten',
    file: 'engines/dstream/dstream/evolved-dstream.ts',
    find: '    this.#partials.unfinished(batch, visit)\n',
    replace: '',
    caughtBy: 'dstream: late, killed, pushed',
    needs: 'a kill',
  },
  {
    name: 'the oracle takes the lateness of the record before',
    file: 'workloads/oracle-disorder.ts',
    find: 'latenessOf(disorder, partition, index)',
    replace: 'latenessOf(disorder, partition, Math.max(0, index - 1))',
    caughtBy: 'timely: late',
    needs: 'nothing',
  },
]
