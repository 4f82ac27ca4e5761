/**
 * Where a thread stands still on a fault's account. It sleeps on a word of its own, so that nobody who has work for it can
 * wake it: it neither hears nor says anything, as in a long collection. The run's end ends that, and so does `terminate`.
 */
import type { RunMemory } from '../../../columns/memory.ts'
import type { Nanos, Pointer } from '../../../units.ts'
import type { RunWords } from '../run-words.ts'
import { park } from '../wake-word.ts'

/** Told of each time: from when, until when at the latest, and when it was over. */
export type StoodStill = (from: Nanos, alarm: Nanos, to: Nanos) => void

const never = (): boolean => false

export class Standstill {
  #i32: Int32Array
  #index: number
  #run: RunWords
  #stood: StoodStill

  constructor(memory: RunMemory, word: Pointer, run: RunWords, stood: StoodStill) {
    this.#i32 = memory.i32
    this.#index = word >>> 2
    this.#run = run
    this.#stood = stood
  }

  /** Stands still until an instant, or until it is released: then the word has to be woken. Returns when that was. */
  until(instant: Nanos, released: () => boolean = never): Nanos {
    const over = (): boolean => this.#run.stopped() || released()
    const from = this.#run.now()
    let now = from
    while (now < instant && !over()) {
      park(this.#i32, this.#index, (instant - now) / 1e6, over)
      // Until the run starts its clock stands still, too.
      this.#run.started()
      now = this.#run.now()
    }
    this.#stood(from, instant, now)
    return now
  }
}
