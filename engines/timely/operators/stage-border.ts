/**
 * The border of a stage on one worker: the epoch before which its states are copied next (`recovery/barrier-snapshots.ts`).
 *
 *   open ──all before the border is closed here──▶ reached ──all partitions are copied──▶ open, at the border after it
 *
 * Until the copy is over nothing from behind the border is let into the states: rows of it wait, and so does what would close
 * it. So at a border that is reached the states hold all of before and nothing of after, whatever the stage's period is. Where
 * no copies are taken like this, the border lies at `Infinity`.
 *
 * Where a loss is to cost nobody else its states (`recovery/takeover.ts`), there is a border before every epoch, which the close
 * of the epoch passes by itself: until then all rows of it can be dropped, and taken once more.
 */
import { assert } from '../../core/assert.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { PartitionId } from '../../core/units.ts'
import { type DueAfter, EACH_EPOCH } from '../recovery/due-epochs.ts'

/** A stage whose states are copied at borders. */
export interface BorderedStage {
  readonly operators: readonly OperatorId[]
  /** Those of the stage that are here, ascending. */
  readonly partitions: readonly PartitionId[]
  readonly border: StageBorder
  /** All is copied, or nothing is to be: lets in what has waited. */
  passBorder(): void
}

export class StageBorder {
  /** Whether the close of an epoch passes the border before it: nobody else does. */
  readonly passedByClose: boolean
  readonly #dueAfter: DueAfter
  #epoch: number
  #reached: boolean

  /** `epoch`: the first one that is not closed. */
  constructor(dueAfter: DueAfter, epoch: number) {
    this.#dueAfter = dueAfter
    this.passedByClose = dueAfter === EACH_EPOCH
    this.#epoch = this.passedByClose ? epoch : dueAfter(epoch)
    this.#reached = this.passedByClose
  }

  /** The first epoch that lies behind it. */
  get epoch(): number {
    return this.#epoch
  }

  get reached(): boolean {
    return this.#reached
  }

  /** Whether an epoch lies behind it. */
  keepsOut(epoch: number): boolean {
    return epoch >= this.#epoch
  }

  /** From an epoch on, the next one that must be closed for a border's sake, though nothing else may be due at its end. */
  nextClose(epoch: number): number {
    return this.#dueAfter(epoch) - 1
  }

  /** An epoch is closed, and all before. */
  closed(epoch: number): void {
    if (epoch + 1 === this.#epoch) this.#reached = true
  }

  pass(): void {
    assert(this.#reached, () => `the border before epoch ${this.#epoch} is passed, not reached`)
    this.#reached = false
    this.#epoch = this.#dueAfter(this.#epoch)
  }
}
