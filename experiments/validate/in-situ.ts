/**
 * The second half of the calibration: what a kernel costs between all the others.
 *
 * A micro-benchmark runs one kernel with its data in the first caches; in an engine it shares them with tables, rings and
 * rows, and memory with other workers. So each workload on each engine, with each number of workers, is also run at 0.6 of
 * its pace, below saturation, so that the limit is predicted and not measured: on threads before and after each overload, and
 * once in simulation with the micro-benchmarks' costs. One number comes of it: the ratio of the workers' CPU time per record,
 * by which all costs but those of parking are multiplied. It is never taken from a trial that is validated.
 *
 * The machine drifts, so each overload has the factor of its two neighbours, and is compared with a simulation of its own.
 */
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'

export interface InSitu {
  /** The workers' CPU time per record, ns, of each trial on threads that is valid. */
  readonly threadsNs: readonly number[]
  /** The same in simulation, with the micro-benchmarks' costs. */
  readonly simulatedNs: number | undefined
  /** Median of the trials on threads ÷ simulation; 1 where either is missing. */
  readonly factor: number
  /** The CPU time per record of the trials just before and just after each overload, their mean; of all where neither is valid. */
  readonly besideNs: readonly (number | undefined)[]
  /** The same ÷ simulation, as `factor`. */
  readonly factors: readonly number[]
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

/** `threads`: in their order; an overload stands between each two of them. */
export function inSituOf(
  workers: number,
  threads: readonly TrialOutcome[],
  simulated: TrialOutcome,
): InSitu {
  const works = threads.map((outcome) => workNsOf(outcome, workers))
  const known = (some: readonly (number | undefined)[]) => some.flatMap((work) => work ?? [])
  const threadsNs = known(works)
  const simulatedNs = workNsOf(simulated, workers)
  const middle = threadsNs.length > 0 ? median(threadsNs) : undefined
  const besideNs = works.slice(1).map((after, before) => {
    const beside = known([works[before], after])
    return beside.length > 0 ? median(beside) : middle
  })
  const factorOf = (ns: number | undefined) =>
    ns !== undefined && simulatedNs !== undefined ? ns / simulatedNs : 1
  return {
    threadsNs,
    simulatedNs,
    factor: factorOf(middle),
    besideNs,
    factors: besideNs.map(factorOf),
  }
}
