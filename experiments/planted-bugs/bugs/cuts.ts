/** Bugs of what decides where a run that did not come to its end is cut, and what is said of the rest. */
import type { PlantedCheckBug } from './checks.ts'

const DEADLINE = 'experiments/runner/deadline-cut.ts'
const DEADLINE_TESTS = 'experiments/runner/deadline-cut.test.ts'
const JUDGE_TESTS = 'experiments/checkers/cut.test.ts'

export const CUT_BUGS: readonly PlantedCheckBug[] = [
  {
    name: 'behind a cut nothing is looked at',
    file: 'experiments/checkers/delivery.ts',
    find: 'record.uncut ?? record.commits',
    replace: 'record.commits',
    tests: JUDGE_TESTS,
    caughtBy: 'and by what contradicts an earlier commit',
  },
  {
    name: 'behind a cut no oracle is asked',
    file: 'experiments/checkers/output.ts',
    find: 'if (isDue && commit.tick > until) until',
    replace: 'if (isDue && commit.tick < 0) until',
    tests: JUDGE_TESTS,
    caughtBy: 'invalid behind it by what is %s',
  },
  {
    name: 'a commit that is lost is on its way',
    file: DEADLINE,
    find: 'commit.tick >= missing + inFlight * tick',
    replace: 'commit.tick >= missing + inFlight * Number.POSITIVE_INFINITY',
    tests: DEADLINE_TESTS,
    caughtBy: 'cuts where commits are out of order by what may be in flight',
  },
  {
    name: 'a commit that is in flight is lost',
    file: DEADLINE,
    find: 'commit.tick >= missing + inFlight * tick',
    replace: 'commit.tick >= missing + tick',
    tests: DEADLINE_TESTS,
    caughtBy: 'cuts where commits are out of order by what may be in flight',
  },
  {
    name: 'a partition may stand still until the deadline',
    file: DEADLINE,
    find: 'commit.visibleAt > since + detector.timeout',
    replace: 'commit.visibleAt > Number.POSITIVE_INFINITY',
    tests: DEADLINE_TESTS,
    caughtBy: 'does not cut where a partition stands still for longer than a pause',
  },
  {
    name: 'what a worker that is slower is behind with is lost',
    file: DEADLINE,
    find: 'commit.visibleAt > since + detector.timeout',
    replace: 'commit.visibleAt > 0',
    tests: DEADLINE_TESTS,
    caughtBy: 'cuts one in which a worker falls behind for as long as it lasts',
  },
  {
    name: 'a period that is long is one tick to fall behind by',
    file: DEADLINE,
    find: 'commit.tick > missing + inFlight * period',
    replace: 'commit.tick > missing + inFlight * tick',
    tests: DEADLINE_TESTS,
    caughtBy: 'cuts where periods are long and it is few of them behind',
  },
]
