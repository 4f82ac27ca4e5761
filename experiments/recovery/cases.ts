/**
 * The trials of `recovery`: running WordCount over real text on two workers, at half of what each engine sustains; one
 * trial in peace, and one of the same length in which workers are killed.
 *
 * A kill comes at a random phase of the checkpoint interval: how much a rollback does again depends on where in it the
 * failure falls, and so does how much of its lineage a D-Stream recomputes. Phases are drawn from the seed, before the run.
 * Before the first kill a trial is steady for a while: that is the band which it must come back to.
 */
import type { KillFault } from '../../engines/core/faults/fault.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { seededRandom } from '../../engines/core/world/random.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { InputSpec, TrialSpec } from '../runner/trial-spec.ts'

/** An engine with its way to recover. */
export interface RecoveryMode {
  /** As tables print it. */
  readonly name: string
  readonly engine: TrialSpec['engine']
  /** Timely's epoch, D-Stream's batch. */
  readonly tick: Nanos
}

export const recoveryModes: readonly RecoveryMode[] = [
  { name: 'timely, checkpoint', engine: 'timely', tick: milliseconds(10) },
  { name: 'dstream, lineage', engine: 'dstream', tick: seconds(1) },
]

export interface RecoveryScale {
  readonly name: 'demonstration' | 'full'
  readonly input: InputSpec
  readonly world: TrialSpec['world']
  readonly warmup: Nanos
  /** Before the first kill. */
  readonly steady: Nanos
  readonly checkpointInterval: Nanos
  /** Kills of a trial, and how long each has to be recovered from, after the latest instant at which it may fall. */
  readonly kills: number
  readonly settle: Nanos
  /** Trials with kills of each mode, and as many in peace. */
  readonly repeats: number
  /** Of what a mode sustains. */
  readonly load: number
  /** Of a probe: what is offered, and for how long it is measured. */
  readonly probe: Nanos
  /** Time of the single thread's loops, which say where to look; and the first guess without them. */
  readonly baselineMs: number
  readonly guessRate: number
}

/** About two and a half minutes for both engines. */
export const demonstration: RecoveryScale = {
  name: 'demonstration',
  input: { kind: 'state-of-the-union' },
  world: 'threads',
  warmup: seconds(3),
  steady: seconds(6),
  checkpointInterval: seconds(5),
  kills: 1,
  settle: seconds(9),
  repeats: 1,
  load: 0.5,
  probe: seconds(2),
  baselineMs: 300,
  guessRate: 1_000_000,
}

/** What may be published (METHOD): 21 injections a mode, 20 s steady, 10 s checkpoints. About 20 minutes. */
export const full: RecoveryScale = {
  ...demonstration,
  name: 'full',
  warmup: seconds(5),
  steady: seconds(20),
  checkpointInterval: seconds(10),
  kills: 7,
  settle: seconds(10),
  repeats: 3,
}

/** What is computed, by the engines and by one thread. */
export const WORK = {
  workload: 'word-count',
  parameters: { interval: '1s', mode: 'running' },
} as const
export const WORKERS = 2
const PARTITIONS = 8

/** How long a trial is measured: with kills or in peace. */
export function measuredOf({ steady, kills, checkpointInterval, settle }: RecoveryScale): Nanos {
  return steady + kills * (checkpointInterval + settle)
}

/** A kill at an instant, not at a moment of the run. */
export type TimedKill = KillFault & { readonly at: Nanos }

/** Kills of the `trial`-th trial of any mode: all modes are hit at the same instants. */
export function killsOf(scale: RecoveryScale, seed: number, trial: number): readonly TimedKill[] {
  const { warmup, steady, kills, checkpointInterval, settle } = scale
  const random = seededRandom(seed, trial)
  return Array.from({ length: kills }, (_, kill) => {
    const from = warmup + steady + kill * (checkpointInterval + settle)
    return {
      kind: 'kill',
      process: random.below(WORKERS),
      at: from + Math.floor(random.unit() * checkpointInterval),
    }
  })
}

export interface RecoveryAsk {
  readonly mode: RecoveryMode
  readonly rate: number
  readonly seed: number
  readonly faults: readonly KillFault[]
}

/** A probe overloads for a short while, and nobody dies. */
export function probeOf(ask: Omit<RecoveryAsk, 'faults'>, scale: RecoveryScale): TrialSpec {
  return { ...specOf({ ...ask, faults: [] }, scale), measured: scale.probe }
}

export function specOf({ mode, rate, seed, faults }: RecoveryAsk, scale: RecoveryScale): TrialSpec {
  const { checkpointInterval } = scale
  return {
    ...WORK,
    input: scale.input,
    engine: mode.engine,
    world: scale.world,
    workers: WORKERS,
    partitions: PARTITIONS,
    tick: mode.tick,
    rate,
    warmup: scale.warmup,
    measured: measuredOf(scale),
    seed,
    kernels: 'columns',
    digests: true,
    timely: {
      ...TRIAL_DEFAULTS.timely,
      recovery: 'checkpoint',
      checkpointInterval,
      flushInterval: mode.tick,
    },
    dstream: { ...TRIAL_DEFAULTS.dstream, checkpointInterval },
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults,
    workerMemoryBytes: 320 * 1024 * 1024,
    grace: seconds(10),
    keepHistory: faults.length > 0,
    timelineInterval: milliseconds(250),
  }
}
