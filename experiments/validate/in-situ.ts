/**
 * The second half of the calibration: what work costs between all the rest of an engine.
 *
 * A micro-benchmark runs one kernel, over and over, with its data in the first caches. In an engine the kernel shares them
 * with tables, rings and rows; and a worker that has slept finds its caches taken and its JavaScript not compiled, since it
 * ran some hundred times and not a million (timely wakes 500 times a second, and each time cost a third of a ms, eight times
 * what two threads that do nothing else pay). So each workload on each engine, with each number of workers, is also run on
 * threads at two loads below its limit, idle and busy, and at both in simulation. Two numbers come of it:
 *
 *   parkNs   what a park costs: chosen so that the workers' CPU time per record at the idle load ÷ that at the busy one is
 *            in simulation what it is on threads
 *   factor   by which all costs are multiplied: CPU time per record at the busy load on threads ÷ in simulation
 *
 * CPU time is that of the measured interval: the cold start costs the same however many records there are. Nothing is ever
 * taken from a trial that is validated, and the limit is predicted: neither load reaches it.
 *
 * The machine drifts, so both loads stand before and after each overload, which has the factor of its two neighbours and is
 * compared with a simulation of its own. What a park costs in terms of the rest drifts less: one for all.
 */
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'
import { CALIBRATIONS, type CalibrationLoad } from './pairs.ts'

export interface InSitu {
  /** The workers' CPU time per record in the measured interval, ns, of each trial on threads that is valid. */
  readonly threadsNs: ByLoad<readonly number[]>
  /** The same in simulation, with the micro-benchmarks' costs. */
  readonly simulatedNs: ByLoad<number | undefined>
  /** What a park costs, before the factor. That of the micro-benchmarks where it cannot be told. */
  readonly parkNs: number
  /** Median of the trials at the busy load on threads ÷ simulation; 1 where either is missing. */
  readonly factor: number
  /** CPU time per record at the busy load before and after each overload, their mean; of all where neither is valid. */
  readonly besideNs: readonly (number | undefined)[]
  /** The same ÷ simulation, as `factor`. */
  readonly factors: readonly number[]
}

type ByLoad<T> = Readonly<Record<CalibrationLoad, T>>

export interface Calibrated {
  readonly workers: number
  /** Each in its order; an overload stands between each two of a load. */
  readonly threads: ByLoad<readonly TrialOutcome[]>
  /** With the micro-benchmarks' costs, and the same but for parks, which cost nothing. */
  readonly simulated: ByLoad<{ readonly whole: TrialOutcome; readonly withoutParks: TrialOutcome }>
  /** Of the micro-benchmarks. */
  readonly parkNs: number
}

export function inSituOf({ workers, threads, simulated, parkNs }: Calibrated): InSitu {
  const [idle, busy] = CALIBRATIONS
  const ns = (outcome: TrialOutcome) => warmNsOf(outcome, workers)
  const works = {
    [idle]: threads[idle].map(ns),
    [busy]: threads[busy].map(ns),
  }
  const imagined = (load: CalibrationLoad): Imagined | undefined => {
    const [whole, rest] = [ns(simulated[load].whole), ns(simulated[load].withoutParks)]
    return whole === undefined || rest === undefined || parkNs === 0
      ? undefined
      : { rest, parks: (whole - rest) / parkNs }
  }
  const ratios = works[busy].flatMap((most, nth) => {
    const least = works[idle][nth]
    return most === undefined || least === undefined ? [] : [least / most]
  })
  const park = parkNsOf(imagined(idle), imagined(busy), ratios) ?? parkNs
  const atBusy = imagined(busy)
  const simulatedNs = atBusy && atBusy.rest + atBusy.parks * park
  const middle = known(works[busy]).length > 0 ? median(known(works[busy])) : undefined
  const besideNs = works[busy].slice(1).map((after, before) => {
    const beside = known([works[busy][before], after])
    return beside.length > 0 ? median(beside) : middle
  })
  const factorOf = (real: number | undefined) =>
    real !== undefined && simulatedNs !== undefined ? real / simulatedNs : 1
  return {
    threadsNs: { [idle]: known(works[idle]), [busy]: known(works[busy]) },
    simulatedNs: { [idle]: ns(simulated[idle].whole), [busy]: ns(simulated[busy].whole) },
    parkNs: park,
    factor: factorOf(middle),
    besideNs,
    factors: besideNs.map(factorOf),
  }
}

/** Of a record in simulation: CPU time without parks, ns, and how often a worker parks for it. */
interface Imagined {
  readonly rest: number
  readonly parks: number
}

/**
 * Solves (idle.rest + p · idle.parks) ÷ (busy.rest + p · busy.parks) = ratio for p. Nothing where no p does: a ratio that is
 * as great as that of the parks themselves.
 */
function parkNsOf(
  idle: Imagined | undefined,
  busy: Imagined | undefined,
  ratios: readonly number[],
): number | undefined {
  if (idle === undefined || busy === undefined || ratios.length === 0) return undefined
  const ratio = median(ratios)
  const slope = idle.parks - ratio * busy.parks
  return slope > 0 ? Math.max(0, (ratio * busy.rest - idle.rest) / slope) : undefined
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
