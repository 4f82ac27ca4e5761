/**
 * The outlets of a stage's vertex: every path that leaves its operators on this worker (`outlet.ts`), and the emitter that
 * operators put out through when they close.
 *
 * Paths by the way they go: to an output's fold; to another operator of the stage, at once, and on if it would only pass them on;
 * by a connector to another stage.
 */
import type { Batch } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { Dataflow, OperatorId } from '../../core/plan/dataflow.ts'
import type { KeyedTable } from '../../core/tables/table.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { VertexContext } from '../graph/vertex.ts'
import type { StagePlan, TimelyPlan } from '../lower.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import type { MessageLog } from '../recovery/message-log.ts'
import {
  exchangeOutlet,
  type Outlet,
  type OutletContext,
  outputOutlet,
  partitionOutlet,
  passingOutlet,
} from './outlet.ts'
import type { Emitter } from './partition-operator.ts'
import type { Sink } from './sink.ts'

export interface OutletsOptions {
  readonly world: World
  readonly dataflow: Dataflow
  readonly lowered: Lowered
  readonly plan: TimelyPlan
  readonly stage: StagePlan
  readonly sinks: readonly Sink[]
  /** Where messages are logged. */
  readonly log?: MessageLog | undefined
  readonly context: VertexContext
  /** Takes rows for another operator of the stage. */
  receive(operator: OperatorId, partition: PartitionId, rows: Bytes, time: Timestamp): void
  /** Whether another operator of the stage does nothing with records but pass them on: a source's go down its paths at once. */
  passesOn?(operator: OperatorId): boolean
}

export class Outlets implements Emitter {
  #options: OutletsOptions
  /** By operator, in the order of its paths. */
  #outlets: Outlet[][] = []
  #sinks: Sink[] = []
  /** Where what is emitted comes from. */
  #from: readonly Outlet[] = []
  #partition: PartitionId = 0
  #time: Timestamp = timeOfEpoch(0)

  constructor(options: OutletsOptions) {
    this.#options = options
    for (const operator of options.stage.operators) {
      this.#outlets[operator] = this.#outletsOf(operator)
    }
  }

  /** Outputs that operators of the stage feed. */
  get sinks(): readonly Sink[] {
    return this.#sinks
  }

  /** Takes what an operator emits for a partition, until it is asked again. */
  emitter(operator: OperatorId, partition: PartitionId, time: Timestamp): Emitter {
    this.#from = this.#outlets[operator]!
    this.#partition = partition
    this.#time = time
    return this
  }

  /** Runs a batch down all paths of an operator. */
  put(operator: OperatorId, partition: PartitionId, batch: Batch, time: Timestamp): void {
    const outlets = this.#outlets[operator]!
    for (let at = 0; at < outlets.length; at++) {
      const outlet = outlets[at]!
      if (outlet.put(partition, batch, time)) outlet.flush(time)
    }
  }

  /** Sends on what an operator's paths have combined so far. */
  flush(operator: OperatorId, time: Timestamp): void {
    const outlets = this.#outlets[operator]!
    for (let at = 0; at < outlets.length; at++) outlets[at]!.flush(time)
  }

  changes(table: KeyedTable): void {
    const only = this.#only
    if (only !== undefined) {
      const fold = only.fold(this.#partition, this.#time)
      if (fold === undefined) table.takeChanges(undefined)
      else fold.addChanges(table)
    } else if (this.#from.length === 0) table.takeChanges(undefined)
    else table.takeChanges(undefined, (rows) => this.rows(rows))
  }

  difference(table: KeyedTable, previous: KeyedTable | undefined): void {
    const only = this.#only
    if (only !== undefined) only.fold(this.#partition, this.#time)?.addDifference(table, previous)
    else if (this.#from.length > 0) {
      table.changesFrom(previous, undefined, (rows) => this.rows(rows))
    }
  }

  rows(rows: Bytes): void {
    const outlets = this.#from
    const batch: Batch = { kind: 'rows', rows }
    for (let at = 0; at < outlets.length; at++) {
      const outlet = outlets[at]!
      if (outlet.put(this.#partition, batch, this.#time)) outlet.flush(this.#time)
    }
  }

  release(): void {
    for (const operator of this.#options.stage.operators) {
      for (const outlet of this.#outlets[operator]!) outlet.release()
    }
  }

  /** The plain output that all of it goes to: no rows need to be built. */
  get #only(): Outlet | undefined {
    const only = this.#from.length === 1 ? this.#from[0]! : undefined
    return only?.sink === undefined ? undefined : only
  }

  #outletsOf(operator: OperatorId): Outlet[] {
    const { dataflow, lowered, plan, stage, sinks, context, world, passesOn } = this.#options
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
      // Rows go along events in the table of both.
      if (stage.spread?.extremes === from && stage.spread.join === to.operator) continue
      const connector = plan.connectors[id]
      // Rows of another operator are in its format: who passes them on takes them in first.
      const isSource = dataflow.operators[from]!.kind === 'source'
      const passes = isSource && passesOn?.(to.operator) && !this.#options.log?.takes(id)
      if (connector === undefined && passes) {
        const next = to.operator
        outlets.push(
          passingOutlet(lowered, id, (partition, batch, time) =>
            this.put(next, partition, batch, time),
          ),
        )
        continue
      }
      const deliver =
        connector === undefined
          ? this.#within(id, to.operator)
          : (partition: PartitionId, rows: Bytes, time: Timestamp): void => {
              if (to.routing !== 'same-partition') world.count('shuffleBytes', rows.length)
              context.sendBy(connector, { partition, rows }, time)
            }
      const outlet = { lowered, path: id, deliver, counted }
      outlets.push(
        to.routing === 'same-partition' ? partitionOutlet(outlet) : exchangeOutlet(outlet),
      )
    }
    return outlets
  }

  /** Takes rows of a path to another operator of the stage. What a source puts out for it has come through no exchange. */
  #within(path: number, to: OperatorId): OutletContext['deliver'] {
    const { log, receive } = this.#options
    if (!log?.takes(path)) return (partition, rows, time) => receive(to, partition, rows, time)
    return (partition, rows, time) => {
      log.append(path, partition, rows, time[0]!)
      receive(to, partition, rows, time)
    }
  }
}
