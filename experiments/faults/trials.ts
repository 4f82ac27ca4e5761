/**
 * The trials of an arm: running WordCount over real text on two workers, unless the arm says otherwise.
 *
 * An injection comes at a random phase of the checkpoint interval: how much a rollback does again depends on where in it the
 * failure falls, and so does how much of its lineage a D-Stream recomputes. Phases are drawn from the seed and the round, so
 * all arms are hit at the same ones. What each has to be got over (`settle`) is as long as the oldest state takes that may have to
 * be made up for: shorter, late phases would be seen as never back, and they are the long ones.
 */
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { Resize } from '../../engines/core/run-config.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { seededRandom } from '../../engines/core/world/random.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { Burst, TrialSpec } from '../runner/trial-spec.ts'
import type { Arm, Disturbance, FaultScale } from './design.ts'

const WORKERS = 2
const PARTITIONS = 8
/** Of the plan, and of what a burst's ends are multiples of. */
const INTERVAL = seconds(1)

/** Offered over what an arm can do, to probe it. */
export const OVERLOAD = 1.3

export const workload = { workload: 'word-count', parameters: { interval: '1s', mode: 'running' } }

const lengthOf = (disturbance: Disturbance): Nanos =>
  'length' in disturbance ? disturbance.length : 0

/** An injection falls within `within`, lasts, and is got over; then the next one may come. */
function stretchOf(arm: Arm, scale: FaultScale) {
  const { checkpointInterval: within = scale.checkpointInterval, disturbance } = arm
  const { injections = scale.injections, settle = scale.settle } = arm
  const each = disturbance === undefined ? 0 : within + lengthOf(disturbance) + settle
  return { within, each, injections: disturbance === undefined ? 0 : injections }
}

/** How long a trial is measured: with injections or in peace. */
export function measuredOf(arm: Arm, scale: FaultScale): Nanos {
  const { each, injections } = stretchOf(arm, scale)
  return scale.steady + injections * each
}

/** An injection: at this instant, in this process of so many. */
interface Drawn {
  readonly at: Nanos
  readonly worker: number
}

function drawn(arm: Arm, scale: FaultScale, seed: number, round: number): readonly Drawn[] {
  const { within, each, injections } = stretchOf(arm, scale)
  const random = seededRandom(seed, round)
  return Array.from({ length: injections }, (_, injection) => {
    const worker = random.below(workersOf(arm))
    const from = scale.warmup + scale.steady + injection * each
    return { worker, at: from + Math.floor(random.unit() * within) }
  })
}

const workersOf = ({ change: { workers = WORKERS } }: Arm): number => workers

export interface InjectionAsk {
  readonly arm: Arm
  readonly scale: FaultScale
  readonly seed: number
  readonly round: number
}

/** The faults of an arm's trial in a round; a burst and a resize are none. */
export function faultsOf({ arm, scale, seed, round }: InjectionAsk): FaultPlan {
  const { disturbance } = arm
  if (disturbance === undefined) return []
  const driver = workersOf(arm)
  return drawn(arm, scale, seed, round).flatMap(({ at, worker }) => {
    const fault = faultOf(disturbance, { worker, driver })
    return fault === undefined ? [] : [{ ...fault, at }]
  })
}

function faultOf(
  disturbance: Disturbance,
  { worker, driver }: { readonly worker: number; readonly driver: number },
) {
  switch (disturbance.kind) {
    case 'kill':
      return { kind: 'kill', process: disturbance.whom === 'driver' ? driver : worker } as const
    case 'slow':
    case 'contend':
      return { ...disturbance, process: worker }
    case 'burst':
    case 'resize':
      return undefined
  }
}

/** The burst of an arm's trial in a round, if it has one: of the pace that its load is a share of. */
export function burstOf(ask: InjectionAsk, pace: number): Burst | undefined {
  const { arm, scale, seed, round } = ask
  const { disturbance } = arm
  if (disturbance?.kind !== 'burst') return undefined
  const { at } = drawn(arm, scale, seed, round)[0]!
  const from = Math.floor(at / INTERVAL) * INTERVAL
  return { from, until: from + disturbance.length, rate: Math.round(pace * disturbance.times) }
}

/** The changes of the workers in an arm's trial in a round, if it has some. */
export function resizeOf(ask: InjectionAsk): Resize | undefined {
  const { arm, scale, seed, round } = ask
  const { disturbance } = arm
  if (disturbance?.kind !== 'resize') return undefined
  const { from, length } = disturbance
  const { at } = drawn(arm, scale, seed, round)[0]!
  return {
    from,
    steps: [
      { at, workers: workersOf(arm) },
      { at: at + length, workers: from },
    ],
  }
}

export interface SpecAsk {
  readonly arm: Arm
  readonly scale: FaultScale
  readonly rate: number
  readonly seed: number
}

/** A trial in peace. */
export function specOf({ arm, scale, rate, seed }: SpecAsk): TrialSpec {
  const { checkpointInterval = scale.checkpointInterval, change } = arm
  const { world = scale.world } = change
  return {
    ...workload,
    input: scale.input,
    world,
    workers: WORKERS,
    partitions: PARTITIONS,
    rate,
    warmup: scale.warmup,
    measured: measuredOf(arm, scale),
    seed,
    kernels: 'columns',
    digests: true,
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults: [],
    // Of simulated workers there may be many; the world shares out what there is.
    ...(world === 'threads' ? { workerMemoryBytes: 320 * 1024 * 1024 } : {}),
    grace: seconds(10),
    keepHistory: false,
    timelineInterval: milliseconds(250),
    ...change,
    timely: {
      ...TRIAL_DEFAULTS.timely,
      recovery: 'checkpoint',
      checkpointInterval,
      flushInterval: change.tick,
      ...change.timely,
    },
    dstream: { ...TRIAL_DEFAULTS.dstream, checkpointInterval, ...change.dstream },
  }
}

/**
 * A probe overloads, and nobody is hit. What is due in ten seconds takes thirteen then, so its checkpoints are nearer to each other
 * by the input's time, and as far apart by the clock.
 */
export function probeOf(ask: SpecAsk): TrialSpec {
  const { arm, scale } = ask
  const { checkpointInterval = scale.checkpointInterval } = arm
  const nearer = Math.max(1, Math.round(checkpointInterval / OVERLOAD / INTERVAL)) * INTERVAL
  const spec = specOf({ ...ask, arm: { ...arm, checkpointInterval: nearer } })
  return { ...spec, measured: scale.probe, grace: spec.grace + scale.probe }
}

/** A trial with injections; `peaceLatency` is the worst of one in peace at the same rate, for who resizes. */
export function hitOf(
  ask: SpecAsk & InjectionAsk,
  pace: number | undefined,
  peaceLatency?: Nanos,
): TrialSpec {
  const burst = burstOf(ask, pace ?? ask.rate)
  const resize = resizeOf(ask)
  return {
    ...specOf(ask),
    faults: faultsOf(ask),
    ...(burst === undefined ? {} : { burst }),
    ...(resize === undefined ? {} : { resize }),
    ...(resize === undefined || peaceLatency === undefined ? {} : { peaceLatency }),
  }
}
