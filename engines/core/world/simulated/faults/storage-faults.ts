/**
 * Faults of the run's storage: what becomes of a request.
 *
 * *Full*: the write has failed, and nothing is there. *Torn*: half of the blob is there, and the write has failed; the same of a
 * writer that died meanwhile, who hears nothing. (A disk that tears a write and says that it is done is a lying disk: no engine
 * could be safe on it, and none is asked to be.) *Lost*: the write was done, and the blob is gone. Files of the run's user are
 * published whole or not at all, so a torn one has failed, and none is lost.
 */
import type { StorageFault } from '../../../faults/fault.ts'
import type { Effect } from './effect.ts'

export type WriteFate = 'whole' | 'full' | 'torn' | 'lost'

export class StorageFaults {
  #active: readonly { readonly fault: StorageFault; readonly effect: Effect }[] = []

  /** Returns what ends it. */
  begin(fault: StorageFault, effect: Effect): () => void {
    const active = { fault, effect }
    this.#active = [...this.#active, active]
    return () => {
      this.#active = this.#active.filter((other) => other !== active)
    }
  }

  /** How many times as long a request takes that is made now. */
  slowness(): number {
    let factor = 1
    for (const { fault, effect } of this.#active) {
      if (fault.what !== 'slow') continue
      effect.hits += 1
      factor *= fault.factor
    }
    return factor
  }

  /** Of a write that comes to its end now. Of several fates the first in the plan's order. */
  fateOfWrite(possible: readonly WriteFate[]): WriteFate {
    let fate: WriteFate = 'whole'
    for (const { fault, effect } of this.#active) {
      const { what, share } = fault
      if (what === 'slow' || !possible.includes(what)) continue
      // Drawn whatever others do: else one fault would move the draws of the next.
      if (effect.random.unit() >= share || fate !== 'whole') continue
      effect.hits += 1
      fate = what
    }
    return fate
  }
}

export const FATES_OF_WRITES: readonly WriteFate[] = ['full', 'torn', 'lost']
export const FATES_OF_FILES: readonly WriteFate[] = ['full', 'torn']
/** Of one that its writer, who has died, had not handed over. */
export const FATES_OF_REMAINS: readonly WriteFate[] = ['torn']
