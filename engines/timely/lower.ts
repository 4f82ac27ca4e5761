/**
 * Lowers a dataflow to a logical graph: operators to stages, paths to connectors.
 *
 * Operators that can only ever be fed by one vertex of the same worker (all their paths keep the partition and come from
 * one stage) join that stage, and outputs belong to the stages that feed them. So what needs no coordination has none: a
 * notification closes a tick for all of the stage, and only an exchange costs a round of progress.
 *
 * A path that crosses borders of loops becomes a chain of connectors, with a stage of its own for each border; only the last
 * of them is an exchange. An operator in a loop is a stage of its own, unless values spread in it and another one as one
 * (`core/operators/spread-form.ts`).
 *
 * Differs from Naiad, where every operator is a stage: there a pipeline of notified vertices pays one round of progress
 * for each, though the messages never leave the worker.
 */
import { assert } from '../core/assert.ts'
import type { ProcessSetup } from '../core/engine.ts'
import type { TickLog } from '../core/input/tick-log.ts'
import { type Spread, spreadsOf } from '../core/operators/spread-form.ts'
import type {
  Crossing,
  Dataflow,
  DataflowLoop,
  DataflowOperator,
  DataflowPath,
  LoopId,
  OperatorId,
} from '../core/plan/dataflow.ts'
import type { Nanos, PartitionId, ProcessId } from '../core/units.ts'
import type { Channel, ConnectorId } from './graph/connector.ts'
import { GraphBuilder, type LogicalGraph } from './graph/logical-graph.ts'
import { type ContextId, ROOT_CONTEXT } from './graph/loop-context.ts'
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
  /** The loops that it is in, outermost first. Then it has one operator, or those of a spread, and no output. */
  readonly loops: readonly DataflowLoop[]
  readonly spread?: Spread
}

/** A stage that passes on what crosses a loop's border. */
export interface BorderPlan {
  readonly stage: StageId
  readonly kind: Crossing['kind']
  readonly loop: DataflowLoop
  /** The connector that it sends by. */
  readonly target: ConnectorId
}

export interface TimelyPlan {
  readonly graph: LogicalGraph
  /** By stage: those of operators have the lowest numbers. */
  readonly stages: readonly StagePlan[]
  readonly borders: readonly BorderPlan[]
  /** By operator: ticks between emissions. */
  readonly periods: readonly number[]
  /** By path: the connector that it begins with, or undefined when it stays within a stage or leads to an output. */
  readonly connectors: readonly (ConnectorId | undefined)[]
  /** By connector: the path that it ends; undefined where it leads to a border. */
  readonly paths: readonly (number | undefined)[]
  /** Ticks of the run. */
  readonly epochs: number
}

type Setup = Pick<ProcessSetup, 'config' | 'dataflow' | 'ticks'>

export function lowerToGraph(setup: Setup): TimelyPlan {
  return new Lowering(setup).plan()
}

class Lowering {
  readonly #dataflow: Dataflow
  readonly #ticks: TickLog
  readonly #epochs: number
  readonly #spreads: readonly Spread[]
  readonly #builder = new GraphBuilder()
  /** By loop. */
  readonly #contexts: ContextId[] = []
  readonly #stageOf: StageId[] = []
  readonly #stages: (StagePlan & { operators: OperatorId[]; outputPeriods: number[] })[] = []
  readonly #borders: BorderPlan[] = []
  /** By operator. */
  readonly #singles: boolean[] = []
  /** By connector. */
  readonly #paths: (number | undefined)[] = []

  constructor({ config, dataflow, ticks }: Setup) {
    this.#dataflow = dataflow
    this.#ticks = ticks
    this.#spreads = config.kernels === 'columns' ? spreadsOf(dataflow) : []
    this.#epochs = ticks.indexOfEnd(config.input.duration)
    for (const { id, parent } of dataflow.loops) {
      this.#contexts[id] = this.#builder.loop(this.#contextOf(parent))
    }
  }

  plan(): TimelyPlan {
    const { operators, paths } = this.#dataflow
    for (const operator of operators) this.#place(operator)
    const connectors = paths.map((path) => this.#connect(path))
    return {
      graph: this.#builder.finish(),
      stages: this.#stages,
      borders: this.#borders,
      periods: operators.map(({ period }) => ticksIn(period, this.#ticks)),
      connectors,
      paths: this.#paths,
      epochs: this.#epochs,
    }
  }

  #contextOf(loop: LoopId | undefined): ContextId {
    return loop === undefined ? ROOT_CONTEXT : this.#contexts[loop]!
  }

  #place({ id, kind, loops }: DataflowOperator): void {
    const into = this.#dataflow.paths.filter(
      ({ to }) => to.kind === 'operator' && to.operator === id,
    )
    const single = into.length > 0 && into.every((path) => this.#isSingle(path))
    this.#singles[id] = single
    const joining = this.#spreads.find(({ join }) => join === id)
    if (joining !== undefined) {
      this.#join(id, this.#stageOf[joining.extremes]!)
      return
    }
    const fed = this.#feedingStage(into)
    if (fed !== undefined) {
      assert(loops.length === 0, `operator ${id}, in a loop, is fed by its own stage`)
      this.#join(id, fed)
      return
    }
    const name = `${kind} ${id}`
    const isSource = kind === 'source'
    const stage = isSource
      ? this.#builder.input(name)
      : this.#builder.stage(name, this.#contextOf(loops.at(-1)))
    this.#stageOf[id] = stage
    const spread = this.#spreads.find(({ extremes }) => extremes === id)
    this.#stages[stage] = {
      stage,
      operators: [id],
      isSource,
      single,
      outputPeriods: [],
      loops: loops.map((loop) => this.#dataflow.loops[loop]!),
      ...(spread && { spread }),
    }
  }

  /** Puts an operator into the stage of an earlier one. */
  #join(id: OperatorId, stage: StageId): void {
    this.#stageOf[id] = stage
    this.#stages[stage]!.operators.push(id)
  }

  #isSingle({ from, to }: DataflowPath): boolean {
    if (to.kind !== 'operator') return false
    if (to.routing === 'single-partition') return true
    // What goes around a loop comes from an operator that is not placed yet.
    return to.routing === 'same-partition' && this.#singles[from] === true
  }

  /** The only stage that feeds an operator, if all that it gets stays in its partition. */
  #feedingStage(into: readonly DataflowPath[]): StageId | undefined {
    const [first] = into
    if (first === undefined) return undefined
    const stage = this.#stageOf[first.from]
    const feeds = into.every(
      ({ from, to, crossings }) =>
        to.kind === 'operator' &&
        to.routing === 'same-partition' &&
        crossings.length === 0 &&
        this.#stageOf[from] === stage,
    )
    return feeds ? stage : undefined
  }

  #connect({ id, from, to, crossings }: DataflowPath): ConnectorId | undefined {
    const source = this.#stageOf[from]!
    if (to.kind === 'output') {
      assert(crossings.length === 0, `path ${id} leaves a loop for an output`)
      const { period } = this.#dataflow.outputs[to.output]!
      this.#stages[source]!.outputPeriods.push(ticksIn(period, this.#ticks))
      return undefined
    }
    const target = this.#stageOf[to.operator]!
    const channel: Channel = to.routing === 'same-partition' ? 'pipeline' : 'exchange'
    if (crossings.length > 0) return this.#connectAcross(id, crossings, { source, target, channel })
    if (source === target) return undefined
    return this.#link(source, target, { channel, path: id })
  }

  #connectAcross(
    path: number,
    crossings: readonly Crossing[],
    { source, target, channel }: { source: StageId; target: StageId; channel: Channel },
  ): ConnectorId {
    const stages = crossings.map((crossing) => this.#borderStage(crossing, path))
    const within = { channel: 'pipeline', path: undefined } as const
    const first = this.#link(source, stages[0]!, within)
    stages.forEach((stage, at) => {
      const next = stages[at + 1]
      const connector =
        next === undefined
          ? this.#link(stage, target, { channel, path })
          : this.#link(stage, next, within)
      const { kind, loop } = crossings[at]!
      const spec = this.#dataflow.loops[loop]!
      this.#borders.push({ stage, kind, loop: spec, target: connector })
    })
    return first
  }

  #borderStage({ kind, loop }: Crossing, path: number): StageId {
    const name = `${kind} of loop ${loop} on path ${path}`
    return this.#builder[kind](name, this.#contexts[loop]!)
  }

  #link(
    from: StageId,
    to: StageId,
    { channel, path }: { readonly channel: Channel; readonly path: number | undefined },
  ): ConnectorId {
    const connector = this.#builder.connect(from, to, channel)
    this.#paths[connector] = path
    return connector
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

/** The first epoch from `epoch` on at which a stage outside of loops has something to close or to commit. */
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
