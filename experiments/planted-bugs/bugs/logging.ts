/** Bugs of the message log and its replay. */
import type { PlantedBug } from './planted-bug.ts'

export const LOGGING_BUGS: readonly PlantedBug[] = [
  {
    name: 'a logged parcel is not replayed',
    file: 'engines/timely/recovery/log-replay.ts',
    find: '      visit(parcel)\n',
    replace: '      if (bytes > parcel.rows.length) visit(parcel)\n',
    caughtBy: 'timely: logged, killed',
    needs: 'a kill',
  },
  {
    name: 'a logged parcel is replayed twice',
    file: 'engines/timely/recovery/log-replay.ts',
    find: '      visit(parcel)\n',
    replace: '      visit(parcel)\n      if (bytes === parcel.rows.length) visit(parcel)\n',
    caughtBy: 'timely: logged, killed',
    needs: 'a kill',
  },
  {
    name: 'a segment has an epoch that is not over',
    file: 'engines/timely/recovery/message-log.ts',
    find: '      whole: this.#passed,\n',
    replace: '      whole: this.#passed + 1,\n',
    caughtBy: 'timely: logged, killed',
    needs: 'a kill',
  },
  {
    name: 'input is read one epoch too late behind a log',
    file: 'engines/timely/recovery/rollback.ts',
    find: 'parts.at(-1)?.until ?? epoch',
    replace: '(parts.at(-1)?.until ?? epoch - 1) + 1',
    caughtBy: 'timely: logged, killed',
    needs: 'a kill',
  },
  {
    name: 'a log is forgotten when a checkpoint is copied, not when it is durable',
    file: 'engines/timely/recovery/message-log.ts',
    find: "if (this.#state === 'logging') return\n",
    replace: "if (this.#state === 'logging') return this.forget(epoch)\n",
    caughtBy: 'timely: logged, killed while a checkpoint is written',
    needs: 'a kill',
  },
  {
    name: 'a log is taken to begin where the checkpoint is',
    file: 'engines/timely/recovery/log-coverage.ts',
    find: 'ordered.findLastIndex(({ begins }) => begins <= epoch)',
    replace: 'ordered.length > 0 ? 0 : -1',
    caughtBy: 'timely: logged, killed after each other',
    needs: 'a kill',
  },
  {
    name: 'rows of a partition are replayed by whoever had its log',
    file: 'engines/timely/recovery/log-replay.ts',
    find: ' || !this.#owned.has(partition)) return',
    replace: ') return',
    caughtBy: 'timely: logged windows, killed, survived',
    needs: 'a kill',
  },
]
