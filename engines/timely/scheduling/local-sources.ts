/** The sources of one worker: which of them may read now, and when to look again. A log is replayed before any of them is there. */
import type { InputLog } from '../../core/input/input-log.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Source } from '../operators/source.ts'
import type { LogReplay } from '../recovery/log-replay.ts'

/** How soon to look again when sources are held back, or files are being written. */
export const HELD_NS = 1_000_000

export interface LocalSourcesOptions {
  readonly world: World
  readonly input: InputLog
  /** What this worker owns. */
  readonly partitions: readonly PartitionId[]
  /** Input that is read is given back at once. */
  readonly forgets: boolean
  readonly replay: LogReplay | undefined
  /** Whether one that reads an epoch must wait for others. */
  isHeld(epoch: number): boolean
}

export class LocalSources {
  readonly #options: LocalSourcesOptions
  #sources: Source[] = []
  /** They stop before this epoch: a checkpoint is due. */
  #pauseAt = Number.POSITIVE_INFINITY

  constructor(options: LocalSourcesOptions) {
    this.#options = options
  }

  add(source: Source): void {
    this.#sources.push(source)
  }

  /** Stops sources before an epoch; `Infinity` lets them go on. */
  pauseAt(epoch: number): void {
    this.#pauseAt = epoch
  }

  /** Lets each that may read for one chunk. Returns whether anything was done. */
  run(): boolean {
    const { world, replay, isHeld, forgets } = this.#options
    if (replay !== undefined && !replay.done) return !isHeld(replay.epoch) && replay.run()
    let worked = false
    for (let at = 0; at < this.#sources.length; at++) {
      const source = this.#sources[at]!
      if (source.done || source.epoch >= this.#pauseAt || isHeld(source.epoch)) continue
      if (source.run(world.now())) worked = true
    }
    if (worked && forgets) this.#forget()
    return worked
  }

  /** When there is something to do next, if nothing else happens; `poll`: how soon to look again at what blocks a tick. */
  next(now: Nanos, poll: Nanos): Nanos {
    const { replay, isHeld } = this.#options
    let next = Number.POSITIVE_INFINITY
    // A replay that waits for storage is woken.
    if (replay !== undefined && !replay.done && isHeld(replay.epoch)) next = now + HELD_NS
    for (const source of this.#sources) {
      if (source.done || source.epoch >= this.#pauseAt) continue
      next = Math.min(next, isHeld(source.epoch) ? now + HELD_NS : source.due(now, poll))
    }
    return next
  }

  /** What all sources have read will not be asked for again: there is no recovery. */
  #forget(): void {
    const { input, partitions } = this.#options
    for (let at = 0; at < partitions.length; at++) {
      let next = Number.POSITIVE_INFINITY
      for (const source of this.#sources) next = Math.min(next, source.nextOf(at))
      input.release(partitions[at]!, next)
    }
  }
}
