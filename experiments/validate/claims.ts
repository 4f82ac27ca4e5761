/**
 * What is claimed of the simulated world, each with the rule that decides it, written before its first run.
 *
 * Judged from the trials' rows: the trials on threads and the simulated one of the same factors are a pair. p90 is in no row of
 * trials.csv; it has a bound in the table of residuals and no claim.
 */
import type { Claim, ClaimRow, ClaimVerdict } from '../experiment.ts'
import { median } from '../statistics/quantiles.ts'

type Measure = 'throughput_records_per_s' | 'latency_ns_p50'

const pairOf = (row: ClaimRow): string =>
  [row.workload, row.engine, row.workers, row.role, row.offered_records_per_s].join(' ')

/** |simulated − threads| ÷ threads of each pair whose trials are all valid; threads: the median of the repeats. */
function distances(rows: readonly ClaimRow[], measure: Measure): readonly number[] {
  return [...Map.groupBy(rows, pairOf).values()].flatMap((pair) => {
    const valid = pair.every((row) => row.verdict === 'valid' && row[measure] !== undefined)
    const of = (world: ClaimRow['world']) =>
      pair.filter((row) => row.world === world).map((row) => row[measure]!)
    const [simulated] = of('simulated')
    const threads = of('threads')
    if (!valid || simulated === undefined || threads.length === 0) return []
    const real = median(threads)
    return real === 0 ? [] : [Math.abs(simulated - real) / real]
  })
}

function withinBound(all: readonly number[], bound: number): ClaimVerdict {
  if (all.length === 0) return { state: 'cannot be tested here', evidence: 'no pair is valid' }
  const within = all.filter((distance) => distance <= bound).length
  const middle = median(all)
  return {
    state: within === all.length ? 'holds' : middle <= bound ? 'holds in shape' : 'fails',
    evidence: `${within} of ${all.length} pairs within ${bound * 100} %, median distance ${(middle * 100).toFixed(1)} %`,
  }
}

export const validateClaims: readonly Claim[] = [
  {
    name: 'simulated-throughput',
    text: 'With the costs of this machine, the simulation has the throughput of threads under overload.',
    rule: 'Of every pair under overload (role maximum): |simulated − threads| ÷ threads of the throughput is at most 15 %; threads: the median of the repeats. Only the median of the pairs is: holds in shape.',
    judgedBy: [import.meta.url],
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
    text: 'With the costs of this machine, the simulation has the median latency of threads below their limit.',
    rule: 'Of every pair below the limit (role common-rate): |simulated − threads| ÷ threads of the p50 latency of a record is at most 30 %; threads: the median of the repeats. Only the median of the pairs is: holds in shape.',
    judgedBy: [import.meta.url],
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
