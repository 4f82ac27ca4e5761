/** Bugs of logical time: what belongs to a tick, and when it is over. */
import type { PlantedBug } from './planted-bug.ts'

export const PROGRESS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a batch closes one tick early',
    file: 'engines/dstream/scheduler/job-generator.ts',
    find: 'this.#ticks.endOf(this.#open) <= complete',
    replace: 'this.#ticks.endOf(this.#open - 1) <= complete',
    caughtBy: 'dstream: grep',
    needs: 'nothing',
  },
  {
    name: 'a record due at the end of a tick is read in it',
    file: 'engines/timely/operators/source.ts',
    find: 'Math.min(log.dueBefore(partition, target), ',
    replace: 'Math.min(log.dueBefore(partition, target + 1), ',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'rows are committed with the tick after theirs',
    file: 'engines/timely/operators/sink.ts',
    find: 'const due = nextEmission(this.#options.period, epoch)',
    replace: 'const due = nextEmission(this.#options.period, epoch + 1)',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'feedback does not count',
    file: 'engines/timely/progress/path-summary.ts',
    find: 'return { keep: depth, increment: 1, suffix: NO_COUNTERS }',
    replace: 'return { keep: depth, increment: 0, suffix: NO_COUNTERS }',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'a precursor that is gone still counts',
    file: 'engines/timely/progress/progress-tracker.ts',
    find: 'other.precursors -= 1',
    replace: 'other.precursors -= 0',
    caughtBy: 'loop',
    needs: 'nothing',
  },
  {
    name: 'a message on its way is not counted',
    file: 'engines/timely/progress/progress-broadcast.ts',
    find: 'if (this.#graph.isStage[location]) this.#share.update(location, time, delta)',
    replace:
      'if (this.#graph.isStage[location]) this.#share.update(location, time, delta)\n    else if (delta > 0) this.#pending.update(location, time, -delta)',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'a notification comes while one precursor is left',
    file: 'engines/timely/progress/progress-tracker.ts',
    find: 'if (entry !== undefined && entry.activeAt >= 0) return entry.precursors > 0',
    replace: 'if (entry !== undefined && entry.activeAt >= 0) return entry.precursors > 1',
    caughtBy: 'loop',
    needs: 'an interleaving',
  },
  {
    name: 'rows of a later tick are folded at once',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'if (period === current && ',
    replace: 'if (period >= current && ',
    caughtBy: 'timely: running, far apart',
    needs: 'an interleaving',
  },
  {
    name: 'what goes around a third time is lost',
    file: 'engines/timely/dataflow/feedback.ts',
    find: 'for (let at = 0; at < this.#targets.length; at++) {',
    replace: 'for (let at = 0; at < this.#targets.length && !(time[1]! > 2); at++) {',
    caughtBy: 'loop',
    needs: 'nothing',
  },
  {
    name: 'what ends is announced in a message before what begins',
    file: 'engines/timely/progress/pointstamp.ts',
    find: '      if (delta > 0) write(location, time, delta)\n    })\n    batch.visit((location, time, delta) => {\n      if (delta < 0) write(location, time, delta)\n    })\n',
    replace:
      '      if (delta < 0) write(location, time, delta)\n    })\n    if (this.#updates > 0) this.#finish(send)\n    batch.visit((location, time, delta) => {\n      if (delta > 0) write(location, time, delta)\n    })\n',
    caughtBy: 'timely: invariants',
    needs: 'an interleaving',
  },
  // Behind a last stage nobody waits, so that no row is wrong: only the invariants find it.
  {
    name: 'what a last stage ends is announced before what it asks for next',
    file: 'engines/timely/progress/progress-broadcast.ts',
    find: '    this.#encoder.encode(batch, this.#updatesMax, (message) => {\n      for (let at = 0;',
    replace: `    const ends = new PointstampBatch(this.#graph.depths.length)
    batch.visit((location, time, delta) => {
      const isLast = this.#graph.edges.every(({ from }) => from !== location)
      if (delta < 0 && isLast) ends.update(location, time, delta)
    })
    ends.visit((location, time, delta) => batch.update(location, time, -delta))
    this.#encoder.encode(ends, this.#updatesMax, (message) => {
      for (const to of workers) if (to !== self) send(to, 'broadcast', message)
    })
    ends.visit((location, time, delta) => this.tracker.update(location, time, delta))
    this.#encoder.encode(batch, this.#updatesMax, (message) => {
      for (let at = 0;`,
    caughtBy: 'timely: invariants',
    needs: 'an interleaving',
  },
  {
    name: 'the last notification of a stage is never given back',
    file: 'engines/timely/dataflow/notificator.ts',
    find: '    this.#requested.splice(at, 1)\n    this.#progress.update(',
    replace:
      '    this.#requested.splice(at, 1)\n    if (this.#requested.length > 0) this.#progress.update(',
    caughtBy: 'timely: invariants',
    needs: 'nothing',
  },
]
