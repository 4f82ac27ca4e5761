/**
 * A running task: what DStreams may use while they compute (`TaskContext`), and what they leave.
 *
 * One task runs at a time on a worker, so combiners, output folds and scratch buffers exist once per path and this object
 * once per worker. Tables and rows that the task makes belong to it until its end; then they become blocks, all at once. A
 * cancelled task leaves nothing.
 */
import { assert } from '../../core/assert.ts'
import type { Batch } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { PoolRange } from '../../core/input/input-log.ts'
import { tellLate } from '../../core/metrics/late-records.ts'
import { StateKeys } from '../../core/metrics/state-keys.ts'
import type { StampOf } from '../../core/operators/chain.ts'
import type { Lowered, OutputFold, TablePart } from '../../core/operators/lowered.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import { isStamped } from '../../core/plan/operator-traits.ts'
import { isStateTable } from '../../core/tables/state-table.ts'
import type { KeyedTable } from '../../core/tables/table.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import {
  type DStream,
  MAKE_EMISSION,
  type TaskContext,
  type TaskSteps,
} from '../dstream/dstream.ts'
import { TransformedDStream } from '../dstream/transformed-dstream.ts'
import { type DStreamGraph, type StageDefinition, spanOf } from '../graph.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import { Shares } from '../rdd/output-share.ts'
import { type BatchNumber, blockKey, type RddId } from '../rdd/rdd.ts'
import type { ShuffleRows } from '../rdd/shuffle-rows.ts'
import { ReadInstants } from './read-instants.ts'
import type { TaskOutput, WorkerTask } from './task.ts'

export interface TaskRunParts {
  readonly setup: ProcessSetup
  readonly graph: DStreamGraph
  readonly lowered: Lowered
  readonly store: BlockStore
}

export class TaskRun implements TaskContext {
  batch: BatchNumber = 0
  partition: PartitionId = 0
  mask = 0
  from: Nanos = 0
  to: Nanos = 0
  #world: World
  #parts: TaskRunParts
  #paths: TransformedDStream[]
  /** By output index. */
  #folds: OutputFold[]
  /** By output index: what other stages have folded of it. */
  #shares: Shares[]
  #task: WorkerTask | undefined
  #steps: TaskSteps | undefined
  #sliceEnd: Nanos = 0
  /** Tables that the task made and has neither kept nor dropped. */
  #owned = new Set<KeyedTable>()
  #kept: { readonly rdd: RddId; readonly table: KeyedTable }[] = []
  /** `exchanged`: how many rows an exchange has; undefined where rows keep their partition. */
  #shuffled: { readonly rdd: RddId; readonly block: ShuffleRows; readonly exchanged?: number }[] =
    []
  /** Rows between fused DStreams of the task, by path. */
  #fused = new Map<number, ShuffleRows>()
  #pieces: Bytes[] = []
  #readAt = new ReadInstants()
  #stateKeys: StateKeys
  /** RDDs of what goes around in a loop. */
  #feedback: ReadonlySet<RddId>
  readonly #collectPiece = (rows: Bytes): void => {
    this.#pieces.push(rows)
  }
  /** The DStream whose rows are being visited. */
  #emitting: DStream | undefined
  readonly #emitRows = (rows: Bytes): void => this.emit(this.#emitting!, { kind: 'rows', rows })
  readonly #emitBatch = (batch: Batch): void => this.emit(this.#emitting!, batch)
  /** Index of the first record of the range that is read next, and how its records get their times, if they do. */
  #at = 0
  #stamp: StampOf | undefined
  readonly #stampOf = (place: number): Nanos => {
    return this.#parts.setup.input.eventTimeOf(this.partition, this.#at + place)
  }
  readonly #readRange = (range: PoolRange): void => {
    this.#parts.lowered.reader.read(range, this.#emitBatch, this.#stamp)
    this.#at += range.count
  }

  constructor(world: World, parts: TaskRunParts) {
    this.#world = world
    this.#parts = parts
    this.#stateKeys = new StateKeys(world, parts.setup.config.input)
    const { graph, lowered } = parts
    const { dataflow, partitions } = graph
    this.#folds = dataflow.outputs.map((output) => lowered.outputFold(output.index))
    this.#shares = dataflow.outputs.map(() => new Shares())
    const crossing = new Set(graph.rdds.map((rdd) => rdd.path))
    const around = graph.stages
      .flatMap(({ shuffles }) => shuffles)
      .filter(({ feedback }) => feedback)
    this.#feedback = new Set(around.map(({ rdd }) => rdd))
    this.#paths = dataflow.paths.map((path) => {
      const { to } = path
      const shares = to.kind === 'output' && crossing.has(path.id)
      const own = to.kind === 'output' ? this.#folds[to.output] : undefined
      const fold = shares ? lowered.outputFold(to.output) : own
      return new TransformedDStream(lowered, {
        path,
        region: world.region,
        partitions,
        fold,
        shares,
      })
    })
  }

  get task(): WorkerTask | undefined {
    return this.#task
  }

  begin(task: WorkerTask): void {
    const { graph, lowered } = this.#parts
    this.#task = task
    this.batch = task.batch
    this.partition = task.partition
    this.mask = task.mask
    ;[this.from, this.to] = spanOf(graph, task.batch)
    lowered.context.tick = this.to
    // Work within a loop is only here where its rounds are batches.
    const within = task.stage.dstreams.some(({ operator }) => operator.loops.length > 0)
    lowered.context.round = within ? task.batch - 1 : undefined
    this.#world.charge('dispatch', 1)
    this.#steps = this.#run(task)
  }

  /** Works until about `until`; returns whether the task has reached its end. */
  step(until: Nanos): boolean {
    this.#sliceEnd = until
    return this.#steps!.next().done === true
  }

  /** Makes blocks of what the task has made, and returns what it has to publish. */
  finish(generation: number): TaskOutput[] {
    const { store } = this.#parts
    const { batch, partition } = this
    const task = this.#task!
    assert(this.#owned.size === 0, `stage ${task.stage.id} left ${this.#owned.size} tables`)
    for (const { rdd, table } of this.#kept) {
      store.put(blockKey(rdd, batch, partition), { kind: 'table', table })
    }
    for (const { rdd, block, exchanged } of this.#shuffled) {
      if (block.length > 0 && this.#feedback.has(rdd)) task.feeds = true
      if (exchanged !== undefined) {
        this.#world.count('dataRows', exchanged)
        this.#world.count('shuffleBytes', block.length)
      }
      store.put(blockKey(rdd, batch, partition), { kind: 'shuffle', rows: block })
    }
    this.#end()
    const commits: TaskOutput[] = []
    const shares = task.stage.dstreams.length === 0
    if ((task.mask & MAKE_EMISSION) === 0) return commits
    for (const { output, commitsAt } of task.stage.outputs) {
      if (!commitsAt(batch)) continue
      const { digest, rows } = (shares ? this.#shares : this.#folds)[output]!.take()
      // All that rounds have read, they have read with the first.
      const readAt = this.#readAt.of(this.#parts.graph.rounds === undefined ? batch : 1)
      const commit = { ...digest, generation, output, partition, tick: this.to, readAt }
      commits.push({ commit, rows })
    }
    return commits
  }

  cancel(): void {
    for (const path of this.#paths) path.reset()
    for (const shares of this.#shares) shares.take()
    for (const table of this.#owned) table.release()
    for (const { table } of this.#kept) table.release()
    for (const { block } of this.#shuffled) block.release(this.#world.region)
    this.#end()
  }

  #end(): void {
    for (const rows of this.#fused.values()) rows.release(this.#world.region)
    this.#fused.clear()
    this.#owned.clear()
    this.#kept = []
    this.#shuffled = []
    this.#task = undefined
    this.#steps = undefined
  }

  *#run(task: WorkerTask): TaskSteps {
    const { stage, batch } = task
    if (stage.dstreams.length === 0) this.#takeShares(stage)
    for (const dstream of stage.dstreams) {
      if (!dstream.activeAt(batch)) continue
      for (const path of dstream.paths) this.#paths[path]!.begin(task.partition)
      yield* dstream.compute(this)
      if (!dstream.emitsAt(batch) || (task.mask & MAKE_EMISSION) === 0) continue
      for (const path of dstream.paths) {
        const transformed = this.#paths[path]!
        if (transformed.fold && !transformed.shares) continue
        const { block, rows } = transformed.seal()
        const rdd = stage.shuffleRdds.get(path)
        if (rdd === undefined) this.#fused.set(path, block)
        else this.#shuffled.push({ rdd, block, ...(transformed.exchanges && { exchanged: rows }) })
        if (this.over()) yield
      }
    }
  }

  /** A stage without DStreams commits one output, of what others have folded. */
  #takeShares({ outputs, shuffles }: StageDefinition): void {
    const shares = this.#shares[outputs[0]!.output]!
    const { memory } = this.#world.region
    for (const { path } of shuffles) {
      for (const { pointer, length } of this.inputs(path)) shares.add(memory.bytes(pointer, length))
    }
  }

  over(): boolean {
    return this.#world.now() >= this.#sliceEnd
  }

  inputs(path: number): readonly Bytes[] {
    const task = this.#task!
    const fused = this.#fused.get(path)
    this.#pieces = []
    if (fused) {
      for (let p = 0; p < this.#parts.graph.partitions; p++) fused.visit(p, this.#collectPiece)
      return this.#pieces
    }
    const index = task.stage.shuffles.findIndex((shuffle) => shuffle.path === path)
    const shuffle = task.stage.shuffles[index]
    const made = shuffle?.madeAt(this.batch) ?? 0
    if (shuffle === undefined || made === 0) return this.#pieces
    for (let source = 0; source < shuffle.sources; source++) {
      if (shuffle.samePartition && source !== this.partition) continue
      const fetched = task.fetched[index]![source]
      if (fetched) for (const piece of fetched) this.#pieces.push(piece)
      else {
        const key = blockKey(shuffle.rdd, made, source)
        this.#parts.store.rows(key).visit(this.partition, this.#collectPiece)
      }
    }
    return this.#pieces
  }

  *readInput(dstream: DStream): TaskSteps {
    const { setup, lowered } = this.#parts
    const { input } = setup
    const stamp = isStamped(dstream.operator) ? this.#stampOf : undefined
    const end = input.dueBefore(this.partition, this.to)
    let at = input.dueBefore(this.partition, this.from)
    while (at < end) {
      const next = Math.min(at + lowered.reader.recordsMax, end)
      this.#emitting = dstream
      this.#stamp = stamp
      this.#at = at
      input.locate(this.partition, at, next, this.#readRange)
      this.#world.count('inputRecords', next - at)
      at = next
      if (this.over()) yield
    }
    this.#readAt.note(this.batch, this.#world.now())
  }

  block(rdd: RddId, batch: BatchNumber): KeyedTable | undefined {
    if (batch <= 0) return undefined
    return this.#parts.store.table(blockKey(rdd, batch, this.partition))
  }

  made(rdd: RddId): KeyedTable {
    const kept = this.#kept.find((block) => block.rdd === rdd)
    assert(kept !== undefined, `RDD ${rdd} has not been made by this task`)
    return kept.table
  }

  newTable(operator: OperatorId, part?: TablePart): KeyedTable {
    const table = this.#parts.lowered.tables(operator, part).table()
    this.#owned.add(table)
    return table
  }

  rank(dstream: DStream, gathered: KeyedTable): KeyedTable {
    const ranks = this.#parts.lowered.rank(dstream.operator.id, gathered)
    this.#owned.add(ranks)
    return ranks
  }

  clone(table: KeyedTable): KeyedTable {
    const copy = table.clone()
    this.#owned.add(copy)
    return copy
  }

  *foldInputs(dstream: DStream, table: KeyedTable): TaskSteps {
    for (const path of dstream.inputs) {
      for (const piece of this.inputs(path)) {
        table.fold(piece)
        if (this.over()) yield
      }
    }
  }

  *foldTable(into: KeyedTable, from: KeyedTable): TaskSteps {
    from.visitRows((rows) => into.fold(rows))
    if (this.over()) yield
  }

  *unfoldTable(from: KeyedTable, what: KeyedTable): TaskSteps {
    what.visitRows((rows) => from.unfold(rows))
    if (this.over()) yield
  }

  advance(dstream: DStream, states: KeyedTable, arrived: KeyedTable): void {
    const { operator } = dstream
    assert(
      operator.kind === 'evolve' && isStateTable(states),
      () => `operator ${operator.id} has no states`,
    )
    const emits = (this.mask & MAKE_EMISSION) !== 0
    this.#emitting = dstream
    states.advance(arrived, this.to, emits ? this.#emitRows : undefined)
    this.#stateKeys.held(states.size, this.to, operator)
    const { partition, to: tick } = this
    tellLate(this.#world.history, states, { operator: operator.id, partition, tick })
  }

  emit(dstream: DStream, batch: Batch): void {
    for (const path of dstream.paths) this.#paths[path]!.push(batch)
  }

  emitChanges(dstream: DStream, table: KeyedTable): void {
    if ((this.mask & MAKE_EMISSION) === 0) {
      table.takeChanges(undefined)
      return
    }
    const fold = this.#onlyFold(dstream)
    if (fold) {
      fold.addChanges(table)
      return
    }
    this.#emitting = dstream
    table.takeChanges(undefined, this.#emitRows)
  }

  emitDifference(dstream: DStream, table: KeyedTable, previous: KeyedTable | undefined): void {
    const fold = this.#onlyFold(dstream)
    if (fold) {
      fold.addDifference(table, previous)
      return
    }
    this.#emitting = dstream
    table.changesFrom(previous, undefined, this.#emitRows)
  }

  emitRows(dstream: DStream, table: KeyedTable): void {
    this.#emitting = dstream
    table.visitRows(this.#emitRows)
  }

  emitTop(dstream: DStream, table: KeyedTable, k: number): void {
    this.#emitting = dstream
    table.top(k, this.#emitRows)
  }

  keep(rdd: RddId, table: KeyedTable): void {
    this.#owned.delete(table)
    this.#kept.push({ rdd, table })
  }

  drop(table: KeyedTable): void {
    this.#owned.delete(table)
    table.release()
  }

  /** The output's fold when all that a DStream emits goes there as it is: no rows need to be built. */
  #onlyFold(dstream: DStream): OutputFold | undefined {
    const { paths } = dstream
    const only = paths.length === 1 ? this.#paths[paths[0]!]! : undefined
    return only?.takesChanges ? only.fold : undefined
  }
}
