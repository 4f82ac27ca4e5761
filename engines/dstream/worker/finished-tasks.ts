/**
 * Tasks of this worker whose commits are visible, of batches that no record of the driver says are completed: a driver that takes
 * over need not run them again. They save work, not rows, so those of the oldest batches go when there are too many, as they may be
 * while storage refuses records.
 */
import { MAKE_EMISSION } from '../dstream/dstream.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { TaskDone } from '../scheduler/report.ts'

export const FINISHED_MAX = 32_768

export class FinishedTasks {
  #entriesMax: number
  #entries = 0
  #recorded: BatchNumber = 0
  /** By batch, in the order in which their first task was done. */
  #batches = new Map<BatchNumber, TaskDone[]>()

  constructor(entriesMax = FINISHED_MAX) {
    this.#entriesMax = entriesMax
  }

  get all(): readonly TaskDone[] {
    return [...this.#batches.values()].flat()
  }

  /** A task that only made what was lost, or was dropped, has published nothing. */
  add(task: TaskDone): void {
    const { batch, mask, dropped } = task
    if (dropped || (mask & MAKE_EMISSION) === 0 || batch <= this.#recorded) return
    const tasks = this.#batches.get(batch)
    if (tasks === undefined) this.#batches.set(batch, [task])
    else tasks.push(task)
    this.#entries += 1
    if (this.#entries > this.#entriesMax) this.#drop(Math.min(...this.#batches.keys()))
  }

  /** All batches up to this one are recorded as completed. */
  forget(recorded: BatchNumber): void {
    if (recorded <= this.#recorded) return
    this.#recorded = recorded
    for (const batch of this.#batches.keys()) if (batch <= recorded) this.#drop(batch)
  }

  #drop(batch: BatchNumber): void {
    this.#entries -= this.#batches.get(batch)!.length
    this.#batches.delete(batch)
  }
}
