/**
 * `evolve`: state(T) = a clone of state(T − period), advanced by what arrived in (T − period, T] (D-Streams §3.3, `track`).
 *
 * What arrives is a partial as that of a `reduceByKey`, which grows while a batch is shorter than the period. States are made
 * at ends of a period only, each from the one before, without end: hence the checkpoints.
 */
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import { DStream, type DStreamParts, type TaskContext, type TaskSteps } from './dstream.ts'
import { Partials } from './partials.ts'

export class EvolvedDStream extends DStream {
  #partials: Partials
  #state: RddId
  #gives: 'table' | 'records'

  constructor(parts: DStreamParts, gives: 'table' | 'records') {
    super(parts)
    this.#partials = new Partials({ rdd: parts.partialRdd, pane: parts.period, step: parts.step })
    this.#state = parts.stateRdd
    this.#gives = gives
  }

  override narrow(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    this.#partials.narrow(batch, visit)
    const previous = this.rhythm.previous(batch)
    if (this.emitsAt(batch) && previous > 0) visit(this.#state, previous)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    visit(this.emitsAt(batch) ? this.#state : this.#partials.rdd, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.narrow(batch, mask, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    this.#partials.unfinished(batch, visit)
    const last = this.rhythm.last(batch)
    if (last > 0) visit(this.#state, last)
  }

  override *compute(task: TaskContext): TaskSteps {
    const arrived = yield* this.#partials.make(task, this)
    if (!this.emitsAt(task.batch)) {
      task.keep(this.#partials.rdd, arrived)
      return
    }
    const earlier = task.block(this.#state, this.rhythm.previous(task.batch))
    const states = earlier ? task.clone(earlier) : task.newTable(this.operator.id)
    task.advance(this, states, arrived)
    task.drop(arrived)
    if (this.#gives === 'table') task.emitChanges(this, states)
    task.keep(this.#state, states)
  }
}
