/** Bugs of the rules by which rates are held and loads count, and of the statistics that claims rest on. */
import type { PlantedCheckBug } from './checks.ts'

const SUSTAINED = 'experiments/runner/sustainable-rate.ts'
const SUSTAINED_TESTS = 'experiments/runner/sustainable-rate.test.ts'
const BRACKET = 'results/rate-bracket.ts'
const BRACKET_TESTS = 'results/rate-bracket.test.ts'
const STATISTICS_TESTS = 'experiments/statistics/statistics.test.ts'
const STATISTICS_LAWS = 'experiments/statistics/statistics.property.test.ts'

export const RULE_BUGS: readonly PlantedCheckBug[] = [
  {
    name: 'half load is half of what an overload shows',
    file: 'experiments/bench/measure.ts',
    find: 'ofHeld ? this.#held.get(of) : pace',
    replace: 'pace',
    tests: 'experiments/bench/censoring.test.ts',
    caughtBy: 'has loads at half of what is held at their tick, and at half of its pace',
  },
  {
    name: 'memory is flat of an engine that fell behind',
    file: 'experiments/bench/flat-memory.ts',
    find: "why === '' && readings",
    replace: 'isWhole(outcome) && readings',
    tests: 'experiments/bench/flat-memory.test.ts',
    caughtBy: 'knows nothing of an engine that fell behind, whose input waits in a log',
  },
  {
    name: 'no lag grows',
    file: SUSTAINED,
    find: 'thirds > SLOPE_NS_PER_S_MAX || Math.min(low, thirds) > SLOPE_NS_PER_S',
    replace: 'Math.min(low, thirds) === Number.NaN',
    tests: SUSTAINED_TESTS,
    caughtBy: 'sustained is > not one that %s',
  },
  {
    name: 'a run that was not judged sustains its rate',
    file: SUSTAINED,
    find: "outcome.verdict !== 'valid'",
    replace: "outcome.verdict === 'invalid'",
    tests: SUSTAINED_TESTS,
    caughtBy: 'sustained is > not one that %s',
  },
  {
    name: 'a rate that failed once held all the same',
    file: BRACKET,
    find: 'new Set(failed)',
    replace: 'new Set<number>()',
    tests: BRACKET_TESTS,
    caughtBy: 'what held outweighs failures below it; what failed once did not hold',
  },
  {
    name: 'one failure confirms a limit',
    file: BRACKET,
    find: 'confirmed: { held, limit: second }',
    replace: 'confirmed: { held, limit }',
    tests: BRACKET_TESTS,
    caughtBy: 'has a limit to rely on where two tries failed, at it or below it',
  },
  {
    name: 'the lowest pace under overload counts',
    file: BRACKET,
    find: 'Math.max(0, ...behind.map(({ pace }) => pace))',
    replace: 'behind.length > 0 ? Math.min(...behind.map(({ pace }) => pace)) : 0',
    tests: BRACKET_TESTS,
    caughtBy: 'a pace under overload is the highest of those that fell behind',
  },
  {
    name: 'what was not kept up with counts beside what it was tried again with',
    file: 'results/load-rows.ts',
    find: 'tick === last.get(engine)',
    replace: 'last.has(engine) || tick === undefined',
    tests: 'results/load-rows.test.ts',
    caughtBy: 'of loads with several ticks those with the last one of their engine count',
  },
  {
    name: 'a search stays near the pace of a better moment',
    file: SUSTAINED,
    find: 'Math.min(limit, ...paces) * WELL_BELOW',
    replace: 'limit / step',
    tests: SUSTAINED_TESTS,
    caughtBy:
      'a search > goes well below the lowest pace after two failures, until something holds',
  },
  {
    name: 'a wrong output limits a rate',
    file: BRACKET,
    find: "row.verdict !== 'invalid' && ",
    replace: '',
    tests: BRACKET_TESTS,
    caughtBy: 'is read from rows that searched, and never from a wrong output',
  },
  {
    name: 'faults of one trial are resampled one by one',
    file: 'experiments/statistics/bootstrap.ts',
    find: 'const places = clusters.map((_, place) => place)\n  return bootstrap(\n    [places],\n    ([drawn]) => median(drawn!.flatMap((place) => clusters[place]!)),',
    replace: 'return bootstrap(\n    [clusters.flat()],\n    ([drawn]) => median(drawn!),',
    tests: STATISTICS_TESTS,
    caughtBy:
      'bootstrap > of clusters are of whole trials: what lies in one says nothing of the next',
  },
  {
    name: 'lags of neighbouring ticks are resampled one by one',
    file: 'experiments/statistics/slope.ts',
    find: 'options.blockLength ?? Math.max(1, Math.round(Math.sqrt(points)))',
    replace: 'options.blockLength ?? 1',
    tests: STATISTICS_LAWS,
    caughtBy:
      'slope and trend > the interval of autocorrelated noise covers zero in most of 200 series',
  },
  {
    name: 'a single trial has an interval of no width',
    file: 'experiments/statistics/bootstrap.ts',
    find: 'sample.length < 2)) {',
    replace: 'sample.length < 1)) {',
    tests: STATISTICS_TESTS,
    caughtBy: 'bootstrap > is infinitely wide for single trials, and of no width for constant ones',
  },
]
