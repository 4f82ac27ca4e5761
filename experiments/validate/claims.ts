/**
 * What is claimed of the simulated world, each with the rule that decides it.
 *
 * The sixth rule of each. The first judged every pair, also those whose repeats on threads were further apart than the
 * bound (up to 170 %): these say how steady the machine was, and nothing of the simulation. The second compared one
 * simulation with the median of repeats between which the machine's speed changed by 40 %, and could test half of the pairs.
 * The third took how far apart three repeats were for how well their median is known, so that more repeats could only make
 * it worse; in its first version most calibrations were saturated, and measured the limit that was to be predicted. The fourth
 * had seven overloads of each pair: too few for the median of 5 of 8 to be known to 15 %. Now they are repeated until it is,
 * which looks at the width of the interval and never at where it lies. The fifth took no account of a wide interval that lies
 * beyond the bound altogether, and left out the pair that was farthest off.
 *
 * Judged from the trials' rows: the trials on threads and the simulated ones of the same factors are a pair. p90 is in no row of
 * trials.csv; it has a bound in the table of residuals and no claim.
 */
import type { Claim, ClaimRow, ClaimVerdict } from '../experiment.ts'
import { median } from '../statistics/quantiles.ts'
import { type Distance, distanceOf, isTold } from './residuals.ts'

type Measure = 'throughput_records_per_s' | 'latency_ns_p50'

const pairOf = (row: ClaimRow): string =>
  [row.workload, row.engine, row.workers, row.role, row.offered_records_per_s].join(' ')

/** Of each pair whose trials are all valid. */
function distances(rows: readonly ClaimRow[], measure: Measure): readonly Distance[] {
  return [...Map.groupBy(rows, pairOf).values()].flatMap((pair) => {
    const valid = pair.every((row) => row.verdict === 'valid' && (row[measure] ?? 0) > 0)
    const of = (world: ClaimRow['world']) =>
      pair.filter((row) => row.world === world).map((row) => row[measure]!)
    const simulated = of('simulated')
    const threads = of('threads')
    if (!valid || simulated.length === 0 || threads.length === 0) return []
    return [distanceOf(threads, simulated)]
  })
}

function withinBound(all: readonly Distance[], bound: number): ClaimVerdict {
  if (all.length === 0) return { state: 'cannot be tested here', evidence: 'no pair is valid' }
  const tested = all
    .filter((distance) => isTold(distance, bound))
    .map(({ residual }) => Math.abs(residual))
  const unsteady = `${all.length - tested.length} of ${all.length} not steady`
  if (tested.length * 2 < all.length) return { state: 'cannot be tested here', evidence: unsteady }
  const within = tested.filter((distance) => distance <= bound).length
  const middle = median(tested)
  return {
    state: within === all.length ? 'holds' : middle <= bound ? 'holds in shape' : 'fails',
    evidence: `${within} of ${tested.length} pairs within ${bound * 100} %, median distance ${(middle * 100).toFixed(1)} %; ${unsteady}`,
  }
}

/** What both rules say of repeats and of what does not hold. */
const STEADY =
  'r: the median over the repeats, of overloads at least 7 and until the interval of paces × calibrated time per record is at most 0.9 of the bound, at most 40; a repeat under overload is held against a simulation with the costs of its time. A pair whose median has a 95 % bootstrap interval wider than the bound ((high − low) ÷ median of simulated ÷ threads) and not beyond the bound altogether is not steady and is not tested; with more than half of the pairs not steady: cannot be tested here. Only the median of the tested pairs is, or some pair is not steady: holds in shape. The interval is narrower than its name: of 3 repeats it covers about 75 %, of 7 about 90 %, and where repeats ended because it was narrow 74 to 90 % (simulated).'

export const validateClaims: readonly Claim[] = [
  {
    name: 'simulated-throughput',
    text: 'With costs that were calibrated in situ below the limit, the simulation has the throughput of threads under overload.',
    rule: `Of every pair under overload (role maximum): |r − 1| of the throughput is at most 15 %, r being simulated ÷ threads; ${STEADY}`,
    judgedBy: [import.meta.url, import.meta.resolve('./residuals.ts')],
    judge: (rows) =>
      withinBound(
        distances(
          rows.filter(({ role }) => role === 'maximum'),
          'throughput_records_per_s',
        ),
        0.15,
      ),
  },
  {
    name: 'simulated-p50',
    text: 'With costs that were calibrated in situ, the simulation has the median latency of threads below their limit.',
    rule: `Of every pair below the limit (role common-rate): |r − 1| of the p50 latency of a record is at most 30 %, r being simulated ÷ threads; ${STEADY}`,
    judgedBy: [import.meta.url, import.meta.resolve('./residuals.ts')],
    judge: (rows) =>
      withinBound(
        distances(
          rows.filter(({ role }) => role === 'common-rate'),
          'latency_ns_p50',
        ),
        0.3,
      ),
  },
]
