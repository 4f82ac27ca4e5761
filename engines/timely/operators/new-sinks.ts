/** The sinks of a worker: one for each output, fed by what is placed here. */
import type { ProcessSetup } from '../../core/engine.ts'
import type { Membership } from '../../core/membership/membership.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import { holdersOf, partitionsAt, type StagePlan, type TimelyPlan, ticksIn } from '../lower.ts'
import { Sink, type SinkOptions } from './sink.ts'

export interface SinksOptions
  extends Pick<SinkOptions, 'world' | 'lowered' | 'effects' | 'epoch' | 'closing'> {
  readonly setup: ProcessSetup
  readonly plan: TimelyPlan
  readonly membership: Membership
  stageOf(operator: OperatorId): StagePlan
}

export function newSinks(options: SinksOptions): Sink[] {
  const { world, setup, lowered, effects, plan, membership, epoch, closing, stageOf } = options
  const { config, dataflow } = setup
  return dataflow.outputs.map(({ index, period }) => {
    const feeds = dataflow.paths
      .filter(({ to }) => to.kind === 'output' && to.output === index)
      .map(({ from }) => ({ from, stage: stageOf(from) }))
    const single = feeds.every(({ stage }) => stage.single)
    const here = feeds.filter(({ stage }) =>
      holdersOf(stage, membership.placement).includes(world.process),
    )
    return new Sink({
      world,
      lowered,
      effects,
      output: index,
      feeds: here.map(({ from }) => from),
      generation: membership.generation,
      ticks: setup.ticks,
      period: ticksIn(period, setup.ticks),
      epoch,
      epochs: plan.epochs,
      partitions: partitionsAt(single, membership.placement, world.process),
      keepRows: config.keepRows,
      closing,
    })
  })
}
