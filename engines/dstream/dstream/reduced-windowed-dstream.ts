/**
 * `reduceByWindow`: one value a key over the last `length`, at each end of a slide (D-Streams §3.3). Partials, one
 * a pane (the greatest common part of length and slide), are RDDs of their own. Two ways to make a window of them:
 *
 *   merge only:   window(T) = Σ partials in (T − length, T]
 *   with inverse: window(T) = window(T − slide) + partials in (T − slide, T] − partials in (T − slide − length, T − length]
 *
 * With an inverse each window depends on the one before, without end: hence the checkpoints.
 */
import type { KeyedTable } from '../../core/tables/table.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import {
  DStream,
  type DStreamParts,
  MAKE_EMISSION,
  MAKE_STATE,
  type TaskContext,
  type TaskSteps,
} from './dstream.ts'
import { Partials } from './partials.ts'

/** Batches of the longest pane that windows of this length and slide can be made of. */
export function paneOf(parts: Pick<DStreamParts, 'length' | 'period'>): number {
  let [a, b] = [parts.length, parts.period]
  while (b > 0) [a, b] = [b, a % b]
  return a
}

export class ReducedWindowedDStream extends DStream {
  #partials: Partials
  #window: RddId
  #length: number
  #inverse: boolean

  constructor(parts: DStreamParts, inverse: boolean) {
    super(parts)
    this.#partials = new Partials({ rdd: parts.partialRdd, pane: paneOf(parts), step: parts.step })
    this.#window = parts.stateRdd
    this.#length = parts.length
    this.#inverse = inverse
  }

  override narrow(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
    if (!this.#makesWindow(batch, mask)) return
    const slide = this.period
    const reads = this.#inverse || (mask & MAKE_EMISSION) !== 0
    if (reads && batch > slide) visit(this.#window, batch - slide)
    if (this.#inverse) {
      this.#partials.finished(batch - slide, batch - 1, visit)
      const leaving = batch - this.#length
      if (leaving > 0) this.#partials.finished(leaving - slide, leaving, visit)
    } else this.#partials.finished(batch - this.#length, batch - 1, visit)
  }

  override made(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    visit(this.#partials.rdd, batch)
    if (this.#makesWindow(batch, mask)) visit(this.#window, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
    if (!this.emitsAt(batch) || (mask & MAKE_EMISSION) === 0) return
    const slide = this.period
    if (batch > slide) visit(this.#window, batch - slide)
    const leaving = this.#inverse ? batch - this.#length : batch - this.#length + slide
    if (leaving > 0) this.#partials.finished(leaving - slide, leaving, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    this.#partials.unfinished(batch, visit)
    const last = this.rhythm.last(batch)
    if (last > 0) visit(this.#window, last)
    const oldest = this.#inverse ? last - this.#length : last + this.period - this.#length
    this.#partials.finished(oldest, batch, visit)
  }

  override *compute(task: TaskContext): TaskSteps {
    const { batch, mask } = task
    const partial = yield* this.#partials.make(task, this)
    task.keep(this.#partials.rdd, partial)
    if (!this.#makesWindow(batch, mask)) return
    const emits = (mask & MAKE_EMISSION) !== 0
    const reads = this.#inverse || emits
    const previous = reads ? task.block(this.#window, batch - this.period) : undefined
    if (this.#inverse) {
      const window = previous ? task.clone(previous) : task.newTable(this.operator.id)
      yield* this.#slide(task, window, partial)
      task.emitChanges(this, window)
      task.keep(this.#window, window)
      return
    }
    const window = task.newTable(this.operator.id)
    const span = { after: batch - this.#length, upTo: batch }
    yield* this.#partials.apply(task, span, (pane) => task.foldTable(window, pane), partial)
    if (emits) task.emitDifference(this, window, previous)
    task.keep(this.#window, window)
  }

  *#slide(task: TaskContext, window: KeyedTable, partial: KeyedTable): TaskSteps {
    const { batch } = task
    const entering = { after: batch - this.period, upTo: batch }
    yield* this.#partials.apply(task, entering, (pane) => task.foldTable(window, pane), partial)
    const upTo = batch - this.#length
    if (upTo <= 0) return
    const leaving = { after: upTo - this.period, upTo }
    yield* this.#partials.apply(task, leaving, (pane) => task.unfoldTable(window, pane))
  }

  #makesWindow(batch: BatchNumber, mask: number): boolean {
    return this.emitsAt(batch) && (mask & (MAKE_STATE | MAKE_EMISSION)) !== 0
  }
}
