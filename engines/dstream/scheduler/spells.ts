/**
 * Spells: for how many batches something is done otherwise, once there was a reason. One batch at first; a reason that comes again
 * in the first batch after a spell doubles the next one, up to `SPELL_MAX`. So what passes costs one batch, and what stays is tried
 * again ever more rarely.
 *
 *   reason     spell    tried again: a reason    spell             tried again: none
 *   batch T    T + 1    T + 2                    T + 3, T + 4      T + 5
 */
import type { BatchNumber } from '../rdd/rdd.ts'

/** In batches. Long enough that trying again costs little, short enough that who has recovered is soon back at work. */
export const SPELL_MAX = 16

interface Spell {
  readonly until: BatchNumber
  readonly length: number
}

export class Spells {
  /** By subject, a number of the caller's; of those there are few. */
  #spells = new Map<number, Spell>()

  /** There is a reason in a batch. Returns the last batch of the spell that it is in, or begins. */
  begin(subject: number, batch: BatchNumber): BatchNumber {
    const last = this.#spells.get(subject)
    if (last !== undefined && batch <= last.until) return last.until
    const again = last !== undefined && batch === last.until + 1
    const length = again ? Math.min(last.length * 2, SPELL_MAX) : 1
    this.#spells.set(subject, { until: batch + length, length })
    return batch + length
  }

  lasts(subject: number, batch: BatchNumber): boolean {
    const spell = this.#spells.get(subject)
    return spell !== undefined && batch <= spell.until
  }
}
