/**
 * Lowers a dataflow to a logical graph: operators to stages, paths to connectors.
 *
 * Operators that can only ever be fed by one vertex of the same worker (all their paths keep the partition and come from
 * one stage) join that stage, and outputs belong to the stages that feed them. So what needs no coordination has none: a
 * notification closes a tick for all of the stage, and only an exchange costs a round of progress.
 *
 * Differs from Naiad, where every operator is a stage: there a pipeline of notified vertices pays one round of progress
 * for each, though the messages never leave the worker.
 */
import type { ProcessSetup } from '../core/engine.ts'
import type { TickLog } from '../core/input/tick-log.ts'
import type { OperatorId } from '../core/plan/dataflow.ts'
import type { Nanos, PartitionId, ProcessId } from '../core/units.ts'
import type { ConnectorId } from './graph/connector.ts'
import { GraphBuilder, type LogicalGraph } from './graph/logical-graph.ts'
import type { StageId } from './graph/stage.ts'

export interface StagePlan {
  readonly stage: StageId
  /** In the dataflow's order; the first one of a source stage is the source. */
  readonly operators: readonly OperatorId[]
  readonly isSource: boolean
  /** Whether only partition 0 is ever used (behind a `single-partition` routing). */
  readonly single: boolean
  /** Ticks between commits of the outputs that it feeds: an output may be due when none of its feeds emits. */
  readonly outputPeriods: readonly number[]
}

export interface TimelyPlan {
  readonly graph: LogicalGraph
  /** By stage. */
  readonly stages: readonly StagePlan[]
  /** By operator: ticks between emissions. */
  readonly periods: readonly number[]
  /** By path: its connector, or undefined when it stays within a stage or leads to an output. */
  readonly connectors: readonly (ConnectorId | undefined)[]
  /** By connector: its path. */
  readonly paths: readonly number[]
  /** Ticks of the run. */
  readonly epochs: number
}

export function lowerToGraph({
  config,
  dataflow,
  ticks,
}: Pick<ProcessSetup, 'config' | 'dataflow' | 'ticks'>): TimelyPlan {
  const builder = new GraphBuilder()
  const stageOf: StageId[] = []
  const stages: (StagePlan & { operators: OperatorId[]; outputPeriods: number[] })[] = []
  const singles: boolean[] = []
  for (const operator of dataflow.operators) {
    const name = `${operator.kind} ${operator.id}`
    const into = dataflow.paths.filter(
      ({ to }) => to.kind === 'operator' && to.operator === operator.id,
    )
    const kept = into.every(({ to }) => to.kind === 'operator' && to.routing === 'same-partition')
    singles[operator.id] =
      into.length > 0 &&
      into.every(
        ({ from, to }) =>
          to.kind === 'operator' &&
          (to.routing === 'single-partition' ||
            (to.routing === 'same-partition' && singles[from]!)),
      )
    const from = into[0] === undefined ? undefined : stageOf[into[0].from]
    const joins = kept && from !== undefined && into.every((path) => stageOf[path.from] === from)
    if (joins) {
      stageOf[operator.id] = from
      stages[from]!.operators.push(operator.id)
      continue
    }
    const isSource = operator.kind === 'source'
    const stage = isSource ? builder.input(name) : builder.stage(name)
    stageOf[operator.id] = stage
    const single = singles[operator.id]!
    stages[stage] = { stage, operators: [operator.id], isSource, single, outputPeriods: [] }
  }
  const paths: number[] = []
  const connectors = dataflow.paths.map(({ id, from, to }) => {
    if (to.kind === 'output') {
      stages[stageOf[from]!]!.outputPeriods.push(
        ticksIn(dataflow.outputs[to.output]!.period, ticks),
      )
      return undefined
    }
    const source = stageOf[from]!
    const target = stageOf[to.operator]!
    if (source === target) return undefined
    const channel = to.routing === 'same-partition' ? 'pipeline' : 'exchange'
    const connector = builder.connect(source, target, channel)
    paths[connector] = id
    return connector
  })
  return {
    graph: builder.finish(),
    stages,
    periods: dataflow.operators.map(({ period }) => ticksIn(period, ticks)),
    connectors,
    paths,
    epochs: ticks.indexOfEnd(config.input.duration),
  }
}

/** Ticks of a period, which the run's ticks divide. */
export function ticksIn(period: Nanos | 'tick', ticks: TickLog): number {
  return period === 'tick' ? 1 : ticks.indexOfEnd(period)
}

/** The first epoch from `epoch` on at whose end something with this period (in ticks) emits. */
export function nextEmission(period: number, epoch: number): number {
  return Math.ceil((epoch + 1) / period) * period - 1
}

/** The first epoch from `epoch` on at which a stage has something to close or to commit. */
export function nextClose(plan: TimelyPlan, stage: StagePlan, epoch: number): number {
  let next = Number.POSITIVE_INFINITY
  for (const operator of stage.operators) {
    next = Math.min(next, nextEmission(plan.periods[operator]!, epoch))
  }
  for (const period of stage.outputPeriods) next = Math.min(next, nextEmission(period, epoch))
  return next
}

/** Workers that have a vertex with work at a stage, under a placement: those that own a partition of it. Ascending. */
export function holdersOf(stage: StagePlan, placement: readonly ProcessId[]): readonly ProcessId[] {
  const owners = stage.single ? placement.slice(0, 1) : placement
  return [...new Set(owners)].sort((a, b) => a - b)
}

export function partitionsAt(
  single: boolean,
  placement: readonly ProcessId[],
  worker: ProcessId,
): readonly PartitionId[] {
  const owned: PartitionId[] = []
  for (let partition = 0; partition < (single ? 1 : placement.length); partition++) {
    if (placement[partition] === worker) owned.push(partition)
  }
  return owned
}
