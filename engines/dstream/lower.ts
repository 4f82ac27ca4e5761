/**
 * Lowers a dataflow to D-Streams: operators become DStreams, paths between workers become shuffles, and what lies between
 * two shuffles becomes one job stage (D-Streams §4.2). Driver and workers build the same graph.
 *
 *   source ─┬─ by key ──▶ │ reduceByWindow ── same partition ──▶ topK local │ ── single ──▶ │ topK global │
 *   stage 0               │ stage 1: one task a partition does both         │              │ stage 2     │
 *
 * Only this file, `rounds.ts` and `dstream/new-dstream.ts` see both the plan's dataflow and the engine's DStreams. The graph of
 * a D-Stream has no cycles: where a loop is run as jobs, what goes around is a shuffle that the next batch reads.
 */
import type { ProcessSetup } from '../core/engine.ts'
import { ConfigurationError, PlanError } from '../core/errors.ts'
import type { TickLog } from '../core/input/tick-log.ts'
import { effectOf } from '../core/output/output-effects.ts'
import type {
  Dataflow,
  DataflowOperator,
  DataflowOutput,
  DataflowPath,
  OperatorId,
} from '../core/plan/dataflow.ts'
import { formatDuration } from '../core/plan/duration.ts'
import { windowOf } from '../core/plan/operator-traits.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { Nanos } from '../core/units.ts'
import type { DStream, DStreamParts } from './dstream/dstream.ts'
import { newDStream, newSettledDStream } from './dstream/new-dstream.ts'
import { type Rhythm, streaming } from './dstream/rhythm.ts'
import type { DStreamGraph, StageDefinition, StageOutput } from './graph.ts'
import type { ShuffleDependency } from './rdd/dependency.ts'
import type { RddDefinition, RddId, StageId } from './rdd/rdd.ts'
import { isFeedback, type Rounds, roundsOf } from './rounds.ts'

/** Errors: `PlanError` and `ConfigurationError` for what the engine cannot run. Pure; called by driver and workers. */
export function lowerToDStreams(
  setup: Pick<ProcessSetup, 'config' | 'dataflow' | 'ticks'>,
): DStreamGraph {
  return new Lowering(setup).graph()
}

class Lowering {
  #config: RunConfig
  #dataflow: Dataflow
  #ticks: TickLog
  #rounds: Rounds | undefined
  #rdds: RddDefinition[] = []
  #dstreams: DStream[] = []
  #stageOf: StageId[] = []
  #members: DataflowOperator[][] = []
  #partitionsOf: number[] = []
  /** By output index. */
  #committingOf: readonly StageId[] = []

  constructor({ config, dataflow, ticks }: Pick<ProcessSetup, 'config' | 'dataflow' | 'ticks'>) {
    this.#config = config
    this.#dataflow = dataflow
    this.#ticks = ticks
    this.#rounds = roundsOf(config, dataflow)
  }

  graph(): DStreamGraph {
    const { input, partitions } = this.#config
    for (const operator of this.#dataflow.operators) this.#place(operator)
    this.#committingOf = this.#dataflow.outputs.map((output) => this.#committing(output))
    for (const operator of this.#dataflow.operators) {
      this.#dstreams[operator.id] = this.#dstreamOf(operator)
    }
    const shuffleRdds = this.#shuffleRdds()
    const stages = this.#members.map((_, id) => this.#stage(id, shuffleRdds))
    return {
      dataflow: this.#dataflow,
      ticks: this.#ticks,
      rounds: this.#rounds,
      partitions,
      lastBatch: this.#ticks.containing(input.duration) - 1,
      stages,
      rdds: this.#rdds,
      dstreams: this.#dstreams,
    }
  }

  /** Fuses an operator with its parents when all that reaches it stays in its partition; else begins a stage. */
  #place(operator: DataflowOperator): void {
    const inputs = this.#pathsInto(operator)
    const parents = new Set(inputs.map((path) => this.#stageOf[path.from]!))
    const narrow = inputs.every((path) => this.#isNarrow(path))
    const [parent] = parents
    if (operator.kind !== 'source' && narrow && parents.size === 1 && parent !== undefined) {
      this.#stageOf[operator.id] = parent
      this.#members[parent]!.push(operator)
      return
    }
    const single = inputs.length > 0 && inputs.every((path) => this.#isSingle(path))
    const stage = this.#members.length
    this.#stageOf[operator.id] = stage
    this.#members.push([operator])
    this.#partitionsOf.push(single ? 1 : this.#config.partitions)
  }

  #isNarrow(path: DataflowPath): boolean {
    if (routingOf(path) !== 'same-partition' || isFeedback(path)) return false
    return this.#rounds?.fuse(path) ?? true
  }

  /**
   * The job stage whose tasks commit an output: the one that feeds it. Where several do, a stage of its own, which takes
   * each one's share, so that it makes no difference whether one of them depends on the other.
   */
  #committing(output: DataflowOutput): StageId {
    const feeding = new Set(this.#pathsTo(output).map((path) => this.#stageOf[path.from]!))
    const [only] = feeding
    if (feeding.size === 1) return only!
    const single = [...feeding].every((stage) => this.#partitionsOf[stage] === 1)
    this.#members.push([])
    return this.#partitionsOf.push(single ? 1 : this.#config.partitions) - 1
  }

  #isSingle(path: DataflowPath): boolean {
    const routing = routingOf(path)
    if (routing === 'single-partition') return true
    return routing === 'same-partition' && this.#partitionsOf[this.#stageOf[path.from]!] === 1
  }

  #dstreamOf(operator: DataflowOperator): DStream {
    const inputs = this.#pathsInto(operator)
    const period = this.#batches(operator.period, operator.word)
    const steps = inputs.map((path) => {
      const from = this.#dataflow.operators[path.from]!
      return this.#batches(from.period, from.word)
    })
    const step = steps.length > 0 ? steps.reduce(commonDivisor) : period
    const stage = this.#stageOf[operator.id]!
    const window = windowOf(operator)
    const length = window ? this.#batches(window.length, 'the length of a window') : period
    if (period % step !== 0) {
      throw new PlanError(
        `operator ${operator.id} (${operator.word}) emits each ${period} batches but its input comes each ${step}: the one must be a multiple of the other`,
      )
    }
    const parts: Omit<DStreamParts, 'partialRdd' | 'stateRdd'> = {
      operator,
      stage,
      inputs: inputs.filter((path) => !this.#follows(path)).map((path) => path.id),
      paths: this.#dataflow.paths
        .filter((path) => path.from === operator.id && !this.#follows(path))
        .map(({ id }) => id),
      step,
      period,
      rhythm: this.#rounds?.rhythmOf(operator.id) ?? streaming(step, period),
      length,
    }
    const rdds = {
      partial: () => this.#rdd('partial', operator),
      state: () => this.#rdd('state', operator),
      stateOf: (other: OperatorId) =>
        this.#rdds.findIndex((rdd) => rdd.operator === other && rdd.kind === 'state'),
    }
    if (this.#rounds?.settles(operator.id)) return newSettledDStream(parts, rdds)
    return newDStream(parts, rdds, inputs[0]?.from)
  }

  /** Whether a path leads to a local `topK`: no rows go along it, since that reads the table in the same task. */
  #follows(path: DataflowPath): boolean {
    if (path.to.kind === 'output') return false
    const target = this.#dataflow.operators[path.to.operator]!
    return target.kind === 'topK' && target.phase === 'local'
  }

  #rdd(kind: RddDefinition['kind'], operator: DataflowOperator, path?: number): RddId {
    const id = this.#rdds.length
    const stage = this.#stageOf[operator.id]!
    this.#rdds.push({ id, kind, stage, operator: operator.id, ...(path !== undefined && { path }) })
    return id
  }

  #targetOf({ to }: DataflowPath): StageId {
    return to.kind === 'output' ? this.#committingOf[to.output]! : this.#stageOf[to.operator]!
  }

  /** One RDD for each path that crosses stages, or goes around. */
  #shuffleRdds(): Map<number, RddId> {
    const rdds = new Map<number, RddId>()
    for (const path of this.#dataflow.paths) {
      if (this.#stageOf[path.from] === this.#targetOf(path) && !isFeedback(path)) continue
      rdds.set(path.id, this.#rdd('shuffle', this.#dataflow.operators[path.from]!, path.id))
    }
    return rdds
  }

  #stage(id: StageId, shuffleRdds: ReadonlyMap<number, RddId>): StageDefinition {
    const members = this.#members[id]!
    const dstreams = members.map((operator) => this.#dstreams[operator.id]!)
    const outputs = this.#outputsOf(id)
    const shared = outputs.flatMap(({ output }) => this.#pathsTo(this.#dataflow.outputs[output]!))
    const inputs = [...dstreams.flatMap((dstream) => dstream.inputs), ...shared.map(({ id }) => id)]
    const shuffles = inputs.flatMap((path) => this.#shuffle(path, shuffleRdds))
    const isPushed = this.#config.ingest === 'pushed'
    const isSource = ({ kind }: DataflowOperator): boolean => kind === 'source'
    const leaving = new Map<number, RddId>()
    for (const dstream of dstreams) {
      for (const path of dstream.paths) {
        const rdd = shuffleRdds.get(path)
        if (rdd !== undefined) leaving.set(path, rdd)
      }
    }
    return {
      id,
      dstreams,
      partitions: this.#partitionsOf[id]!,
      shuffles,
      outputs,
      shuffleRdds: leaving,
      movable: !isPushed && members.length > 0 && members.every(isSource),
      atOwner: isPushed && members.some(isSource),
    }
  }

  #shuffle(path: number, shuffleRdds: ReadonlyMap<number, RddId>): readonly ShuffleDependency[] {
    const rdd = shuffleRdds.get(path)
    if (rdd === undefined) return []
    const along = this.#dataflow.paths[path]!
    const parent = this.#stageOf[along.from]!
    return [
      {
        kind: 'shuffle',
        rdd,
        path,
        parent,
        sources: this.#partitionsOf[parent]!,
        samePartition: routingOf(along) === 'same-partition',
        madeAt: this.#madeAt(along),
        feedback: isFeedback(along),
      },
    ]
  }

  #madeAt(path: DataflowPath): ShuffleDependency['madeAt'] {
    const rounds = this.#rounds
    if (rounds === undefined) {
      const { rhythm } = this.#dstreams[path.from]!
      return (batch) => (rhythm.emitsAt(batch) ? batch : 0)
    }
    const { to } = path
    const reader =
      to.kind === 'operator'
        ? rounds.rhythmOf(to.operator)
        : rounds.committing(this.#pathsTo(this.#dataflow.outputs[to.output]!))
    return (batch) => rounds.madeAt(batch, path, reader)
  }

  #outputsOf(stage: StageId): readonly StageOutput[] {
    return this.#dataflow.outputs
      .filter(({ index }) => this.#committingOf[index] === stage)
      .map((output) => {
        const { emitsAt } = this.#committedAt(output)
        const calls = effectOf(output, this.#config) === 'call'
        return { output: output.index, calls, commitsAt: emitsAt }
      })
  }

  #committedAt(output: DataflowOutput): Rhythm {
    const period = this.#batches(output.period, `the output '${output.name}'`)
    return this.#rounds?.committing(this.#pathsTo(output)) ?? streaming(1, period)
  }

  #pathsTo({ index }: DataflowOutput): readonly DataflowPath[] {
    return this.#dataflow.paths.filter(({ to }) => to.kind === 'output' && to.output === index)
  }

  #pathsInto(operator: DataflowOperator): readonly DataflowPath[] {
    return this.#dataflow.paths.filter(
      ({ to }) => to.kind === 'operator' && to.operator === operator.id,
    )
  }

  #batches(period: Nanos | 'tick', what: string): number {
    if (period === 'tick') return 1
    if (period > 0 && this.#ticks.isBoundary(period)) return this.#ticks.indexOfEnd(period)
    throw new ConfigurationError({
      asked: `a batch interval of ${formatDuration(this.#ticks.length)}`,
      found: `${what} with a period of ${formatDuration(period)}`,
      rule: 'a batch divides every period of the plan',
      remedy: 'Choose a tick that divides them',
    })
  }
}

function routingOf(path: DataflowPath): 'by-key' | 'same-partition' | 'single-partition' {
  return path.to.kind === 'operator' ? path.to.routing : 'same-partition'
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
