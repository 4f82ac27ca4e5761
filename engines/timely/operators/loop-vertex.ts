/**
 * The vertex of an operator in a loop: a round is a period.
 *
 * - `onRecv(t)`: rows are stashed by timestamp, and the first of them ask for a notification. So rounds are demanded by data:
 *   when a round puts nothing out, nobody asks for the next one, and the loop has ended.
 * - `onNotify(t)`: all rows of t are here. They are folded, partitions that got some are closed, and what they put out is sent
 *   at t; a feedback makes the next round of it.
 *
 * Differs from Naiad: an operator begins an epoch only when it has seen all of the one before. (e; k) and (e + 1; 0) are
 * incomparable, so either may be notified first, but there is one table, and what an epoch does to it must not depend on
 * that order. So a notification is held while anything of an earlier epoch may still appear at the stage, in the view of
 * this worker, which is never ahead of the truth. Nothing can result in an earlier epoch: the least one is never held. Each
 * stage asks for itself: that every table sees all timestamps in one order is all that is needed. Within an epoch counters
 * are totally ordered, those of inner loops too.
 *
 * Closing may take more than a step: it goes on where it was, and `t` stays outstanding until it is done.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { DataflowOperator, OperatorId } from '../../core/plan/dataflow.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { NotifyOutcome, Parcel } from '../graph/vertex.ts'
import { compareTimes, equalTimes, showTime, type Timestamp } from '../progress/timestamp.ts'
import { EpochOrder } from './epoch-order.ts'
import { newOperator } from './new-operator.ts'
import type { OperatorVertex } from './operator-vertex.ts'
import { Outlets } from './outlets.ts'
import type { PartitionOperator } from './partition-operator.ts'
import { RoundStash } from './round-stash.ts'
import { CLOSE_NS_MAX, type StageOptions } from './stage-vertex.ts'

export interface LoopOptions extends Omit<StageOptions, 'sinks' | 'closing' | 'border'> {
  /** Whether anything at a time or before may still appear at the stage, in this worker's view. */
  mayStillAppear(time: Timestamp): boolean
}

/** What is done of the round that began last. States, in order: folding, closing, closed. */
interface Round {
  readonly time: Timestamp
  state: 'folding' | 'closing' | 'closed'
  /** Partitions with rows; ascending when all are folded. */
  readonly touched: PartitionId[]
  /** How many of them are closed. */
  done: number
}

export class LoopVertex implements OperatorVertex {
  /** Rows that come are stashed, whatever is going on: what a round puts out for this worker goes straight to the next one. */
  readonly isReentrant = true
  #options: LoopOptions
  #operator: DataflowOperator
  /** By partition. */
  #states: (PartitionOperator | undefined)[] = []
  #stash: RoundStash
  #outlets: Outlets
  #round: Round | undefined
  #order: EpochOrder
  /** How much of a timestamp, from the epoch on, says whether the operator starts empty: where it differs from before. 0: never. */
  #freshDepth: number

  constructor(options: LoopOptions) {
    const { stage, dataflow, world, copy, partitions, context } = options
    const [operator] = stage.operators
    assert(
      operator !== undefined && stage.operators.length === 1,
      `stage ${stage.stage}, in a loop, has ${stage.operators.length} operators`,
    )
    this.#options = options
    this.#operator = dataflow.operators[operator]!
    this.#freshDepth = stage.loops.findLastIndex(({ fresh }) => fresh) + 1
    this.#stash = new RoundStash(world.region, copy)
    this.#order = new EpochOrder(options.mayStillAppear)
    for (const partition of partitions) this.#states[partition] = this.#newState()
    this.#outlets = new Outlets({
      ...options,
      sinks: [],
      context: {
        ...context,
        sendBy: (connector, parcel, time) => {
          context.sendBy(connector, parcel, time)
          // Whoever got it at once may have worked at another time.
          this.#workAt(time)
        },
      },
      receive(to): never {
        assert(false, `operator ${to} shares a stage in a loop`)
      },
    })
  }

  onRecv(_connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const begun = this.#round?.time
    assert(
      begun === undefined || compareTimes(begun, time) < 0,
      () =>
        `rows of ${showTime(time)} reached operator ${this.#operator.id} in round ${showTime(begun!)}`,
    )
    const { partition, rows } = parcel
    if (this.#stash.add(time, partition, rows)) this.#options.context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    const round = this.#roundOf(time)
    if (round === undefined) return 'held'
    this.#workAt(time)
    const { world } = this.#options
    const until = world.now() + CLOSE_NS_MAX
    if (!this.#fold(round, until) || !this.#close(round, until)) return 'again'
    this.#outlets.flush(this.#operator.id, time)
    return 'done'
  }

  get stashedBytes(): number {
    return this.#stash.bytes
  }

  state(operator: OperatorId, partition: PartitionId): PartitionOperator | undefined {
    return operator === this.#operator.id ? this.#states[partition] : undefined
  }

  release(): void {
    for (const state of this.#states) state?.release()
    this.#stash.release()
    this.#outlets.release()
  }

  #newState(): PartitionOperator {
    const { dataflow, lowered } = this.#options
    return newOperator(this.#operator, {
      dataflow,
      lowered,
      earlier(from): never {
        assert(false, `operator ${from} shares a stage in a loop`)
      },
    })
  }

  /** The round of a time; undefined as long as it may not begin. */
  #roundOf(time: Timestamp): Round | undefined {
    const last = this.#round
    if (last === undefined || last.state === 'closed') {
      return this.#order.mayBegin(time) ? this.#begin(time) : undefined
    }
    assert(
      equalTimes(last.time, time),
      () => `notified at ${showTime(time)} while ${showTime(last.time)} is being closed`,
    )
    return last
  }

  #begin(time: Timestamp): Round {
    this.#stash.assertLeast(time)
    const before = this.#round?.time
    const depth = this.#freshDepth
    if (depth > 0 && !(before && equalTimes(before.slice(0, depth), time.slice(0, depth)))) {
      this.#startEmpty()
    }
    const round: Round = { time, state: 'folding', touched: [], done: 0 }
    this.#round = round
    return round
  }

  #startEmpty(): void {
    for (const partition of this.#options.partitions) {
      this.#states[partition]!.release()
      this.#states[partition] = this.#newState()
    }
  }

  /** The logical time that rows are stamped with, and that errors of functions name. */
  #workAt(time: Timestamp): void {
    const { lowered, ticks } = this.#options
    lowered.context.tick = ticks.endOf(time[0]! + 1)
    lowered.context.round = time[time.length - 1]!
  }

  /** Returns whether all rows of the round are folded. */
  #fold(round: Round, until: Nanos): boolean {
    if (round.state !== 'folding') return true
    const { world } = this.#options
    const { time, touched } = round
    const fold = (partition: PartitionId, rows: Bytes): void => {
      if (!touched.includes(partition)) touched.push(partition)
      this.#states[partition]!.fold(rows, 0)
    }
    while (this.#stash.takeOne(time, fold)) if (world.now() >= until) return false
    touched.sort((a, b) => a - b)
    round.state = 'closing'
    return true
  }

  /** Returns whether all partitions that have rows of the round are closed. */
  #close(round: Round, until: Nanos): boolean {
    const { world, ticks, stateKeys } = this.#options
    const { time, touched } = round
    const end = ticks.endOf(time[0]! + 1)
    while (round.done < touched.length) {
      if (world.now() >= until) return false
      const partition = touched[round.done]!
      const emitter = this.#outlets.emitter(this.#operator.id, partition, time)
      const state = this.#states[partition]!
      state.close(emitter, end)
      if (this.#operator.kind === 'evolve') {
        stateKeys.held(state.result!.size, end, this.#operator)
      }
      round.done += 1
    }
    round.state = 'closed'
    return true
  }
}
