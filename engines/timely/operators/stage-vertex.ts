/**
 * The vertex of a plan's stage that is in no loop: its operators on the partitions that this worker owns, and the paths that
 * leave them.
 *
 * - `onRecv`: rows of the period that is next to close are folded at once; those of later periods are stashed, and so are
 *   those from behind a border that the stage has not passed (`stage-border.ts`). What an operator
 *   does nothing with but pass it on goes on at once, whatever its period: rows of an `exchange` that only outputs read, and
 *   records that wait at a loop's border for the end of an interval of one tick, for which they wait in the loop as well.
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
import { tellLate } from '../../core/metrics/late-records.ts'
import type { StateKeys } from '../../core/metrics/state-keys.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { Dataflow, DataflowOperator, OperatorId } from '../../core/plan/dataflow.ts'
import type { StateTable } from '../../core/tables/state-table.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { StageId } from '../graph/stage.ts'
import type { NotifyOutcome, Parcel, VertexContext } from '../graph/vertex.ts'
import { nextClose, nextEmission, type StagePlan, type TimelyPlan } from '../lower.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import type { MessageLog } from '../recovery/message-log.ts'
import type { StagePlace } from '../recovery/takeover.ts'
import { newOperator } from './new-operator.ts'
import type { OperatorVertex } from './operator-vertex.ts'
import { Outlets } from './outlets.ts'
import { panesPerPeriod } from './panes.ts'
import type { PartitionOperator } from './partition-operator.ts'
import type { Sink } from './sink.ts'
import type { BorderedStage, StageBorder } from './stage-border.ts'
import { Stash } from './stash.ts'

/** Work on a close beyond this is left to the next step. */
export const CLOSE_NS_MAX = 1_000_000

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
  /** Where its states are copied next while it goes on. */
  readonly border: StageBorder
  readonly stateKeys: StateKeys
  /** Where messages are logged. */
  readonly log: MessageLog | undefined
  readonly context: VertexContext
}

export class StageVertex implements OperatorVertex, BorderedStage {
  readonly border: StageBorder
  #options: StageOptions
  /** By operator, then by partition. */
  #states: (PartitionOperator | undefined)[][] = []
  #stashes: Stash[] = []
  /** By operator: number of the period whose rows are folded as they come; those of later ones are stashed. */
  #folding: number[] = []
  /** By operator: whether rows go on as they come. */
  #passing: boolean[] = []
  /** By operator: epochs of a pane, of which a period has one or several. */
  #paneTicks: number[] = []
  #outlets: Outlets
  /** The first epoch that is not closed, where there is a border before every epoch. */
  #open: number
  /** Where the running close is: an operator of the stage, and a partition of it. */
  #operatorAt = 0
  #partitionAt = 0
  /** The timestamp of the epoch that was worked at last. */
  #time: Timestamp = timeOfEpoch(0)

  constructor(options: StageOptions) {
    this.#options = options
    this.border = options.border
    this.#open = options.border.epoch
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
      this.#passing[operator] = !options.border.passedByClose && this.#passesOn(spec)
      this.#stashes[operator] = new Stash(world.region, options.copy)
      this.#paneTicks[operator] = options.plan.periods[operator]! / panesPerPeriod(spec)
      this.#folding[operator] = Math.floor(
        options.closing[operator]! / options.plan.periods[operator]!,
      )
    }
    this.#outlets = new Outlets({
      ...options,
      receive: (to, partition, rows, time) => this.#receive(to, partition, rows, time[0]!, false),
      passesOn: (to) => this.#passing[to]!,
    })
  }

  onRecv(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const { plan, dataflow } = this.#options
    const { to } = dataflow.paths[plan.paths[connector]!]!
    assert(to.kind === 'operator', () => `connector ${connector} leads to an output`)
    this.#receive(to.operator, parcel.partition, parcel.rows, time[0]!, true)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    const epoch = time[0]!
    const outcome = this.close(epoch)
    if (outcome !== 'done') return outcome
    const { plan, stage, context } = this.#options
    const next = Math.min(nextClose(plan, stage, epoch + 1), this.border.nextClose(epoch + 1))
    if (next < plan.epochs) context.notifyAt(timeOfEpoch(next))
    return 'done'
  }

  /** Runs a batch of a source's records down its paths. */
  put(source: OperatorId, partition: PartitionId, batch: Batch, epoch: number): void {
    this.#workAt(epoch)
    this.#outlets.put(source, partition, batch, this.#timeOf(epoch))
  }

  /** Takes rows that a source of this stage put out for another of its operators: from a log. */
  take(operator: OperatorId, partition: PartitionId, rows: Bytes, epoch: number): void {
    this.#receive(operator, partition, rows, epoch, false)
  }

  /** Sends on what a source's paths have combined so far. */
  flush(source: OperatorId, epoch: number): void {
    this.#workAt(epoch)
    this.#outlets.flush(source, this.#timeOf(epoch))
  }

  /**
   * Closes an epoch: nothing of it or before will come any more. Call again while it is not `done`; behind a border it is
   * `blocked` until the states before it are copied.
   */
  close(epoch: number): NotifyOutcome {
    if (this.border.keepsOut(epoch)) {
      assert(this.border.reached, () => `epoch ${epoch} ends before its border is reached`)
      if (!this.border.passedByClose) return 'blocked'
      this.passBorder()
    }
    const { stage, plan, world, closing } = this.#options
    const { operators } = stage
    const { sinks } = this.#outlets
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
    this.border.closed(epoch)
    const outcome = commitAll(sinks, epoch)
    if (outcome === 'done') {
      this.#operatorAt = 0
      this.#open = epoch + 1
    }
    return outcome
  }

  get stage(): StageId {
    return this.#options.stage.stage
  }

  get operators(): readonly OperatorId[] {
    return this.#options.stage.operators
  }

  get partitions(): readonly PartitionId[] {
    return this.#options.partitions
  }

  passBorder(): void {
    this.border.pass()
    for (const operator of this.operators) this.#letIn(operator)
  }

  /** How far it has come, where there is a border before every epoch. */
  get place(): StagePlace {
    return { open: this.#open, wants: this.border.epoch }
  }

  /** Drops the rows of other stages that are not in its states: they will be sent again. */
  dropSent(): void {
    for (const operator of this.operators) this.#stashes[operator]!.dropSent()
  }

  get stashedBytes(): number {
    let bytes = 0
    for (const operator of this.#options.stage.operators) bytes += this.#stashes[operator]!.bytes
    return bytes
  }

  state(operator: OperatorId, partition: PartitionId): PartitionOperator | undefined {
    return this.#states[operator]?.[partition]
  }

  release(): void {
    for (const operator of this.#options.stage.operators) {
      for (const state of this.#states[operator]!) state?.release()
      this.#stashes[operator]!.release()
    }
    this.#outlets.release()
  }

  /** The logical time that errors of functions name. */
  #workAt(epoch: number): void {
    const { lowered, ticks } = this.#options
    lowered.context.tick = ticks.endOf(epoch + 1)
    lowered.context.round = undefined
  }

  #timeOf(epoch: number): Timestamp {
    if (this.#time[0] !== epoch) this.#time = timeOfEpoch(epoch)
    return this.#time
  }

  #closePartitions(operator: OperatorId, epoch: number, until: Nanos): boolean {
    const { partitions, ticks, world, dataflow, stateKeys } = this.#options
    const spec = dataflow.operators[operator]!
    const states = this.#states[operator]!
    const end = ticks.endOf(epoch + 1)
    const time = this.#timeOf(epoch)
    while (states.length > 0 && this.#partitionAt < partitions.length) {
      if (world.now() >= until) return false
      const partition = partitions[this.#partitionAt]!
      const state = this.#state(operator, partition)
      state.close(this.#outlets.emitter(operator, partition, time), end)
      if (spec.kind === 'evolve') {
        stateKeys.held(state.result!.size, end, spec)
        tellLate(world.history, state.result as StateTable, { operator, partition, tick: end })
      }
      this.#partitionAt += 1
    }
    this.#partitionAt = 0
    return true
  }

  #passesOn(operator: DataflowOperator): boolean {
    const { dataflow, plan, log } = this.#options
    const out = dataflow.paths.filter(({ from }) => from === operator.id)
    switch (operator.kind) {
      case 'exchange':
        return out.every(({ to }) => to.kind === 'output')
      case 'window':
        return (
          // A log is replayed period by period.
          log === undefined &&
          operator.length === operator.slide &&
          plan.periods[operator.id] === 1 &&
          out.every(({ crossings }) => crossings[0]?.kind === 'ingress')
        )
      default:
        return false
    }
  }

  /** `sent`: by another stage. */
  #receive(
    operator: OperatorId,
    partition: PartitionId,
    rows: Bytes,
    epoch: number,
    sent: boolean,
  ): void {
    this.#workAt(epoch)
    const ticks = this.#options.plan.periods[operator]!
    const period = Math.floor(epoch / ticks)
    const current = this.#folding[operator]!
    assert(
      period >= current,
      () => `rows of epoch ${epoch} reached operator ${operator}: it is closed`,
    )
    if (this.#passing[operator]) {
      this.#outlets.emitter(operator, partition, this.#timeOf(epoch)).rows(rows)
      return
    }
    const pane = Math.floor((epoch % ticks) / this.#paneTicks[operator]!)
    if (period === current && !this.border.keepsOut(epoch)) {
      this.#fold(operator, partition, pane, rows)
    } else this.#stashes[operator]!.add(period, { epoch, partition, pane, sent }, rows)
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
    this.#letIn(operator)
  }

  /** Folds what waits of the current period, up to the border. */
  #letIn(operator: OperatorId): void {
    this.#workAt(this.#options.closing[operator]!)
    const period = this.#folding[operator]!
    this.#stashes[operator]!.take(period, this.border.epoch, (partition, pane, rows) =>
      this.#fold(operator, partition, pane, rows),
    )
  }

  #state(operator: OperatorId, partition: PartitionId): PartitionOperator {
    const state = this.#states[operator]?.[partition]
    assert(state !== undefined, () => `operator ${operator} has no partition ${partition} here`)
    return state
  }
}

/** Commits what can be: an output that waits for storage does not keep the next one from beginning. */
function commitAll(sinks: readonly Sink[], epoch: number): NotifyOutcome {
  let outcome: NotifyOutcome = 'done'
  for (let at = 0; at < sinks.length; at++) {
    const committed = sinks[at]!.commit(epoch)
    if (committed === 'again' || outcome === 'done') outcome = committed
  }
  return outcome
}
