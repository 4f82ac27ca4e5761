/** The rounds of a compare, in their order: what each cell is tried with, and which of them may be left out. */
import type { Purpose, Repeats } from './cases.ts'

export interface Round {
  readonly purpose: Purpose
  /** Of which cells it is run whatever else there is no time for. */
  readonly must: 'all' | 'unheld' | 'none'
  /** Cells whose rate is known least come first. */
  readonly widestFirst?: true
  /** For cells that lack something after the first round of loads. */
  readonly late?: true
}

/** How often what a try has undone is searched for again before loads are chosen. */
const CONFIRMATIONS = 6

export function roundsOf({ searches, ends, loads, kills }: Repeats): readonly Round[] {
  const confirmation: readonly Round[] = [
    { purpose: 'maximum', must: 'none' },
    { purpose: 'above-maximum', must: 'none' },
    { purpose: 'search', must: 'none' },
  ]
  const kill: readonly Round[] = [{ purpose: 'recovery', must: 'all' }]
  const load: readonly Round[] = [
    { purpose: 'half-load', must: 'all' },
    { purpose: 'common-rate', must: 'all' },
  ]
  const repeated = Array.from({ length: Math.max(loads, kills) - 1 }, (_, repeat) => [
    ...(repeat + 1 < loads ? load : []),
    ...(repeat + 1 < kills ? kill : []),
  ])
  return [
    { purpose: 'probe', must: 'all' },
    { purpose: 'search', must: 'all' },
    ...Array.from(
      { length: searches - 1 },
      (): Round => ({ purpose: 'search', must: 'unheld', widestFirst: true }),
    ),
    ...(ends === undefined ? [] : Array.from({ length: CONFIRMATIONS }, () => confirmation).flat()),
    ...load,
    { purpose: 'search', must: 'none', late: true },
    { purpose: 'half-load', must: 'none', late: true },
    { purpose: 'common-rate', must: 'none', late: true },
    // As long as three other trials, and a first look: after all that engines are compared by.
    ...kill,
    ...repeated.flat(),
  ]
}
