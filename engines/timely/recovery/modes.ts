/** The recovery modes of the engine, in one table: what each asks of plan and input, and what takes its checkpoints. */
import { ConfigurationError, PlanError } from '../../core/errors.ts'
import type { Dataflow } from '../../core/plan/dataflow.ts'
import type { RunConfig, TimelyOptions } from '../../core/run-config.ts'
import { checkReplicas } from './active-standby.ts'
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
  /** Whether what reaches partitions is logged, and replayed on top of a checkpoint (`message-log.ts`). */
  readonly logs?: true
  /** Whether the dataflow runs twice (`active-standby.ts`). */
  readonly isReplicated?: true
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
  logging: {
    survives: true,
    intervalsHeld: 2,
    logs: true,
    checkpointer: (options) => new Checkpointing(options),
  },
  'active-standby': { survives: true, intervalsHeld: 0, isReplicated: true },
}

export function modeOf({ timely }: Pick<RunConfig, 'timely'>): RecoveryMode {
  return RECOVERY_MODES[timely.recovery]
}

/** Errors: `PlanError` for a plan that a mode does not recover, `ConfigurationError` for what else it does not. */
export function checkMode(config: RunConfig, dataflow: Dataflow): void {
  const { recovery } = config.timely
  const { noLoops, isReplicated, checkpointer } = RECOVERY_MODES[recovery]
  if (config.resize !== undefined && checkpointer === undefined) throw withoutCheckpoints(recovery)
  if (isReplicated) checkReplicas(config, dataflow)
  const [loop] = dataflow.loops
  if (noLoops === undefined || loop === undefined) return
  throw new PlanError({
    asked: `iterate (node ${loop.node})`,
    found: `recovery ${recovery}`,
    rule: noLoops,
    remedy: 'Use --recovery checkpoint, which drains loops before it copies',
  })
}

function withoutCheckpoints(recovery: TimelyOptions['recovery']): ConfigurationError {
  return new ConfigurationError({
    asked: 'workers that join or leave',
    found: `recovery ${recovery}`,
    rule: 'partitions move with a checkpoint, which all workers go to under the new membership',
    remedy: 'Use --recovery checkpoint, logging or barrier-snapshots',
  })
}
