/** What is made again after a failure: from the plan of it to the last of its tasks (D-Streams §5.1). */
import type { HistoryFields } from '../../core/metrics/history.ts'
import type { World } from '../../core/world/world.ts'

export class RecoveryProgress {
  #world: Pick<World, 'history'>
  /** Keys of tasks that are not done. */
  #tasks = new Set<number>()
  /** How many there were; -1: nothing is made again. */
  #planned = -1

  constructor(world: Pick<World, 'history'>) {
    this.#world = world
  }

  get isOver(): boolean {
    return this.#tasks.size === 0
  }

  /** A task that is wanted while lost work is planned. */
  add(task: number): void {
    this.#tasks.add(task)
  }

  has(task: number): boolean {
    return this.#tasks.has(task)
  }

  /** The membership has changed: all will be planned anew. */
  suspend(): void {
    this.#tasks.clear()
  }

  /** All that is to be made again is known. */
  planned(fields: HistoryFields): void {
    this.#planned = this.#tasks.size
    this.#world.history.append('recovery-planned', { tasks: this.#planned, ...fields })
  }

  /** A task is done; returns whether it was one of those that are made again. */
  done(task: number): boolean {
    return this.#tasks.delete(task)
  }

  /** Returns whether a recovery has come to its end now. */
  ends(): boolean {
    if (this.#planned < 0 || this.#tasks.size > 0) return false
    this.#world.history.append('recovery-completed', { tasks: this.#planned })
    this.#planned = -1
    return true
  }
}
