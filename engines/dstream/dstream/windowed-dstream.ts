/**
 * `window`: all records of the last `length`, at each end of a slide (D-Streams §3.3). A bag: partials hold records in
 * order, and the window is their concatenation, which is read rather than built.
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
import { paneOf } from './reduced-windowed-dstream.ts'

export class WindowedDStream extends DStream {
  #partials: Partials
  #length: number

  constructor(parts: DStreamParts) {
    super(parts)
    this.#partials = new Partials({ rdd: parts.partialRdd, pane: paneOf(parts), step: parts.step })
    this.#length = parts.length
  }

  override narrow(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
    if (!this.emitsAt(batch) || (mask & MAKE_EMISSION) === 0) return
    this.#partials.finished(batch - this.#length, batch - 1, visit)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    visit(this.#partials.rdd, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
    if (!this.emitsAt(batch) || (mask & MAKE_EMISSION) === 0) return
    // The next emission reads panes that end after `batch + period - length`.
    this.#partials.finished(batch - this.#length, batch + this.period - this.#length, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    this.#partials.unfinished(batch, visit)
    const next = Math.floor(batch / this.period) * this.period + this.period
    this.#partials.finished(next - this.#length, batch, visit)
  }

  override *compute(task: TaskContext): TaskSteps {
    const partial = yield* this.#partials.make(task, this)
    task.keep(this.#partials.rdd, partial)
    if (!this.emitsAt(task.batch) || (task.mask & MAKE_EMISSION) === 0) return
    const span = { after: task.batch - this.#length, upTo: task.batch }
    const dstream = this
    yield* this.#partials.apply(
      task,
      span,
      function* (pane) {
        task.emitRows(dstream, pane)
        if (task.over()) yield
      },
      partial,
    )
  }
}
