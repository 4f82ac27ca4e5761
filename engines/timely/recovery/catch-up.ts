/** How a worker that began at a checkpoint, while others went on, comes to where they were; it tells when it has. */
import type { ProcessSetup } from '../../core/engine.ts'
import type { World } from '../../core/world/world.ts'

export interface CatchUpOptions {
  readonly world: Pick<World, 'history'>
  readonly setup: Pick<ProcessSetup, 'ticks'>
  readonly generation: number
  /** The checkpoint, and the furthest epoch that anybody had come to. */
  readonly from: number
  readonly until: number
}

export class CatchUp {
  readonly #options: CatchUpOptions
  #state: 'behind' | 'caught up' = 'behind'

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** Call after each step, with the first epoch that is not over in this worker's view. */
  step(leastEpoch: number): void {
    const { world, setup, generation, from, until } = this.#options
    if (this.#state === 'caught up' || leastEpoch < until) return
    this.#state = 'caught up'
    world.history.append('upstream-replayed', {
      generation,
      from: setup.ticks.endOf(from),
      tick: setup.ticks.endOf(until),
      epochs: until - from,
    })
  }
}
