/** The recovery modes of the engine, in one table: what each asks of plan and input, and what takes its checkpoints. */
import type { ProcessSetup } from '../../core/engine.ts'
import { ConfigurationError, PlanError, RecoveryError } from '../../core/errors.ts'
import type { Dataflow } from '../../core/plan/dataflow.ts'
import { formatDuration } from '../../core/plan/duration.ts'
import type { RunConfig, TimelyOptions } from '../../core/run-config.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import { checkReplicas } from './active-standby.ts'
import { BarrierSnapshots } from './barrier-snapshots.ts'
import { Checkpointing } from './checkpoint.ts'
import type { Checkpointer, CheckpointOptions } from './checkpoint-store.ts'
import { type DueAfter, dueEpochs, EACH_EPOCH, NEVER_DUE } from './due-epochs.ts'

export interface RecoveryMode {
  /** Whether a run survives the loss of a worker. */
  readonly survives: boolean
  /** Of the input, in checkpoint intervals, what is surely needed at once: a rollback may choose the older of two checkpoints. */
  readonly intervalsHeld: number
  /** Whether stages are copied at borders (`operators/stage-border.ts`). */
  readonly hasBorders?: true
  /** Whether what reaches partitions is logged, and replayed on top of a checkpoint (`message-log.ts`). */
  readonly logs?: true
  /** Whether senders keep what they have sent, so that only who is lost goes back (`takeover.ts`). */
  readonly keepsSent?: true
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
  'upstream-backup': {
    survives: true,
    intervalsHeld: 2,
    keepsSent: true,
    noLoops:
      'Rows are taken into a state, and dropped and sent again, by whole epochs; in a loop rounds are what is taken, and those of several epochs overlap',
    checkpointer: (options) => new Checkpointing(options),
  },
  'active-standby': { survives: true, intervalsHeld: 0, isReplicated: true },
}

export function modeOf({ timely }: Pick<RunConfig, 'timely'>): RecoveryMode {
  return RECOVERY_MODES[timely.recovery]
}

/** Where stages wait for a copy, or fold no rows before their epoch ends. */
export function bordersOf(
  { config, ticks }: Pick<ProcessSetup, 'config' | 'ticks'>,
  epochs: number,
): DueAfter {
  const { hasBorders, keepsSent } = modeOf(config)
  if (keepsSent) return EACH_EPOCH
  return hasBorders ? dueEpochs({ config, ticks }, epochs) : NEVER_DUE
}

/** Errors: `PlanError` for a plan that a mode does not recover, `ConfigurationError` for what else it does not. */
export function checkMode(config: RunConfig, dataflow: Dataflow): void {
  const { recovery } = config.timely
  const { noLoops, isReplicated, keepsSent, checkpointer } = RECOVERY_MODES[recovery]
  // Who goes on with what it has goes on with the partitions that it has.
  const moves = checkpointer !== undefined && keepsSent === undefined
  if (config.resize !== undefined && !moves) throw movesNothing(recovery)
  if (isReplicated) checkReplicas(config, dataflow)
  if (keepsSent) checkKeeping(config)
  const [loop] = dataflow.loops
  if (noLoops === undefined || loop === undefined) return
  throw new PlanError({
    asked: `iterate (node ${loop.node})`,
    found: `recovery ${recovery}`,
    rule: noLoops,
    remedy: 'Use --recovery checkpoint, which drains loops before it copies',
  })
}

function movesNothing(recovery: TimelyOptions['recovery']): ConfigurationError {
  return new ConfigurationError({
    asked: 'workers that join or leave',
    found: `recovery ${recovery}`,
    rule: 'partitions move with a checkpoint, which all workers go to under the new membership',
    remedy: 'Use --recovery checkpoint, logging or barrier-snapshots',
  })
}

function checkKeeping({ replacement, ingest }: RunConfig): void {
  if (replacement === 'survivors') {
    throw new ConfigurationError({
      asked: 'recovery upstream-backup with the replacement survivors',
      found: 'no fresh process for what a lost worker had',
      rule: 'What was lost begins at its checkpoint, in a process of its own: nobody else goes back',
      remedy: 'Leave the replacement at respawn, or use --recovery checkpoint',
    })
  }
  if (ingest === 'pushed') {
    throw new ConfigurationError({
      asked: 'recovery upstream-backup with the ingest pushed',
      found: 'blocks that are handed over when the membership changes',
      rule: 'Who goes on reads on where it was; nothing has shown yet that a receiver lets it',
      remedy: 'Leave the ingest at log, or use --recovery checkpoint',
    })
  }
}

/** Of a run that does not survive it. */
export function lostWorker(worker: ProcessId, timeout: Nanos): RecoveryError {
  return new RecoveryError(
    {
      asked: `worker ${worker} to stay in the run`,
      found: `nothing was heard of it for ${formatDuration(timeout)}`,
      rule: 'with recovery none a run does not survive the loss of a worker',
      remedy: 'Choose --recovery checkpoint, or a longer detector timeout',
    },
    { worker },
  )
}
