/**
 * The second half of the calibration: what a kernel costs between all the others.
 *
 * A micro-benchmark runs one kernel with its data in the first caches; in an engine it shares them with tables, rings and
 * rows, and memory with other workers. So each workload on each engine, with each number of workers, is also run at a rate
 * that is not validated, on threads just before the overloads and once in simulation with the micro-benchmarks' costs. One
 * number comes of it: the ratio of the workers' CPU time per record, by which all costs but those of parking are multiplied.
 * It is never taken from a trial that is validated.
 */
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'

export interface InSitu {
  /** The workers' CPU time per record, ns: on threads one for each trial, in simulation with the micro-benchmarks' costs. */
  readonly threadsNs: readonly number[]
  readonly simulatedNs: number | undefined
  /** Median of the trials on threads ÷ simulation; 1 where either is missing. */
  readonly factor: number
}

/** Nothing for a trial that is not valid. */
export function workNsOf(
  { verdict, cpuNs, recordsAll }: TrialOutcome,
  workers: number,
): number | undefined {
  if (verdict !== 'valid' || recordsAll === 0) return undefined
  const work = cpuNs.slice(0, workers).reduce((sum, ns) => sum + ns, 0)
  return work > 0 ? work / recordsAll : undefined
}

export function inSituOf(
  workers: number,
  threads: readonly TrialOutcome[],
  simulated: TrialOutcome,
): InSitu {
  const threadsNs = threads.flatMap((outcome) => workNsOf(outcome, workers) ?? [])
  const simulatedNs = workNsOf(simulated, workers)
  const known = threadsNs.length > 0 && simulatedNs !== undefined
  return { threadsNs, simulatedNs, factor: known ? median(threadsNs) / simulatedNs : 1 }
}
