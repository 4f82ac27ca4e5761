/** Scenes of the scripted engine in which faults find a moment to begin. */
import type { RunConfig } from '../../run-config.ts'
import { milliseconds, type Nanos } from '../../units.ts'
import type { World } from '../world.ts'
import { Committer } from './scripted-scenes.ts'

const BEGINS_AT = milliseconds(30)

/** Process 0 begins a checkpoint that never ends, and goes on. */
export class CheckpointScene extends Committer {
  #hasBegun: boolean

  constructor(world: World, config: RunConfig) {
    super(world, config)
    this.#hasBegun = world.process !== 0
  }

  override step(): Nanos {
    const next = this.commitDue()
    if (this.#hasBegun) return next
    if (this.world.now() < BEGINS_AT) return Math.min(next, BEGINS_AT)
    this.#hasBegun = true
    this.after('checkpoint-began', { tick: 0 })
    this.after('went-on')
    return next
  }
}
