/**
 * How many keys the states of a plan hold (`evolve`), as counters of a process: those of the fullest partition.
 *
 * What a partition holds at the end of a period follows from plan and input alone: it is the same on either engine, however
 * workers share the partitions and whatever they recover from. What a worker holds is not.
 */
import { clockStart, type InputConfig } from '../run-config.ts'
import type { TickEnd } from '../units.ts'
import type { World } from '../world/world.ts'

/** Keys that an operator's states held in one partition at the end of a period: the most. */
export const STATE_KEYS = 'stateKeysMax'

/**
 * The same of a `track` without a timeout, for each quarter of the run, in order: whether it ends with more than it began.
 * What was due before the clock started belongs to none.
 */
export const LASTING_KEYS: readonly string[] = [1, 2, 3, 4].map(
  (quarter) => `lastingKeysQuarter${quarter}Max`,
)

/** One for each life of a process. */
export class StateKeys {
  readonly #world: Pick<World, 'count'>
  readonly #start: TickEnd
  readonly #length: number
  /** By counter: what it stands at. */
  readonly #most = new Map<string, number>()

  constructor(world: Pick<World, 'count'>, input: Pick<InputConfig, 'duration' | 'history'>) {
    this.#world = world
    this.#start = clockStart(input)
    this.#length = input.duration - this.#start
  }

  /** A partition of an operator holds so many keys at the end of a period. */
  held(keys: number, end: TickEnd, { lasting }: { readonly lasting?: true }): void {
    this.#raise(STATE_KEYS, keys)
    if (!lasting) return
    const quarter = Math.ceil((LASTING_KEYS.length * (end - this.#start)) / this.#length)
    if (quarter >= 1) this.#raise(LASTING_KEYS[quarter - 1]!, keys)
  }

  #raise(counter: string, keys: number): void {
    const most = this.#most.get(counter)
    if (most !== undefined && keys <= most) return
    this.#most.set(counter, keys)
    this.#world.count(counter, keys - (most ?? 0))
  }
}
