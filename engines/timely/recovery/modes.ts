/** The recovery modes of the engine, in one table: what each asks of plan and input, and what takes its checkpoints. */
import { ConfigurationError, PlanError } from '../../core/errors.ts'
import type { Dataflow } from '../../core/plan/dataflow.ts'
import type { RunConfig, TimelyOptions } from '../../core/run-config.ts'
import { BarrierSnapshots } from './barrier-snapshots.ts'
import { Checkpointing } from './checkpoint.ts'
import type { Checkpointer, CheckpointOptions } from './checkpoint-store.ts'

export interface RecoveryMode {
  /** Whether a run survives the loss of a worker. */
  readonly survives: boolean
  /** Of the input, in checkpoint intervals, what is surely needed at once: a rollback may choose the older of two checkpoints. */
  readonly intervalsHeld: number
  /** Whether stages are copied at borders (`operators/stage-border.ts`). */
  readonly hasBorders?: true
  /** Why plans with loops are refused, where they are. */
  readonly noLoops?: string
  /** What takes checkpoints, where there are any: begun with each generation. */
  readonly checkpointer?: (options: CheckpointOptions) => Checkpointer
}

export const RECOVERY_MODES: Readonly<Record<TimelyOptions['recovery'], RecoveryMode>> = {
  none: { survives: false, intervalsHeld: 0 },
  checkpoint: {
    survives: true,
    intervalsHeld: 2,
    checkpointer: (options) => new Checkpointing(options),
  },
  'barrier-snapshots': {
    survives: true,
    intervalsHeld: 2,
    hasBorders: true,
    noLoops:
      'Snapshots are taken while rounds of several epochs overlap in a loop, and nothing has shown yet that they are right there',
    checkpointer: (options) => new BarrierSnapshots(options),
  },
}

export function modeOf({ timely }: Pick<RunConfig, 'timely'>): RecoveryMode {
  return RECOVERY_MODES[timely.recovery]
}

/** Errors: `PlanError` for a plan that a mode does not recover, `ConfigurationError` for changes of the workers without checkpoints. */
export function checkMode(
  { timely, resize }: Pick<RunConfig, 'timely' | 'resize'>,
  { loops }: Dataflow,
): void {
  const { noLoops, checkpointer } = RECOVERY_MODES[timely.recovery]
  if (resize !== undefined && checkpointer === undefined) {
    throw new ConfigurationError({
      asked: 'workers that join or leave',
      found: `recovery ${timely.recovery}`,
      rule: 'partitions move with a checkpoint, which all workers go to under the new membership',
      remedy: 'Use --recovery checkpoint or barrier-snapshots',
    })
  }
  const [loop] = loops
  if (noLoops === undefined || loop === undefined) return
  throw new PlanError({
    asked: `iterate (node ${loop.node})`,
    found: `recovery ${timely.recovery}`,
    rule: noLoops,
    remedy: 'Use --recovery checkpoint, which drains loops before it copies',
  })
}
