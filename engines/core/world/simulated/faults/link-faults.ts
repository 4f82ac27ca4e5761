/**
 * Faults of links: what becomes of a frame, below the session layer. Links between processes of one node are links, too.
 *
 * What is lost takes its time on the sender's interface all the same. What is delayed holds back what comes after it on its
 * link, whose order is kept; only what is *reordered* is overtaken.
 */
import type { LinkFault, SplitFault } from '../../../faults/fault.ts'
import type { Nanos, ProcessId } from '../../../units.ts'
import { linkNumber } from '../network.ts'
import type { Effect } from './effect.ts'

export interface Fate {
  /** How often the frame arrives. */
  readonly copies: number
  /** So much later, and with it all that comes after it on its link. */
  readonly delay: Nanos
  /** So much later, by itself. */
  readonly overtaken: Nanos
}

export const UNHARMED: Fate = { copies: 1, delay: 0, overtaken: 0 }
export const LOST: Fate = { copies: 0, delay: 0, overtaken: 0 }

interface Active {
  readonly fault: LinkFault | SplitFault
  readonly links: ReadonlySet<number>
  readonly effect: Effect
}

export class LinkFaults {
  #active: readonly Active[] = []

  /** Returns what ends it. */
  begin(fault: LinkFault | SplitFault, effect: Effect): () => void {
    const links = new Set(fault.links.map(({ from, to }) => linkNumber(from, to)))
    const active = { fault, links, effect }
    this.#active = [...this.#active, active]
    return () => {
      this.#active = this.#active.filter((other) => other !== active)
    }
  }

  /** Of a frame that leaves now. */
  fateOf(from: ProcessId, to: ProcessId): Fate {
    let fate = UNHARMED
    for (const { fault, links, effect } of this.#active) {
      if (!links.has(linkNumber(from, to))) continue
      // Drawn for each frame, whatever befell it: else one fault would move the draws of the next.
      if (fault.kind !== 'split' && effect.random.unit() >= fault.share) continue
      if (fate.copies === 0) continue
      effect.hits += 1
      fate = harmed(fate, fault)
    }
    return fate
  }
}

function harmed(fate: Fate, fault: LinkFault | SplitFault): Fate {
  switch (fault.kind) {
    case 'split':
    case 'drop':
      return LOST
    case 'duplicate':
      return { ...fate, copies: fate.copies + 1 }
    case 'delay':
      return { ...fate, delay: fate.delay + fault.by }
    case 'reorder':
      return { ...fate, overtaken: fate.overtaken + fault.by }
  }
}
