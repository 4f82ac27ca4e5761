/**
 * An experiment around faults as data: arms that take turns, what happens to them, and how long for.
 *
 *   round ──▶ arm ──▶ probe (its pace under overload) ──▶ trial in peace ──▶ trial of the same length with injections
 *
 * A load is a share of a pace that was measured just before. An arm that is compared with another one (`against`) stands between
 * two visits of it. Every other round goes backwards.
 */
import type { Nanos } from '../../engines/core/units.ts'
import type { Claim, ClaimFault, ClaimRow } from '../experiment.ts'
import type { InputSpec, TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'

/** What happens, at instants that are drawn from the seed. */
export type Disturbance =
  | { readonly kind: 'kill'; readonly whom: 'worker' | 'driver' }
  /** A worker has this share of its CPU for a while. */
  | { readonly kind: 'slow'; readonly share: number; readonly length: Nanos }
  /** So many tasks that never end want the cores of a worker's node. Simulated world. */
  | { readonly kind: 'contend'; readonly tasks: number; readonly length: Nanos }
  /** So many times the arm's pace is offered for a while. */
  | { readonly kind: 'burst'; readonly times: number; readonly length: Nanos }
  /** There are so many workers; the others join, and leave again after a while. */
  | { readonly kind: 'resize'; readonly from: number; readonly length: Nanos }

export interface Arm {
  /** As tables print it, and in the column `arm`. */
  readonly name: string
  /** What differs from the others: the engine, its tick, its options, workers, the world. */
  readonly change: Partial<TrialSpec> & Pick<TrialSpec, 'engine' | 'tick'>
  /** Where it is not the scale's. */
  readonly checkpointInterval?: Nanos
  readonly disturbance?: Disturbance
  /** Of a pace; default the design's. */
  readonly load?: number
  /** The arm whose pace that is; default its own. */
  readonly loadOf?: string
  /** Offered without a probe, records/s: where what is simulated does not depend on this machine. */
  readonly rate?: number
  /** The arm that its probes and trials in peace are divided by. */
  readonly against?: string
  /** Where they are not the scale's. */
  readonly injections?: number
  readonly settle?: Nanos
  readonly repeats?: number
}

export interface FaultScale {
  readonly name: 'demonstration' | 'full'
  /** Names of arms; all if not given. */
  readonly arms?: readonly string[]
  readonly input: InputSpec
  readonly world: TrialSpec['world']
  readonly warmup: Nanos
  /** Before the first injection: the band that a trial must come back to is of this time. */
  readonly steady: Nanos
  /** An injection falls at a random phase of one. */
  readonly checkpointInterval: Nanos
  /** Of a trial, and how long each has to be got over, after the latest instant at which it may end. */
  readonly injections: number
  readonly settle: Nanos
  /** Rounds; visits of an arm that have a trial in peace. */
  readonly repeats: number
  readonly calmRepeats: number
  /** How long a probe is measured. */
  readonly probe: Nanos
  /** Trials at most to find what overloads an arm by the wanted factor, before the first round. */
  readonly calibrations: number
  /** Time of the single thread's loops, which say where to look; 0: none. The first guess without them, records/s. */
  readonly baselineMs: number
  readonly guessRate: number
}

/** A trial at a load, and the pace that it is a share of. */
export interface LoadedTrial {
  readonly spec: TrialSpec
  readonly outcome: TrialOutcome
  readonly pace?: number
}

export interface MeasuredArm {
  readonly arm: Arm
  readonly calm: readonly LoadedTrial[]
  readonly hit: readonly LoadedTrial[]
  /** Visits whose probe had no valid pace, so that nothing could be offered. */
  readonly lost: number
  /** Visits of an arm that is resized whose trial in peace was not valid: nothing was known for latency to be back at. */
  readonly withoutPeace: number
}

export interface FaultReport {
  readonly arms: readonly MeasuredArm[]
  readonly rows: readonly ClaimRow[]
  readonly faults: readonly ClaimFault[]
  readonly seed: number
}

export interface FaultDesign {
  /** Kebab-case: the experiment, its command, and its figure. */
  readonly name: string
  readonly question: string
  readonly shows: string
  /** For the command's help, in a few words; and what it does, with how long it takes. */
  readonly summary: string
  readonly description: string
  readonly load: number
  readonly arms: readonly Arm[]
  readonly demonstration: FaultScale
  readonly full: FaultScale
  readonly claims: readonly Claim[]
  /** Whether a run in which an arm is not seen to come back has not shown what it was to show. */
  readonly isRecovered: boolean
  /** What is printed: lines, tables. */
  report(report: FaultReport): readonly string[]
}

/** The arms of a scale, with those that they are compared with. */
export function armsOf(
  { arms }: Pick<FaultDesign, 'arms'>,
  scale: Pick<FaultScale, 'arms'>,
): readonly Arm[] {
  const chosen = scale.arms ?? arms.map(({ name }) => name)
  const needed = arms.flatMap(({ name, against }) =>
    chosen.includes(name) && against !== undefined ? [against] : [],
  )
  return arms.filter(({ name }) => chosen.includes(name) || needed.includes(name))
}
