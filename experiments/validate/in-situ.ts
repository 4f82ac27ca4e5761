/**
 * The second half of the calibration: what work costs between all the rest of an engine.
 *
 * A micro-benchmark runs one kernel, over and over, with its data in the first caches; in an engine it shares them with
 * tables, rings and rows. And a worker that has slept pays for it long after: it may find itself on another core, its caches
 * taken, its JavaScript not compiled since it seldom runs. An overload has none of that. So each workload on each engine, with
 * each number of workers, is also run at 0.6 of its pace, below saturation, so that the limit is predicted and not measured:
 * on threads before and after each overload, with workers that park and with workers that spin instead, and once each in
 * simulation with the micro-benchmarks' costs. Two numbers come of it:
 *
 *   factor   by which all costs are multiplied: CPU time per record of workers that spin, on threads ÷ in simulation
 *   parkNs   what a park costs: such that parking makes as large a share of that time in simulation as it does on threads
 *
 * CPU time is that of the measured interval, the spinning taken off: the cold start costs the same however many records there
 * are. Nothing is taken from a trial that is validated.
 *
 * The machine drifts, so each overload has the factor of its two neighbours, and is compared with a simulation of its own.
 */
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'

export interface InSitu {
  /** The workers' CPU time per record in the measured interval, ns, of each trial on threads that is valid. */
  readonly spinningNs: readonly number[]
  readonly parkingNs: readonly number[]
  /** The same in simulation, with the micro-benchmarks' costs. */
  readonly simulatedSpinningNs: number | undefined
  readonly simulatedParkingNs: number | undefined
  /** What a park costs, before the factor; that of the micro-benchmarks where it cannot be told. */
  readonly parkNs: number
  /** Median of the trials on threads ÷ simulation, of workers that spin; 1 where either is missing. */
  readonly factor: number
  /** CPU time per record of workers that spin, before and after each overload, the mean; of all where neither is valid. */
  readonly besideNs: readonly (number | undefined)[]
  /** The same ÷ simulation, as `factor`. */
  readonly factors: readonly number[]
}

export interface Calibrations {
  readonly workers: number
  /** On threads, in their order; an overload stands between each two. */
  readonly parking: readonly TrialOutcome[]
  readonly spinning: readonly TrialOutcome[]
  readonly simulatedParking: TrialOutcome
  readonly simulatedSpinning: TrialOutcome
  /** Of the micro-benchmarks. */
  readonly parkNs: number
}

export function inSituOf(calibrations: Calibrations): InSitu {
  const ns = (outcome: TrialOutcome) => warmNsOf(outcome, calibrations.workers)
  const spinning = calibrations.spinning.map(ns)
  const parking = calibrations.parking.map(ns)
  const simulatedSpinningNs = ns(calibrations.simulatedSpinning)
  const simulatedParkingNs = ns(calibrations.simulatedParking)
  const spinningNs = known(spinning)
  const middle = spinningNs.length > 0 ? median(spinningNs) : undefined
  const besideNs = spinning.slice(1).map((after, before) => {
    const beside = known([spinning[before], after])
    return beside.length > 0 ? median(beside) : middle
  })
  const factorOf = (real: number | undefined) =>
    real !== undefined && simulatedSpinningNs !== undefined ? real / simulatedSpinningNs : 1
  const shares = parking.flatMap((slept, nth) => {
    const spun = spinning[nth]
    return slept === undefined || spun === undefined ? [] : [slept / spun - 1]
  })
  return {
    spinningNs,
    parkingNs: known(parking),
    simulatedSpinningNs,
    simulatedParkingNs,
    parkNs: calibrations.parkNs * parksOf(shares, simulatedSpinningNs, simulatedParkingNs),
    factor: factorOf(middle),
    besideNs,
    factors: besideNs.map(factorOf),
  }
}

/** How many times as much a park costs as the micro-benchmarks say. `shares`: by which parking raises the CPU time on threads. */
function parksOf(
  shares: readonly number[],
  spinningNs: number | undefined,
  parkingNs: number | undefined,
): number {
  if (shares.length === 0 || spinningNs === undefined || parkingNs === undefined) return 1
  const imagined = parkingNs / spinningNs - 1
  return imagined > 0 ? Math.max(0, median(shares)) / imagined : 1
}

function known(some: readonly (number | undefined)[]): readonly number[] {
  return some.flatMap((one) => one ?? [])
}

/** In the measured interval, of a load that is kept up with. Nothing for a trial that is not valid. */
function warmNsOf(outcome: TrialOutcome, workers: number): number | undefined {
  return perRecord(outcome, outcome.cpuNsMeasured.slice(0, workers), outcome.recordsMeasured)
}

/** Of the whole trial, cold start and working off a backlog included. Nothing for a trial that is not valid. */
export function workNsOf(outcome: TrialOutcome, workers: number): number | undefined {
  return perRecord(outcome, outcome.cpuNs.slice(0, workers), outcome.recordsAll)
}

function perRecord({ verdict }: TrialOutcome, cpuNs: readonly number[], records: number) {
  const work = cpuNs.reduce((sum, ns) => sum + ns, 0)
  return verdict === 'valid' && records > 0 && work > 0 ? work / records : undefined
}
