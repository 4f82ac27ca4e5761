/** Scenes of the scripted engine for what faults do: the moment that one finds to begin, and what goes on across it. */
import type { RunConfig } from '../../run-config.ts'
import { milliseconds, type Nanos, type ProcessId } from '../../units.ts'
import type { World } from '../world.ts'
import { Committer } from './scripted-scenes.ts'

const BEGINS_AT = milliseconds(30)
const REPLACED_AT = milliseconds(90)

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

/**
 * Process 1 replaces process 2, whose thread has ended by then, and stays in that step until process 0 has answered the new generation
 * by another one. The supervisor asks process 0 first: it has been once through all that it does about a generation before the next.
 *
 * If process 0 never answers, nobody of the first lives ever leaves its step. Process 2 replaces both when it begins again.
 */
export class LingerScene extends Committer {
  #proposed = 0

  override step(): Nanos {
    const next = this.commitDue()
    const { authority, process, now } = this.world
    const generation = authority.generation()
    if (process !== 1 && generation === 2) {
      this.#propose(generation, (other) => (process === 0 ? other === 2 : other !== 2))
    }
    if (process !== 1 || generation > 1) return next
    if (now() < REPLACED_AT) return Math.min(next, REPLACED_AT)
    this.#propose(generation, (other) => other === 2)
    while (authority.generation() < 3) {}
    this.after('lingered')
    return next
  }

  #propose(generation: number, isReplaced: (process: ProcessId) => boolean): void {
    if (this.#proposed === generation) return
    this.#proposed = generation
    const { authority } = this.world
    const membership = authority.current()
    const members = membership.members.map((member) =>
      isReplaced(member.process) ? { ...member, incarnation: 2 } : member,
    )
    authority.propose(generation, { ...membership, members })
  }
}
