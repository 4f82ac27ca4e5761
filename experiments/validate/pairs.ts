/**
 * What is validated: one plan, one engine, one load at a time, on threads and in simulation with this machine's costs.
 *
 * Three loads: one above all reach, for throughput, since below its limit every engine's throughput is what was offered;
 * and two well below it, for latencies, since near the knee a latency says how disturbed the machine was. All are shares of the
 * pace that a probe had on threads. The probe is not validated, nor are the loads that calibrate (`in-situ.ts`).
 */
import type { Calibration } from '../../engines/core/cost/calibration.ts'
import { type CostModel, scaledCosts } from '../../engines/core/cost/cost-model.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { InputSpec, TrialSpec } from '../runner/trial-spec.ts'

/** Overload first: calibrations stand around it. */
export const LOADS = ['overload', 'light', 'heavy'] as const
export type Load = (typeof LOADS)[number]

/**
 * Loads that calibrate. Two are one load, whose workers park when there is nothing to do, or spin until there is; of the third,
 * whose workers spin, there is next to nothing but coordination.
 */
export const CALIBRATIONS = [
  'calibration, parking',
  'calibration, spinning',
  'calibration, idle',
] as const
export type CalibrationLoad = (typeof CALIBRATIONS)[number]

/** Of the probe, a share of what the kernels alone would sustain: above what most engines do. */
const PROBE_SHARE = 1.3
/** Shares of the pace that the probe had. The overload is one even when the machine has become faster since. */
const PACE_SHARES = {
  overload: 1.7,
  light: 0.1,
  heavy: 0.35,
  'calibration, parking': 0.6,
  'calibration, spinning': 0.6,
  'calibration, idle': 0.01,
} as const

export interface ValidateScale {
  readonly workloads: readonly ('word-count' | 'grep')[]
  readonly workers: readonly number[]
  readonly loads: readonly Load[]
  readonly input: InputSpec
  /** Long enough that the kernels are compiled and the backlog of the cold start is gone: simulation has none of it. */
  readonly warmup: Nanos
  readonly measured: Nanos
  readonly grace: Nanos
  /** Of timely's epochs, and of batches. */
  readonly ticks: { readonly timely: Nanos; readonly dstream: Nanos }
  /** Trials on threads of each load; of overloads at least so many. Before and after each overload stands a calibration. */
  readonly repeats: Readonly<Record<Load, number>>
  /** Overloads are repeated until their median is known as well as the bound asks for, at most so often. */
  readonly overloadsMax: number
  /** Cores of the machine that is simulated. */
  readonly cores: number
  /** Multiplies every rate: a test makes it small. */
  readonly rateFactor: number
}

export const QUICK_SCALE: Omit<ValidateScale, 'cores'> = {
  workloads: ['word-count', 'grep'],
  workers: [1, 2],
  loads: LOADS,
  input: { kind: 'lines' },
  warmup: seconds(1),
  measured: seconds(1),
  grace: seconds(20),
  ticks: { timely: milliseconds(10), dstream: milliseconds(100) },
  // Throughput moves with the machine more than a latency does.
  repeats: { overload: 7, light: 3, heavy: 3 },
  overloadsMax: 40,
  rateFactor: 1,
}

export interface Pair {
  readonly workload: 'word-count' | 'grep'
  readonly engine: TrialSpec['engine']
  readonly workers: number
  readonly load: Load | 'probe' | CalibrationLoad
}

/** What is calibrated together: one workload on one engine with so many workers. */
export type Subject = Omit<Pair, 'load'>

export function subjectsOf({
  workloads,
  workers,
}: Pick<ValidateScale, 'workloads' | 'workers'>): readonly Subject[] {
  const engines = ['timely', 'dstream'] as const
  return workloads.flatMap((workload) =>
    engines.flatMap((engine) => workers.map((count) => ({ workload, engine, workers: count }))),
  )
}

export function subjectName({ workload, engine, workers }: Subject): string {
  return `${workload}, ${engine}, ${workers} worker${workers > 1 ? 's' : ''}`
}

export function cellOf(pair: Pair): string {
  return `${subjectName(pair)}, ${pair.load}`
}

/** Mean words of a synthetic line (`workloads/input/lines.ts`). */
const WORDS_PER_LINE = 6.9

/** Records per second that one core would do by kernels alone. */
export function kernelRate(workload: Pair['workload'], { costs }: Calibration): number {
  const { kernels } = costs
  const ns = (name: string): number => kernels[name] ?? kernels.other
  const perRecord =
    workload === 'grep'
      ? ns('read') + ns('contains')
      : ns('read') + ns('words') + WORDS_PER_LINE * ns('combine')
  return 1e9 / perRecord
}

/** Records per second of a load; `pace`: of the probe. */
export function rateOf(
  { workload, workers, load }: Pair,
  { calibration, scale, pace }: { calibration: Calibration; scale: ValidateScale; pace: number },
): number {
  const rate =
    load === 'probe'
      ? kernelRate(workload, calibration) * workers * PROBE_SHARE * scale.rateFactor
      : pace * PACE_SHARES[load]
  return Math.max(1, Math.round(rate))
}

/** `factor` and `costs`: of the calibration in situ; without `costs` those of the micro-benchmarks. */
export function specOf(
  pair: Pair,
  world: TrialSpec['world'],
  calibration: Calibration,
  {
    scale,
    seed,
    factor,
    costs = calibration.costs,
    pace,
  }: { scale: ValidateScale; seed: number; factor: number; costs?: CostModel; pace: number },
): TrialSpec {
  const { workload, engine, workers, load } = pair
  const spins = load === 'calibration, spinning' || load === 'calibration, idle'
  const tick = scale.ticks[engine]
  const interval = { interval: '100ms' }
  return {
    workload,
    parameters: workload === 'word-count' ? { ...interval, mode: 'running' } : interval,
    input: scale.input,
    engine,
    world,
    workers,
    partitions: 4 * workers,
    tick,
    rate: rateOf(pair, { calibration, scale, pace }),
    warmup: scale.warmup,
    measured: scale.measured,
    seed,
    kernels: 'columns',
    digests: true,
    timely: { ...TRIAL_DEFAULTS.timely, flushInterval: tick },
    dstream: TRIAL_DEFAULTS.dstream,
    replacement: 'respawn',
    // Overload keeps workers busy for long; nobody dies here.
    detector: { heartbeat: milliseconds(100), timeout: seconds(10) },
    faults: [],
    grace: scale.grace,
    keepHistory: false,
    ...(spins ? { spin: seconds(1) } : {}),
    ...(world === 'simulated'
      ? {
          simulation: {
            costs: scaledCosts(spins ? spinning(costs) : costs, factor),
            processesPerNode: workers + 1,
            coresPerNode: scale.cores,
            wakeLatency: calibration.wakeNs,
            alarmLatency: calibration.alarmNs,
          },
        }
      : {}),
  }
}

/** Workers spin; a driver parks as ever. */
function spinning(costs: CostModel): CostModel {
  return { coordinatorParkNs: costs.parkNs, ...costs, parkNs: 0 }
}
