/** The timely engine: continuous operators, after Naiad. See `README.md` for its parts. */
import type { Engine } from '../core/engine.ts'
import { ConfigurationError } from '../core/errors.ts'
import { tickLogOf } from '../core/input/tick-log.ts'
import { checkResize } from '../core/membership/resize.ts'
import { checkTick } from '../core/plan/dataflow-builder.ts'
import { formatDuration } from '../core/plan/duration.ts'
import { checkSupport } from '../core/plan/operator-support.ts'
import type { RunConfig } from '../core/run-config.ts'
import { lowerToGraph } from './lower.ts'
import type { ProgressObserver } from './progress/progress-observer.ts'
import { checkMode, modeOf } from './recovery/modes.ts'
import { TimelyWorker } from './scheduling/worker.ts'

export const timelyEngine: Engine = timelyEngineWith()

/** With an observer that is told of progress: for invariants, in the simulated world. */
export function timelyEngineWith(observer?: ProgressObserver): Engine {
  return {
    name: 'timely',

    processes: (config) => config.workers,

    check(config, dataflow) {
      checkSupport('timely', dataflow)
      checkTick(dataflow, config.tick)
      checkOptions(config)
      checkResize(config)
      checkMode(config, dataflow)
      lowerToGraph({ config, dataflow, ticks: tickLogOf(config, dataflow) })
    },

    heldInput: (config) => modeOf(config).intervalsHeld * config.timely.checkpointInterval,

    create: (world, setup) => new TimelyWorker(world, setup, observer),
  }
}

function checkOptions(config: RunConfig): void {
  const { tick, timely, input } = config
  const { checkpointInterval } = timely
  if (input.duration % tick !== 0) {
    throw new ConfigurationError({
      asked: `an input of ${formatDuration(input.duration)}`,
      found: `ticks of ${formatDuration(tick)}`,
      rule: 'the input is a whole number of ticks',
      remedy: 'Take a multiple of the tick',
    })
  }
  const { checkpointer } = modeOf(config)
  if (checkpointer !== undefined && !(checkpointInterval > 0 && checkpointInterval % tick === 0)) {
    throw new ConfigurationError({
      asked: `a checkpoint every ${formatDuration(checkpointInterval)}`,
      found: `ticks of ${formatDuration(tick)}`,
      rule: 'checkpoints are taken between two ticks',
      remedy: 'Take a multiple of the tick',
    })
  }
}
