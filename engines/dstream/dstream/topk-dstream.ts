/**
 * `topK`, in two phases. The local one is narrow on the table that it follows: in the same task it sends that table's k
 * greatest rows, and keeps nothing. The global one, in partition 0, ranks what came and sends the ranks that changed.
 */
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId } from '../rdd/rdd.ts'
import {
  DStream,
  type DStreamParts,
  MAKE_EMISSION,
  StatelessDStream,
  type TaskContext,
  type TaskSteps,
} from './dstream.ts'

export class LocalTopKDStream extends StatelessDStream {
  #followed: RddId
  #k: number

  /** `parts.stateRdd` is the RDD of the table that it follows. */
  constructor(parts: DStreamParts, k: number) {
    super(parts)
    this.#followed = parts.stateRdd
    this.#k = k
  }

  override *compute(task: TaskContext): TaskSteps {
    if ((task.mask & MAKE_EMISSION) === 0) return
    task.emitTop(this, task.made(this.#followed), this.#k)
    if (task.over()) yield
  }
}

export class GlobalTopKDStream extends DStream {
  #ranks: RddId
  #local: OperatorId

  constructor(parts: DStreamParts, local: OperatorId) {
    super(parts)
    this.#ranks = parts.stateRdd
    this.#local = local
  }

  override narrow(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    const previous = this.rhythm.previous(batch)
    if (previous > 0 && (mask & MAKE_EMISSION) !== 0) visit(this.#ranks, previous)
  }

  override made(batch: BatchNumber, _mask: number, visit: NarrowVisitor): void {
    visit(this.#ranks, batch)
  }

  override dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    this.narrow(batch, mask, visit)
  }

  override neededAfter(batch: BatchNumber, visit: NarrowVisitor): void {
    const last = this.rhythm.last(batch)
    if (last > 0) visit(this.#ranks, last)
  }

  override *compute(task: TaskContext): TaskSteps {
    const emits = (task.mask & MAKE_EMISSION) !== 0
    const before = this.rhythm.previous(task.batch)
    const previous = emits ? task.block(this.#ranks, before) : undefined
    const gathered = task.newTable(this.#local)
    yield* task.foldInputs(this, gathered)
    const ranks = task.rank(this, gathered)
    task.drop(gathered)
    if (emits) task.emitDifference(this, ranks, previous)
    task.keep(this.#ranks, ranks)
  }
}
