/**
 * The vertex of a plan's stage: its operators on the partitions that this worker owns, and the paths that leave them.
 *
 * - `onRecv`: rows of the period that is next to close are folded at once; those of later periods are stashed.
 * - `onNotify(t)`, or, in a source stage, the source when it has read all of t: `close(t)`. Each operator that emits at t
 *   closes partition by partition, its outlets are flushed, then the outputs that are complete are committed.
 *
 * A stage always holds a notification for the next tick at which it has something to close, whether anything arrives or
 * not: windows slide, and outputs commit, over empty ticks too.
 *
 * Closing may take more than a step: it goes on where it was, and `t` stays outstanding until it is done.
 */
import { assert } from '../../core/assert.ts'
import type { Batch } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { TickLog } from '../../core/input/tick-log.ts'
import type { Kernels } from '../../core/kernels/kernels.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { Dataflow, OperatorId } from '../../core/plan/dataflow.ts'
import type { KeyedTable } from '../../core/tables/table.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { NotifyOutcome, Parcel, Vertex, VertexContext } from '../graph/vertex.ts'
import { nextClose, nextEmission, type StagePlan, type TimelyPlan } from '../lower.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import { newOperator } from './new-operator.ts'
import { exchangeOutlet, type Outlet, outputOutlet, partitionOutlet } from './outlet.ts'
import { panesPerPeriod } from './panes.ts'
import type { Emitter, PartitionOperator } from './partition-operator.ts'
import type { Sink } from './sink.ts'
import { Stash } from './stash.ts'

/** Work on a close beyond this is left to the next step. */
const CLOSE_NS_MAX = 1_000_000

export interface StageOptions {
  readonly world: World
  readonly ticks: TickLog
  readonly copy: Kernels['copyBytes']
  readonly dataflow: Dataflow
  readonly lowered: Lowered
  readonly plan: TimelyPlan
  readonly stage: StagePlan
  /** Partitions of the stage that this worker owns. */
  readonly partitions: readonly PartitionId[]
  readonly sinks: readonly Sink[]
  /** By operator, shared by all stages of a worker: the first epoch that it has not closed. */
  readonly closing: number[]
  readonly context: VertexContext
}

export class StageVertex implements Vertex {
  #options: StageOptions
  /** By operator, then by partition. */
  #states: (PartitionOperator | undefined)[][] = []
  #stashes: Stash[] = []
  /** By operator: number of the period whose rows are folded as they come; those of later ones are stashed. */
  #folding: number[] = []
  /** By operator: epochs of a pane, of which a period has one or several. */
  #paneTicks: number[] = []
  /** By operator: its outlets, in the order of its paths. */
  #outlets: Outlet[][] = []
  /** Outputs that operators of this stage feed. */
  #sinks: Sink[] = []
  /** Where the running close is: an operator of the stage, and a partition of it. */
  #operatorAt = 0
  #partitionAt = 0
  #emitter: Emitter
  /** What the emitter is working for. */
  #from: OperatorId = 0
  #partition: PartitionId = 0
  #epoch = 0

  constructor(options: StageOptions) {
    this.#options = options
    const { stage, dataflow, lowered, partitions, world } = options
    for (const operator of stage.operators) {
      const states: PartitionOperator[] = []
      const spec = dataflow.operators[operator]!
      if (spec.kind !== 'source') {
        for (const partition of partitions) {
          states[partition] = newOperator(spec, {
            dataflow,
            lowered,
            earlier: (from) => this.#state(from, partition),
          })
        }
      }
      this.#states[operator] = states
      this.#stashes[operator] = new Stash(world.region, options.copy)
      this.#paneTicks[operator] = options.plan.periods[operator]! / panesPerPeriod(spec)
      this.#outlets[operator] = this.#outletsOf(operator)
      this.#folding[operator] = Math.floor(
        options.closing[operator]! / options.plan.periods[operator]!,
      )
    }
    this.#emitter = {
      changes: (table) => this.#emitChanges(table),
      difference: (table, previous) => this.#emitDifference(table, previous),
      rows: (rows) => this.#put({ kind: 'rows', rows }),
    }
  }

  onRecv(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const { plan, dataflow } = this.#options
    const { to } = dataflow.paths[plan.paths[connector]!]!
    assert(to.kind === 'operator', `connector ${connector} leads to an output`)
    this.#receive(to.operator, parcel.partition, parcel.rows, time[0]!)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    const epoch = time[0]!
    const outcome = this.close(epoch)
    if (outcome !== 'done') return outcome
    const { plan, stage, context } = this.#options
    const next = nextClose(plan, stage, epoch + 1)
    if (next < plan.epochs) context.notifyAt(timeOfEpoch(next))
    return 'done'
  }

  /** Runs a batch of a source's records down its paths. */
  put(source: OperatorId, partition: PartitionId, batch: Batch, epoch: number): void {
    this.#workAt(epoch)
    const outlets = this.#outlets[source]!
    for (let at = 0; at < outlets.length; at++) {
      const outlet = outlets[at]!
      if (outlet.put(partition, batch, epoch)) outlet.flush(epoch)
    }
  }

  /** Sends on what a source's paths have combined so far. */
  flush(source: OperatorId, epoch: number): void {
    this.#workAt(epoch)
    const outlets = this.#outlets[source]!
    for (let at = 0; at < outlets.length; at++) outlets[at]!.flush(epoch)
  }

  /** Closes an epoch: nothing of it or before will come any more. Call again while it is not `done`. */
  close(epoch: number): NotifyOutcome {
    const { stage, plan, world, closing } = this.#options
    const { operators } = stage
    const until = world.now() + CLOSE_NS_MAX
    this.#workAt(epoch)
    while (this.#operatorAt < operators.length) {
      const operator = operators[this.#operatorAt]!
      if (closing[operator] === epoch) {
        if (!this.#closePartitions(operator, epoch, until)) return 'again'
        this.flush(operator, epoch)
        closing[operator] = nextEmission(plan.periods[operator]!, epoch + 1)
      }
      this.#operatorAt += 1
    }
    for (let at = 0; at < operators.length; at++) this.#beginPeriod(operators[at]!)
    for (let at = 0; at < this.#sinks.length; at++) {
      if (!this.#sinks[at]!.commit(epoch)) return 'blocked'
    }
    this.#operatorAt = 0
    return 'done'
  }

  get stashedBytes(): number {
    let bytes = 0
    for (const operator of this.#options.stage.operators) bytes += this.#stashes[operator]!.bytes
    return bytes
  }

  /** The state of an operator's partition, between two ticks. */
  state(operator: OperatorId, partition: PartitionId): PartitionOperator | undefined {
    return this.#states[operator]?.[partition]
  }

  release(): void {
    for (const operator of this.#options.stage.operators) {
      for (const state of this.#states[operator]!) state?.release()
      for (const outlet of this.#outlets[operator]!) outlet.release()
      this.#stashes[operator]!.release()
    }
  }

  /** The logical time that errors of functions name. */
  #workAt(epoch: number): void {
    const { lowered, ticks } = this.#options
    lowered.context.tick = ticks.endOf(epoch + 1)
  }

  #closePartitions(operator: OperatorId, epoch: number, until: Nanos): boolean {
    const { partitions, world } = this.#options
    const states = this.#states[operator]!
    this.#from = operator
    this.#epoch = epoch
    while (states.length > 0 && this.#partitionAt < partitions.length) {
      if (world.now() >= until) return false
      this.#partition = partitions[this.#partitionAt]!
      this.#state(operator, this.#partition).close(this.#emitter)
      this.#partitionAt += 1
    }
    this.#partitionAt = 0
    return true
  }

  #receive(operator: OperatorId, partition: PartitionId, rows: Bytes, epoch: number): void {
    this.#workAt(epoch)
    const ticks = this.#options.plan.periods[operator]!
    const period = Math.floor(epoch / ticks)
    const current = this.#folding[operator]!
    assert(period >= current, `rows of epoch ${epoch} reached operator ${operator}: it is closed`)
    const pane = Math.floor((epoch % ticks) / this.#paneTicks[operator]!)
    if (period === current) this.#fold(operator, partition, pane, rows)
    else this.#stashes[operator]!.add(period, { partition, pane }, rows)
  }

  #fold(operator: OperatorId, partition: PartitionId, pane: number, rows: Bytes): void {
    this.#state(operator, partition).fold(rows, pane)
  }

  /**
   * Lets rows of the period that closes next into an operator's state. Only when the whole stage has closed: a `topK`
   * ranks the table of an operator that has closed before it, as it was at that close.
   */
  #beginPeriod(operator: OperatorId): void {
    const { plan, closing } = this.#options
    const period = Math.floor(closing[operator]! / plan.periods[operator]!)
    if (this.#folding[operator] === period) return
    this.#folding[operator] = period
    this.#workAt(closing[operator]!)
    this.#stashes[operator]!.take(period, (partition, pane, rows) =>
      this.#fold(operator, partition, pane, rows),
    )
  }

  #state(operator: OperatorId, partition: PartitionId): PartitionOperator {
    const state = this.#states[operator]?.[partition]
    assert(state !== undefined, `operator ${operator} has no partition ${partition} here`)
    return state
  }

  #put(batch: Batch): void {
    const outlets = this.#outlets[this.#from]!
    for (let at = 0; at < outlets.length; at++) {
      const outlet = outlets[at]!
      if (outlet.put(this.#partition, batch, this.#epoch)) outlet.flush(this.#epoch)
    }
  }

  #emitChanges(table: KeyedTable): void {
    const outlets = this.#outlets[this.#from]!
    const only = outlets.length === 1 ? outlets[0]! : undefined
    if (only?.sink !== undefined) {
      only.fold(this.#partition, this.#epoch).addChanges(table)
    } else if (outlets.length === 0) table.takeChanges(undefined)
    else table.takeChanges(undefined, (rows) => this.#put({ kind: 'rows', rows }))
  }

  #emitDifference(table: KeyedTable, previous: KeyedTable | undefined): void {
    const outlets = this.#outlets[this.#from]!
    const only = outlets.length === 1 ? outlets[0]! : undefined
    if (only?.sink !== undefined) {
      only.fold(this.#partition, this.#epoch).addDifference(table, previous)
    } else if (outlets.length > 0) {
      table.changesFrom(previous, undefined, (rows) => this.#put({ kind: 'rows', rows }))
    }
  }

  #outletsOf(operator: OperatorId): Outlet[] {
    const { dataflow, lowered, plan, sinks, context, world } = this.#options
    const outlets: Outlet[] = []
    const counted = (rows: number): void => world.count('dataRows', rows)
    for (const { id, from, chain, to } of dataflow.paths) {
      if (from !== operator) continue
      if (to.kind === 'output') {
        const sink = sinks[to.output]!
        if (!this.#sinks.includes(sink)) this.#sinks.push(sink)
        const plain = chain.length === 0 && dataflow.operators[from]!.kind !== 'source'
        outlets.push(outputOutlet(lowered, id, sink, plain))
        continue
      }
      const target = dataflow.operators[to.operator]!
      // It ranks this operator's table itself.
      if (target.kind === 'topK' && target.phase === 'local') continue
      const connector = plan.connectors[id]
      const deliver =
        connector === undefined
          ? (partition: PartitionId, rows: Bytes, epoch: number): void =>
              this.#receive(to.operator, partition, rows, epoch)
          : (partition: PartitionId, rows: Bytes, epoch: number): void => {
              if (to.routing !== 'same-partition') world.count('shuffleBytes', rows.length)
              context.sendBy(connector, { partition, rows }, timeOfEpoch(epoch))
            }
      const outlet = { lowered, path: id, deliver, counted }
      outlets.push(
        to.routing === 'same-partition' ? partitionOutlet(outlet) : exchangeOutlet(outlet),
      )
    }
    return outlets
  }
}
