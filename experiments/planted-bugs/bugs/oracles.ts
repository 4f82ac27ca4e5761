/** Bugs of oracles, which judge, and of the commits by which a run ends. */
import type { PlantedBug } from './planted-bug.ts'

export const ORACLES_BUGS: readonly PlantedBug[] = [
  {
    name: 'a run ends when the first partition of an output that all feed has committed',
    file: 'engines/core/output/expected-commits.ts',
    find: 'into.every((path) => single.has(path.from)) ? 1',
    replace: 'into.every((path) => !single.has(path.from)) ? 1',
    caughtBy: 'dstream: grep',
    needs: 'nothing',
  },
  {
    name: 'the oracle takes a record due at the end of a tick into it',
    file: 'workloads/oracle-ranges.ts',
    find: 'BigInt(share) + 999_999_999n',
    replace: 'BigInt(share) + 1_000_000_000n',
    caughtBy: 'timely: grep',
    needs: 'nothing',
  },
  {
    name: 'the oracle keeps a window a slide too long',
    file: 'workloads/oracle-folds.ts',
    find: 'if (tick > length) {',
    replace: 'if (tick > length + slide) {',
    caughtBy: 'timely: windows, inverse',
    needs: 'nothing',
  },
]
