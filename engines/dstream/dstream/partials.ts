/**
 * Partials: tables of what came in during one pane, RDDs of their own (D-Streams §3.3, the incremental windows).
 *
 * A pane is `pane` batches long. When inputs come more often, the pane's table grows from batch to batch, each an immutable
 * clone of the one before with that batch's shuffle folded in; the last one of a pane is its partial.
 *
 *   pane of 4 batches   ├─1─┼─2─┼─3─┼─4─┤   partial(1) ⊂ partial(2) ⊂ partial(3) ⊂ partial(4): the pane's
 */
import type { KeyedTable } from '../../core/tables/table.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import type { DStream, TaskContext, TaskSteps } from './dstream.ts'

export class Partials {
  readonly rdd: RddId
  readonly pane: number
  readonly step: number

  constructor(parts: { rdd: RddId; pane: number; step: number }) {
    this.rdd = parts.rdd
    this.pane = parts.pane
    this.step = parts.step
  }

  endsPaneAt(batch: BatchNumber): boolean {
    return batch % this.pane === 0
  }

  /** The earlier table of the same pane, or 0 for the first of a pane. */
  previous(batch: BatchNumber): BatchNumber {
    const before = batch - this.step
    return before > 0 && before % this.pane !== 0 ? before : 0
  }

  narrow(batch: BatchNumber, visit: NarrowVisitor): void {
    const before = this.previous(batch)
    if (before > 0) visit(this.rdd, before)
  }

  /** The unfinished pane at `batch`, if there is one. */
  unfinished(batch: BatchNumber, visit: NarrowVisitor): void {
    const last = Math.floor(batch / this.step) * this.step
    if (last > 0 && last % this.pane !== 0) visit(this.rdd, last)
  }

  /** Finished panes that end in `(after, upTo]`. */
  finished(after: BatchNumber, upTo: BatchNumber, visit: NarrowVisitor): void {
    const first = Math.floor(Math.max(after, 0) / this.pane) * this.pane + this.pane
    for (let batch = first; batch <= upTo; batch += this.pane) visit(this.rdd, batch)
  }

  /** The table of the pane so far, with this batch folded in; it belongs to the task. */
  *make(task: TaskContext, dstream: DStream): Generator<undefined, KeyedTable, undefined> {
    const before = this.previous(task.batch)
    const earlier = before > 0 ? task.block(this.rdd, before) : undefined
    const table = earlier ? task.clone(earlier) : task.newTable(dstream.operator.id, 'arrived')
    yield* task.foldInputs(dstream, table)
    return table
  }

  /** Folds, or takes out, the finished panes that end in `(after, upTo]`; `current` stands in for the block being made. */
  *apply(
    task: TaskContext,
    span: { readonly after: BatchNumber; readonly upTo: BatchNumber },
    act: (partial: KeyedTable) => TaskSteps,
    current?: KeyedTable,
  ): TaskSteps {
    const first = Math.floor(Math.max(span.after, 0) / this.pane) * this.pane + this.pane
    for (let batch = first; batch <= span.upTo; batch += this.pane) {
      const partial = batch === task.batch && current ? current : task.block(this.rdd, batch)
      if (partial) yield* act(partial)
    }
  }
}
