/**
 * `reduceByKey`: one value a key for each period (D-Streams §3.3). Stateless when the period is one batch; else the pane's
 * table grows from batch to batch and is emitted at its end.
 */
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import {
  DStream,
  type DStreamParts,
  MAKE_EMISSION,
  type TaskContext,
  type TaskSteps,
} from './dstream.ts'
import { Partials } from './partials.ts'

export class ReducedDStream extends DStream {
  #partials: Partials

  constructor(parts: DStreamParts) {
    super(parts)
    this.#partials = new Partials({ rdd: parts.partialRdd, pane: parts.period, step: parts.step })
  }

  override narrow(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    if (!this.emitsAt(batch)) visit(this.#partials.rdd, batch)
  }

  override dying(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    this.#partials.unfinished(batch, visit)
  }

  override *compute(task: TaskContext): TaskSteps {
    const table = yield* this.#partials.make(task, this)
    if (!this.emitsAt(task.batch)) {
      task.keep(this.#partials.rdd, table)
      return
    }
    // A table that grew over several batches may have been to disk, where marks are lost: send its rows.
    if (this.step === this.period) task.emitChanges(this, table)
    else if ((task.mask & MAKE_EMISSION) !== 0) task.emitRows(this, table)
    task.drop(table)
  }
}
