/**
 * `window` and `reduceByWindow`: what came in (end − length, end], put out at each end of a slide.
 *
 * These words are called in every tick, for they must know when a record came; between the ends of slides they put out
 * nothing. An inverse is not used: a window is reduced anew at each slide.
 */
import type { PlanFunction } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { ChangingTable } from './changing-table.ts'
import { reduced } from './reduces.ts'
import type { Records, Word } from './word.ts'

interface Lengths {
  readonly length: Nanos
  readonly slide: Nanos
}

/** All records of the last `length`. */
export function windowed({ length, slide }: Lengths): Word {
  const window = new Window(length)
  return ([records], end) => {
    window.add(records!, end)
    return end % slide === 0 ? window.recordsAt(end) : []
  }
}

/** A table of each key's reduce over the last `length`. */
export function reducedByWindow({ length, slide }: Lengths, merge: PlanFunction): Word {
  const window = new Window(length)
  const table = new ChangingTable()
  return ([records], end) => {
    window.add(records!, end)
    if (end % slide !== 0) return []
    table.become(reduced(window.recordsAt(end), merge))
    return table.changes()
  }
}

/** The records of ticks that are at most a length old. */
class Window {
  readonly #length: Nanos
  #ticks: { readonly end: TickEnd; readonly records: Records }[] = []

  constructor(length: Nanos) {
    this.#length = length
  }

  add(records: Records, end: TickEnd): void {
    if (records.length > 0) this.#ticks.push({ end, records })
  }

  /** Forgets what has left. */
  recordsAt(end: TickEnd): unknown[] {
    this.#ticks = this.#ticks.filter((tick) => tick.end > end - this.#length)
    return this.#ticks.flatMap(({ records }) => records)
  }
}
