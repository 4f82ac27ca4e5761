/**
 * The second half of the calibration: what work costs between all the rest of an engine.
 *
 * A micro-benchmark runs one kernel, over and over, with its data in the first caches; in an engine it shares them with
 * tables, rings and rows. A worker that has slept pays for it long after: it may find itself on another core, its caches
 * taken. And what coordinates runs some hundred times a second: its JavaScript is not compiled for that, its code and that of the kernels has left the
 * caches when it comes, and a tick takes longer than its steps take one after the other, however many records it has. How much of it is which
 * was not told. An overload has no sleep, and few ticks for its records. So each workload
 * on each engine, with each number of workers, is also run below saturation, so that the limit is predicted and not measured: on
 * threads, and in simulation with the micro-benchmarks' costs. Three numbers come of it:
 *
 *   factor         by which all costs are multiplied ┐ such that workers that spin take as long for a record at 0.6 of the
 *   coordination   and those of messages, progress   ┘ pace, and at next to none, in simulation as they do on threads
 *                  and dispatch once more
 *   parkNs         what a park costs a worker: such that parking, at 0.6 of the pace, makes as large a share of that in both
 *
 * All times are of the measured interval: the cold start costs the same however many records there are. No cost is taken from a
 * trial that is validated; its pace says when overloads have been repeated often enough, and its recorded stalls are replayed for
 * p99, which has no bound.
 *
 * That steps are no coordination, that a driver parks by the micro-benchmarks' price and that spinning is told by CPU time was settled
 * after run 8f56e15 had missed D-Stream's overloads by 13 to 27 %: only later runs test it.
 *
 * The machine drifts, so calibrations at 0.6 of the pace stand before and after each overload, which has the factor of its two
 * neighbours and is compared with a simulation of its own.
 */
import type { CostModel } from '../../engines/core/cost/cost-model.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'

export interface InSitu {
  /** The workers' time per record in the measured interval, ns, of each trial on threads that is valid. */
  readonly spinningNs: readonly number[]
  readonly idleNs: readonly number[]
  readonly parkingNs: readonly number[]
  /** The same in simulation, with the micro-benchmarks' costs. */
  readonly simulatedNs: Readonly<Record<'spinning' | 'idle' | 'parking', number | undefined>>
  /** How many times the factor coordination costs. 1 where it cannot be told. */
  readonly coordination: number
  /** The micro-benchmarks' costs with that, and what a park costs; before the factor. */
  readonly costs: CostModel
  /** Of all costs: the median over the trials that spin; 1 where it cannot be told. */
  readonly factor: number
  /** Time per record of workers that spin, before and after each overload, the mean; of all where neither is valid. */
  readonly besideNs: readonly (number | undefined)[]
  /** The same as factors. */
  readonly factors: readonly number[]
}

/** A trial in simulation, and the same where coordination costs nothing. */
export interface Imagined {
  readonly whole: TrialOutcome
  readonly kernels: TrialOutcome
}

export interface Calibrations {
  readonly workers: number
  /** On threads, in their order; an overload stands between each two of spinning, and each two of the first that park. */
  readonly parking: readonly TrialOutcome[]
  readonly spinning: readonly TrialOutcome[]
  readonly idle: readonly TrialOutcome[]
  readonly simulatedParking: TrialOutcome
  readonly simulatedSpinning: Imagined
  readonly simulatedIdle: Imagined
  /** Of the micro-benchmarks. */
  readonly costs: CostModel
}

/**
 * Costs of what the models differ in: all but kernels, bytes, parks and steps. A step is a turn of a process's loop, which runs all the
 * time: it is compiled, and there are more of them the more records there are.
 */
export function coordinationTimes(costs: CostModel, times: number): CostModel {
  const { messageNs, dispatchNs, progressNs } = costs
  return {
    ...costs,
    messageNs: messageNs * times,
    dispatchNs: dispatchNs * times,
    progressNs: progressNs * times,
  }
}

export function inSituOf(given: Calibrations): InSitu {
  const ns = (outcome: TrialOutcome) => warmNsOf(outcome, given.workers)
  const spinning = given.spinning.map(ns)
  const parking = given.parking.map(ns)
  const spinningNs = known(spinning)
  const idleNs = known(given.idle.map(ns))
  const middle = medianOf(spinningNs)
  const busy = partsOf(given.simulatedSpinning, ns)
  const coordination =
    coordinationOf(busy, partsOf(given.simulatedIdle, ns), middle, medianOf(idleNs)) ?? 1
  const imagined = busy && busy.kernels + coordination * busy.rest
  const factorOf = (real: number | undefined) =>
    real !== undefined && imagined !== undefined ? real / imagined : 1
  const besideNs = besideOf(spinning)
  const shares = parking.flatMap((slept, nth) => {
    const spun = spinning[nth]
    return slept === undefined || spun === undefined ? [] : [slept / spun - 1]
  })
  const simulatedParkingNs = ns(given.simulatedParking)
  const parks = busy && parksOf(busy, simulatedParkingNs, given.costs.parkNs)
  const share = medianOf(shares)
  const parkNs =
    parks === undefined || imagined === undefined || share === undefined
      ? given.costs.parkNs
      : (Math.max(0, share) * imagined) / parks
  return {
    spinningNs,
    idleNs,
    parkingNs: known(parking),
    simulatedNs: {
      spinning: ns(given.simulatedSpinning.whole),
      idle: ns(given.simulatedIdle.whole),
      parking: simulatedParkingNs,
    },
    coordination,
    costs: {
      ...coordinationTimes(given.costs, coordination),
      parkNs,
      coordinatorParkNs: given.costs.parkNs,
    },
    factor: factorOf(middle),
    besideNs,
    factors: besideNs.map(factorOf),
  }
}

/** Of trials that spin, with an overload between each two: what the overload has beside it. */
export function besideNsOf(
  spinning: readonly TrialOutcome[],
  workers: number,
): readonly (number | undefined)[] {
  return besideOf(spinning.map((outcome) => warmNsOf(outcome, workers)))
}

function besideOf(spinning: readonly (number | undefined)[]): readonly (number | undefined)[] {
  const middle = medianOf(known(spinning))
  return spinning.slice(1).map((after, before) => {
    const beside = known([spinning[before], after])
    return beside.length > 0 ? median(beside) : middle
  })
}

/** Time per record in simulation, ns: in kernels, and in the rest. */
interface Parts {
  readonly kernels: number
  readonly rest: number
}

function partsOf(
  { whole, kernels }: Imagined,
  ns: (outcome: TrialOutcome) => number | undefined,
): Parts | undefined {
  const [all, some] = [ns(whole), ns(kernels)]
  return all === undefined || some === undefined ? undefined : { kernels: some, rest: all - some }
}

/**
 * Solves f · (kernels + c · rest) = threads at both loads, for c. Nothing where something is missing, or no c does: an idle worker
 * that took less than its kernels.
 */
function coordinationOf(
  busy: Parts | undefined,
  idle: Parts | undefined,
  busyNs: number | undefined,
  idleNs: number | undefined,
): number | undefined {
  if (!busy || !idle || busyNs === undefined || idleNs === undefined) return undefined
  const ratio = idleNs / busyNs
  const slope = idle.rest - ratio * busy.rest
  return slope > 0 ? Math.max(0, (ratio * busy.kernels - idle.kernels) / slope) : undefined
}

/** How often a worker parks for a record in simulation, at the load of `busy`, whose workers spin. Nothing where none does. */
function parksOf(busy: Parts, parkingNs: number | undefined, parkNs: number): number | undefined {
  if (parkingNs === undefined) return undefined
  const parks = (parkingNs - busy.kernels - busy.rest) / parkNs
  return parks > 0 ? parks : undefined
}

function medianOf(values: readonly number[]): number | undefined {
  return values.length > 0 ? median(values) : undefined
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
