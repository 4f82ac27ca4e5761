/** The tasks that the last recovery wants: what is made again, and what is owed and begins anew. Told in the history. */
import type { World } from '../../core/world/world.ts'
import type { BatchNumber } from '../rdd/rdd.ts'

export class RecoveryTasks {
  #world: Pick<World, 'history'>
  /** Lost work is being planned: what is wanted now, belongs to it. */
  #planning = false
  /** Wanted and not done: `taskKey`. */
  #left = new Set<number>()
  /** How many there were; -1 when it is over. */
  #planned = -1

  constructor(world: Pick<World, 'history'>) {
    this.#world = world
  }

  get isOver(): boolean {
    return this.#left.size === 0
  }

  begin(): void {
    this.#planning = true
  }

  wanted(key: number): void {
    if (this.#planning) this.#left.add(key)
  }

  planned(from: { readonly batches: number; readonly horizon: BatchNumber }): void {
    this.#planning = false
    this.#planned = this.#left.size
    this.#world.history.append('recovery-planned', { tasks: this.#planned, ...from })
  }

  has(key: number): boolean {
    return this.#left.has(key)
  }

  /** Returns whether it was one of them. */
  done(key: number): boolean {
    return this.#left.delete(key)
  }

  /** Says so when it is over; returns whether it has just become that. */
  end(): boolean {
    if (this.#planned < 0 || !this.isOver) return false
    this.#world.history.append('recovery-completed', { tasks: this.#planned })
    this.#planned = -1
    return true
  }

  /** The membership has changed again. */
  forget(): void {
    this.#left.clear()
  }
}
