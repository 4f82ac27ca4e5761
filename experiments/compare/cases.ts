/**
 * The cases of the main job: four workloads over real text, two engines, and the trial of each as data.
 *
 * What an engine is given is the same for both: input, workers, partitions, memory, bound. The tick is not, because it is
 * what the models differ in: D-Streams run batches of 500 ms, as in the paper's runs under a 1 s bound (D-Streams Figure 8);
 * timely's epochs are 10 ms for throughput, and shorter for the latency of workloads that show every tick. Rows state it.
 */
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { STATE_OF_THE_UNION_PATTERN } from '../../workloads/input/state-of-the-union.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { InputSpec, TrialSpec } from '../runner/trial-spec.ts'

export const engines = ['timely', 'dstream'] as const
export type EngineName = (typeof engines)[number]

/** Interval of every plan, slide of its windows, and D-Stream's batch. */
const INTERVAL = '500ms'
const window = { interval: INTERVAL, length: '30s', slide: INTERVAL } as const

export interface CompareCase {
  /** Kebab-case, for trial ids. */
  readonly name: string
  /** As tables print it. */
  readonly label: string
  readonly workload: string
  readonly parameters: TrialSpec['parameters']
  /** Whether results of a record are due at a window's slide, and the past is filled in. */
  readonly windowed: boolean
  /** Timely's epoch in latency rows. Windows show a record at the next slide, so a shorter epoch would not be seen. */
  readonly latencyTick: Nanos
}

const THROUGHPUT_TICK = milliseconds(10)
const BATCH = milliseconds(500)

export const compareCases: readonly CompareCase[] = [
  {
    name: 'grep',
    label: 'grep',
    workload: 'grep',
    parameters: { interval: INTERVAL, pattern: STATE_OF_THE_UNION_PATTERN },
    windowed: false,
    latencyTick: milliseconds(1),
  },
  {
    name: 'word-count',
    label: 'word-count, running',
    workload: 'word-count',
    parameters: { interval: INTERVAL, mode: 'running' },
    windowed: false,
    latencyTick: milliseconds(5),
  },
  {
    name: 'word-count-window',
    label: 'word-count, 30 s window',
    workload: 'word-count',
    parameters: { ...window, mode: 'window-inverse' },
    windowed: true,
    latencyTick: THROUGHPUT_TICK,
  },
  {
    name: 'top-k-window',
    label: 'top-k, 30 s window',
    workload: 'top-k',
    parameters: { ...window, inverse: true },
    windowed: true,
    latencyTick: THROUGHPUT_TICK,
  },
]

/** How large a compare is: everything that a test makes tiny and nothing that changes what is compared. */
export interface CompareScale {
  readonly name: string
  readonly input: InputSpec
  readonly world: TrialSpec['world']
  /** Of trials at full length, and of the probe and the latencies. */
  readonly warmup: Nanos
  readonly measured: Nanos
  readonly shortWarmup: Nanos
  readonly shortMeasured: Nanos
  readonly grace: Nanos
  /** Added to the warm-up of windows: their past is worked off first. */
  readonly windowWarmup: Nanos
  /** Rate of the past that fills windows. */
  readonly historyRate: number
  /** First rate as a share of the single thread's with the same kernels, and without a baseline. */
  readonly guessShare: number
  readonly guessRate: number
  /** Time that each loop of a baseline gets; 0 for no baselines. */
  readonly baselineMs: number
  /** Whole run, figures included. */
  readonly budgetMs: number
}

export const quickScale: CompareScale = {
  name: 'quick',
  input: { kind: 'state-of-the-union' },
  world: 'threads',
  warmup: seconds(1),
  measured: seconds(2),
  shortWarmup: milliseconds(500),
  shortMeasured: milliseconds(1_500),
  grace: seconds(2),
  windowWarmup: milliseconds(1_500),
  historyRate: 10_000,
  guessShare: 0.8,
  guessRate: 500_000,
  baselineMs: 400,
  budgetMs: 170_000,
}

export const LATENCY_BOUND: Nanos = seconds(1)
export const WORKERS = 2
export const PARTITIONS = 8
/** Windows over real text keep the rows of 60 slides; the same for both engines. */
const WORKER_MEMORY_BYTES = 320 * 1024 * 1024

export type Purpose = 'probe' | 'search' | 'maximum' | 'half-load' | 'common-rate'

export interface TrialAsk {
  readonly compareCase: CompareCase
  readonly engine: EngineName
  readonly purpose: Purpose
  readonly rate: number
  /** Shorter intervals, because time is short. */
  readonly shortened: boolean
  readonly seed: number
}

export function specOf(ask: TrialAsk, scale: CompareScale): TrialSpec {
  const { compareCase, engine, purpose, rate, seed } = ask
  const latencies = purpose === 'half-load' || purpose === 'common-rate'
  const short = ask.shortened || purpose === 'probe'
  const tick = engine === 'dstream' ? BATCH : latencies ? compareCase.latencyTick : THROUGHPUT_TICK
  return {
    workload: compareCase.workload,
    parameters: compareCase.parameters,
    input: scale.input,
    engine,
    world: scale.world,
    workers: WORKERS,
    partitions: PARTITIONS,
    tick,
    rate,
    warmup:
      (short ? scale.shortWarmup : scale.warmup) + (compareCase.windowed ? scale.windowWarmup : 0),
    measured: short || latencies ? scale.shortMeasured : scale.measured,
    ...(compareCase.windowed
      ? { history: { duration: seconds(30), rate: scale.historyRate } }
      : {}),
    seed,
    kernels: 'columns',
    digests: true,
    timely: { ...TRIAL_DEFAULTS.timely, flushInterval: tick },
    dstream: TRIAL_DEFAULTS.dstream,
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults: [],
    workerMemoryBytes: WORKER_MEMORY_BYTES,
    grace: scale.grace,
    keepHistory: false,
  }
}
