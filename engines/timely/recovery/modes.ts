/** The recovery modes of the engine, in one table: what each asks of the input, and what it keeps in storage. */
import type { RunConfig, TimelyOptions } from '../../core/run-config.ts'
import { Checkpointing, type CheckpointOptions } from './checkpoint.ts'

export interface RecoveryMode {
  /** Whether a run survives the loss of a worker. */
  readonly survives: boolean
  /** Of the input, in checkpoint intervals, what is surely needed at once: a rollback may choose the older of two checkpoints. */
  readonly intervalsHeld: number
  /** Whether what reaches partitions is logged, and replayed on top of a checkpoint (`message-log.ts`). */
  readonly logs?: true
  /** What takes checkpoints, where there are any: begun with each generation. */
  readonly checkpointer?: (options: CheckpointOptions) => Checkpointing
}

export const RECOVERY_MODES: Readonly<Record<TimelyOptions['recovery'], RecoveryMode>> = {
  none: { survives: false, intervalsHeld: 0 },
  checkpoint: {
    survives: true,
    intervalsHeld: 2,
    checkpointer: (options) => new Checkpointing(options),
  },
  logging: {
    survives: true,
    intervalsHeld: 2,
    logs: true,
    checkpointer: (options) => new Checkpointing(options),
  },
}

export function modeOf({ timely }: Pick<RunConfig, 'timely'>): RecoveryMode {
  return RECOVERY_MODES[timely.recovery]
}
