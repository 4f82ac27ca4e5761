/**
 * The vertex of two operators of a loop in which values spread (`core/operators/spread-form.ts`): a round is what workers tell each
 * other, since within a worker values go as far as they can.
 *
 * - `onRecv(t)`: rows and events are stashed by timestamp, and the first of them ask for a notification, as in `loop-vertex.ts`.
 * - `onNotify(t)`: all of t is here. It is taken into one table of all partitions, values spread until none changes, rows that
 *   changed leave by the table's paths, and pairs for keys of other workers by the join's: a feedback makes the next round of them.
 *
 * A table sees epochs one after the other, as any in a loop. A notification that takes more than a step goes on where it was.
 */
import { assert } from '../../core/assert.ts'
import { PAIR_BYTES } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { Spread } from '../../core/operators/spread-form.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { JoinSide } from '../../core/tables/join-arrivals.ts'
import type { SpreadTable } from '../../core/tables/spread-table.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { NotifyOutcome, Parcel } from '../graph/vertex.ts'
import { compareTimes, equalTimes, showTime, type Timestamp } from '../progress/timestamp.ts'
import { EpochOrder } from './epoch-order.ts'
import type { LoopOptions } from './loop-vertex.ts'
import type { KeptState, OperatorVertex } from './operator-vertex.ts'
import { Outlets } from './outlets.ts'
import { RoundStash } from './round-stash.ts'
import { CLOSE_NS_MAX } from './stage-vertex.ts'

interface Round {
  readonly time: Timestamp
  state: 'taking' | 'spreading' | 'closed'
}

export class SpreadVertex implements OperatorVertex {
  /** Rows that come are stashed, whatever is going on. */
  readonly isReentrant = true
  readonly #options: LoopOptions
  readonly #spread: Spread
  readonly #table: SpreadTable
  readonly #order: EpochOrder
  readonly #stashes: Readonly<Record<JoinSide, RoundStash>>
  readonly #outlets: Outlets
  #round: Round | undefined

  constructor(options: LoopOptions) {
    const { world, copy, lowered, stage, partitions, mayStillAppear } = options
    const { spread } = stage
    assert(spread !== undefined, `stage ${stage.stage} has no spread`)
    this.#options = options
    this.#spread = spread
    this.#table = lowered.spread(spread, partitions)
    this.#order = new EpochOrder(mayStillAppear)
    this.#stashes = {
      rows: new RoundStash(world.region, copy),
      events: new RoundStash(world.region, copy),
    }
    this.#outlets = new Outlets({
      ...options,
      sinks: [],
      receive(to): never {
        assert(false, `operator ${to} is sent rows within the stage of a spread`)
      },
    })
  }

  onRecv(connector: ConnectorId, { partition, rows }: Parcel, time: Timestamp): void {
    const { plan, dataflow, context } = this.#options
    const begun = this.#round?.time
    assert(
      begun === undefined || compareTimes(begun, time) < 0,
      () => `rows of ${showTime(time)} reached a spread in round ${showTime(begun!)}`,
    )
    const { to } = dataflow.paths[plan.paths[connector]!]!
    assert(to.kind === 'operator', `connector ${connector} leads to an output`)
    const side = to.operator === this.#spread.join ? 'events' : 'rows'
    if (this.#stashes[side].add(time, partition, rows)) context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    const round = this.#roundOf(time)
    if (round === undefined) return 'held'
    const { world } = this.#options
    const until = world.now() + CLOSE_NS_MAX
    if (!this.#take(round, until)) return 'again'
    while (!this.#table.spread()) if (world.now() >= until) return 'again'
    this.#emit(time)
    round.state = 'closed'
    return 'done'
  }

  get stashedBytes(): number {
    return this.#stashes.rows.bytes + this.#stashes.events.bytes
  }

  state(operator: OperatorId, partition: PartitionId): KeptState | undefined {
    if (!this.#options.partitions.includes(partition)) return undefined
    const side = operator === this.#spread.join ? 'events' : 'rows'
    const table = this.#table
    return {
      save: () => [table.save(side, partition)],
      restore: ([saved]) => {
        if (saved !== undefined) table.restore(side, saved)
      },
    }
  }

  release(): void {
    this.#table.release()
    this.#stashes.rows.release()
    this.#stashes.events.release()
    this.#outlets.release()
  }

  /** The round of a time; undefined as long as it may not begin. */
  #roundOf(time: Timestamp): Round | undefined {
    const last = this.#round
    if (last !== undefined && last.state !== 'closed') {
      assert(
        equalTimes(last.time, time),
        () => `notified at ${showTime(time)} while values of ${showTime(last.time)} spread`,
      )
      return last
    }
    if (!this.#order.mayBegin(time)) return undefined
    this.#stashes.rows.assertLeast(time)
    this.#stashes.events.assertLeast(time)
    this.#table.expect(this.#stashes.events.bytes / PAIR_BYTES)
    this.#round = { time, state: 'taking' }
    return this.#round
  }

  /** Returns whether all of the round is in the table. */
  #take(round: Round, until: Nanos): boolean {
    if (round.state !== 'taking') return true
    const { world } = this.#options
    const table = this.#table
    const { rows, events } = this.#stashes
    const takeRows = (_: PartitionId, pairs: Bytes): void => table.takeRows(pairs)
    const takeEvents = (_: PartitionId, message: Bytes): void => table.takeEvents(message)
    while (rows.takeOne(round.time, takeRows)) if (world.now() >= until) return false
    while (events.lendOne(round.time, takeEvents)) if (world.now() >= until) return false
    table.settle()
    events.giveBack(round.time)
    round.state = 'spreading'
    return true
  }

  #emit(time: Timestamp): void {
    const { partitions, ticks, dataflow, stateKeys } = this.#options
    const { extremes, join } = this.#spread
    // What goes to partitions by key may come from any.
    const [from] = partitions as [PartitionId]
    const emitted = (operator: OperatorId) => (rows: Bytes) => {
      this.#outlets.emitter(operator, from, time).rows(rows)
    }
    this.#table.visitChanges(emitted(extremes))
    this.#table.visitReached(emitted(join))
    this.#outlets.flush(join, time)
    this.#outlets.flush(extremes, time)
    const end = ticks.endOf(time[0]! + 1)
    const operator = dataflow.operators[join]!
    assert(operator.kind === 'evolve', `the join of a spread is a ${operator.kind}`)
    for (const partition of partitions) {
      stateKeys.held(this.#table.keysOf(partition), end, operator)
    }
  }
}
