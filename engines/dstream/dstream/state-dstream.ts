/**
 * `runningReduce`: state(T) = a clone of state(T − 1) with the shuffle of T folded in (D-Streams §3.3, stateful operators).
 *
 * RDDs are immutable, so the clone is the model's price: one memory copy of the partition's table for each batch. The
 * dependency on state(T − 1) is narrow, because state is co-partitioned across batches.
 */
import type { KeyedTable } from '../../core/tables/table.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import { DStream, type DStreamParts, type TaskContext, type TaskSteps } from './dstream.ts'

export class StateDStream extends DStream {
  protected readonly state: RddId

  constructor(parts: DStreamParts) {
    super(parts)
    this.state = parts.stateRdd
  }

  override narrow(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    const previous = this.rhythm.previous(batch)
    if (previous > 0) visit(this.state, previous)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    visit(this.state, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.narrow(batch, mask, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    const last = this.rhythm.last(batch)
    if (last > 0) visit(this.state, last)
  }

  override *compute(task: TaskContext): TaskSteps {
    const table = this.earlier(task)
    yield* task.foldInputs(this, table)
    task.emitChanges(this, table)
    task.keep(this.state, table)
  }

  /** A clone of the state before this batch, or an empty table. */
  protected earlier(task: TaskContext): KeyedTable {
    const earlier = task.block(this.state, this.rhythm.previous(task.batch))
    return earlier ? task.clone(earlier) : task.newTable(this.operator.id)
  }
}
