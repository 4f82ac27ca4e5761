/** The source of a stage on this worker: the partitions that are placed here. */
import type { ProcessSetup } from '../../core/engine.ts'
import type { Membership } from '../../core/membership/membership.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import { isStamped } from '../../core/plan/operator-traits.ts'
import { partitionsAt, type StagePlan, type TimelyPlan } from '../lower.ts'
import type { Sink } from './sink.ts'
import { Source, type SourceOptions } from './source.ts'

export interface NewSourceOptions extends Pick<SourceOptions, 'world' | 'input' | 'resumed'> {
  readonly setup: ProcessSetup
  readonly lowered: Lowered
  readonly plan: TimelyPlan
  readonly membership: Membership
  readonly stage: StagePlan
  readonly vertex: SourceOptions['stage']
  readonly sinks: readonly Sink[]
}

export function newSource(options: NewSourceOptions): Source {
  const { world, input, resumed, setup, lowered, plan, membership, stage, vertex, sinks } = options
  const { config, dataflow, ticks } = setup
  const operator = stage.operators[0]!
  return new Source({
    world,
    operator,
    log: setup.input,
    reader: lowered.reader,
    stamped: isStamped(dataflow.operators[operator]!),
    stage: vertex,
    input,
    partitions: partitionsAt(stage.single, membership.placement, world.process),
    ticks,
    epochs: plan.epochs,
    flushInterval: config.timely.flushInterval,
    resumed,
    hasRead: (epoch, at) => {
      for (const sink of sinks) sink.hasRead(epoch, at)
    },
  })
}
