/** The rounds of a compare, in their order: what each cell is tried with, and which of them may be left out. */
import type { Purpose, Repeats } from './cases.ts'

export interface Round {
  readonly purpose: Purpose
  readonly must: boolean
  /** Cells whose rate is known least come first. */
  readonly widestFirst?: true
  /** For cells that lack something at the end, in the time that is left. */
  readonly late?: true
}

/** How often what a try has undone is searched for again before loads are chosen. */
const CONFIRMATIONS = 6

export function roundsOf({ searches, ends, loads, kills }: Repeats): readonly Round[] {
  const confirmation: readonly Round[] = [
    { purpose: 'maximum', must: false },
    { purpose: 'above-maximum', must: false },
    { purpose: 'search', must: false },
  ]
  const loaded = Array.from({ length: Math.max(loads, kills) }, (_, repeat): readonly Round[] => [
    ...(repeat < loads ? [{ purpose: 'half-load', must: true } as const] : []),
    // Before what halves nearly tell.
    ...(repeat < kills ? [{ purpose: 'recovery', must: true } as const] : []),
    ...(repeat < loads ? [{ purpose: 'common-rate', must: true } as const] : []),
  ])
  return [
    { purpose: 'probe', must: true },
    { purpose: 'search', must: true },
    ...Array.from(
      { length: searches - 1 },
      (): Round => ({ purpose: 'search', must: false, widestFirst: true }),
    ),
    ...(ends === undefined ? [] : Array.from({ length: CONFIRMATIONS }, () => confirmation).flat()),
    ...loaded.flat(),
    { purpose: 'search', must: false, late: true },
    { purpose: 'half-load', must: false, late: true },
    { purpose: 'common-rate', must: false, late: true },
  ]
}
