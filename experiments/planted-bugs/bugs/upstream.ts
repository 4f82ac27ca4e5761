/** Bugs of a loss that costs nobody else what it has: what is kept, what is sent again, and what counts as outstanding then. */
import type { PlantedBug } from './planted-bug.ts'

export const UPSTREAM_BUGS: readonly PlantedBug[] = [
  {
    name: 'rows of an open epoch are kept, and taken again when they are sent again',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'for (const operator of this.operators) this.#stashes[operator]!.dropSent()',
    replace: '',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'what a receiver has taken is sent to it again',
    file: 'engines/timely/recovery/sent-rows.ts',
    find: 'return wants === undefined || epoch >= wants[this.#targets[connector]!]!',
    replace: 'return wants === undefined || epoch >= 0',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'an epoch that is being closed is wanted once more',
    file: 'engines/timely/operators/stage-vertex.ts',
    find: 'wants: this.border.epoch }',
    replace: 'wants: this.#open }',
    caughtBy: 'timely: upstream, killed while files are written',
    needs: 'a kill',
  },
  {
    name: 'what stays on its worker is not kept',
    file: 'engines/timely/recovery/sent-rows.ts',
    find: "if (this.#state === 'stopped') return\n",
    replace:
      "if (this.#state === 'stopped' || this.#receiver(connector, partition) === this.#options.world.process) return\n",
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'what is not sent is not kept: it is never wanted by another',
    file: 'engines/timely/recovery/sent-rows.ts',
    find: '        this.#keep(connector, parcel, time[0]!)\n',
    replace:
      '        if (this.#isWanted(connector, parcel.partition, time[0]!)) this.#keep(connector, parcel, time[0]!)\n',
    caughtBy: 'timely: upstream, two killed, one after the other',
    needs: 'a kill',
  },
  {
    name: 'nothing is sent again',
    file: 'engines/timely/recovery/sent-rows.ts',
    find: 'sent: this.#since(how.from),',
    replace: 'sent: [],',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'what will be sent again does not count as outstanding',
    file: 'engines/timely/recovery/takeover.ts',
    find: 'if (place && stage.isSource) add(checkpoint, worker)',
    replace: '',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'who goes on counts as outstanding at the checkpoint',
    file: 'engines/timely/recovery/takeover.ts',
    find: 'add(place?.open ?? first, worker)',
    replace: 'add(first, worker)',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'who goes on keeps its counts, too',
    file: 'engines/timely/progress/progress-broadcast.ts',
    find: '    this.tracker.clear()\n',
    replace: '',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
  {
    name: 'who goes on commits as before the loss',
    file: 'engines/timely/operators/sink.ts',
    find: '    this.#generation = generation\n',
    replace: '',
    caughtBy: 'timely: upstream, killed',
    needs: 'a kill',
  },
]
