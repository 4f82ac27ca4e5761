/**
 * What waits for the rounds of a loop, where each is a job (`../rounds.ts`): it takes in what the loop puts out in each of them,
 * and emits behind the last one. The records of a round are a partial; of a table it keeps the rows, each as the last round
 * had it, by the operator's states or its reduce (`core/plan/loops.ts`). All of them are new: there is one period.
 */
import type { KeyedTable } from '../../core/tables/table.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import {
  DStream,
  type DStreamParts,
  MAKE_EMISSION,
  type TaskContext,
  type TaskSteps,
} from './dstream.ts'
import { StateDStream } from './state-dstream.ts'

export class SettledRecordsDStream extends DStream {
  #rounds: RddId

  constructor(parts: DStreamParts) {
    super(parts)
    this.#rounds = parts.partialRdd
  }

  override narrow(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    if (this.emitsAt(batch)) this.#visitUpTo(batch - 1, visit)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    if (!this.emitsAt(batch)) visit(this.#rounds, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.narrow(batch, mask, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    this.#visitUpTo(this.rhythm.last(batch), visit)
  }

  override *compute(task: TaskContext): TaskSteps {
    if (this.emitsAt(task.batch)) {
      yield* this.#emitAll(task)
      return
    }
    const records = task.newTable(this.operator.id, 'arrived')
    yield* task.foldInputs(this, records)
    task.keep(this.#rounds, records)
  }

  *#emitAll(task: TaskContext): TaskSteps {
    if ((task.mask & MAKE_EMISSION) === 0) return
    for (let batch = 1; batch < task.batch; batch++) {
      const records = task.block(this.#rounds, batch)
      if (records) task.emitRows(this, records)
      if (task.over()) yield
    }
  }

  #visitUpTo(last: BatchNumber, visit: NarrowVisitor): void {
    for (let batch = 1; batch <= last; batch++) visit(this.#rounds, batch)
  }
}

export class SettledTableDStream extends StateDStream {
  override *compute(task: TaskContext): TaskSteps {
    const table = this.earlier(task)
    if (!this.emitsAt(task.batch)) {
      yield* this.#takeIn(task, table)
      // Nobody is told of what changed in a round.
      table.takeChanges(undefined)
    } else if ((task.mask & MAKE_EMISSION) !== 0) task.emitRows(this, table)
    task.keep(this.state, table)
  }

  *#takeIn(task: TaskContext, table: KeyedTable): TaskSteps {
    if (this.operator.kind === 'runningReduce') {
      yield* task.foldInputs(this, table)
      return
    }
    const arrived = task.newTable(this.operator.id, 'arrived')
    yield* task.foldInputs(this, arrived)
    task.advance(this, table, arrived)
    task.drop(arrived)
  }
}
