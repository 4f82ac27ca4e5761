/**
 * A recovery, from the change of the membership to the last task of what it wants: what is made again, and what is owed and begins
 * anew (D-Streams §5.1). Told in the history.
 *
 *   over ─membership changes─▶ suspended ─every live worker said hello─▶ planning ─all that is wanted is known─▶ running ─▶ over
 *                                  ▲                                                                               │
 *                                  └──────────────────────────── membership changes ───────────────────────────────┘
 */
import type { HistoryFields } from '../../core/metrics/history.ts'
import type { World } from '../../core/world/world.ts'

export class RecoveryProgress {
  #world: Pick<World, 'history'>
  #state: 'over' | 'suspended' | 'planning' | 'running' = 'over'
  /** Wanted and not done: `taskKey`. */
  #left = new Set<number>()
  /** How many there were. */
  #planned = 0

  constructor(world: Pick<World, 'history'>) {
    this.#world = world
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Nothing is planned until all is planned anew. */
  get isSuspended(): boolean {
    return this.#state === 'suspended'
  }

  suspend(): void {
    this.#state = 'suspended'
    this.#left.clear()
  }

  /** What is wanted from now on belongs to it. */
  begin(): void {
    this.#state = 'planning'
  }

  wanted(task: number): void {
    if (this.#state === 'planning') this.#left.add(task)
  }

  /** All that it wants is known. */
  planned(fields: HistoryFields): void {
    this.#state = 'running'
    this.#planned = this.#left.size
    this.#world.history.append('recovery-planned', { tasks: this.#planned, ...fields })
  }

  has(task: number): boolean {
    return this.#left.has(task)
  }

  /** A task is done; returns whether it was one of those that it wants. */
  done(task: number): boolean {
    return this.#left.delete(task)
  }

  /** Returns whether it has come to its end now. */
  ends(): boolean {
    if (this.#state !== 'running' || this.#left.size > 0) return false
    this.#state = 'over'
    this.#world.history.append('recovery-completed', { tasks: this.#planned })
    return true
  }
}
