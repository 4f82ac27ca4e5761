/** Bugs of back-pressure: nobody is held back where a region would be full, or who is never goes on. */
import type { PlantedBug } from './planted-bug.ts'

const EXECUTOR = 'engines/dstream/worker/executor.ts'

export const REGIONS_BUGS: readonly PlantedBug[] = [
  {
    name: 'a source reads on however much was sent ahead',
    file: 'engines/timely/scheduling/sent-ahead.ts',
    find: 'if (!this.#isOver()) return false',
    replace: 'return false',
    caughtBy: 'timely: a region full for a while',
    needs: 'a fault',
  },
  {
    name: 'a source waits at the least epoch, too',
    file: 'engines/timely/scheduling/deployment.ts',
    find: 'return isMuch && epoch > this.#tracker.leastEpoch()',
    replace: 'return isMuch',
    caughtBy: 'timely: a region full for a while',
    needs: 'a fault',
  },
  {
    name: 'a full region holds no task back',
    file: EXECUTOR,
    find: 'if (!readsInput(task) || !this.#isShort()) return false',
    replace: 'if (task) return false',
    caughtBy: 'dstream: a region nearly full',
    needs: 'nothing',
  },
  {
    name: 'a task waits for room that nothing will make',
    file: EXECUTOR,
    find: 'if (!store.isSpilling) return false',
    replace: '',
    caughtBy: 'dstream: a region nearly full, and no disk',
    needs: 'nothing',
  },
  {
    name: 'nothing goes to disk where the store has room and the region has none',
    file: EXECUTOR,
    find: 'store.relieve(this.#world.region.largest)',
    replace: '',
    caughtBy: 'dstream: a region nearly full',
    needs: 'nothing',
  },
]
