/** About how long a compare takes that has no budget: what is said before it begins. */
import {
  type CompareCase,
  type CompareScale,
  type EngineName,
  type Purpose,
  specOf,
} from './cases.ts'

/** Of a cell: a probe, what it takes to come within 5 %, and what tries of both ends undo. */
const SEARCHES = 6
/** Of cells: the others have half loads that are at the common rate already. */
const COMMON_RATE_SHARE = 0.6
/** A process begins, and its input ends. */
const START_MS = 2_000
/** What the oracle takes of the length of a trial; in quick trials less. */
const ORACLE_SHARE = 0.25

/** Trials, and their time in ms. */
export function expectedLength(
  cases: readonly CompareCase[],
  engines: readonly EngineName[],
  scale: CompareScale,
): { readonly trials: number; readonly ms: number } {
  const { ends, loads, kills } = scale.repeats
  const tries = SEARCHES + (ends === undefined ? 0 : ends.held + ends.limit - 2)
  const counts = ({ isKilled }: CompareCase): readonly (readonly [Purpose, number])[] => [
    ['search', tries],
    ['half-load', loads],
    ['common-rate', loads * COMMON_RATE_SHARE],
    ['recovery', isKilled ? kills : 0],
  ]
  const parts = cases.flatMap((compareCase) =>
    engines.flatMap((engine) =>
      counts(compareCase).map(([purpose, trials]) => {
        const ask = { compareCase, engine, purpose, rate: 1, shortened: false, seed: 1 }
        const { warmup, measured } = specOf(ask, scale)
        return {
          trials,
          ms: trials * (START_MS + ((warmup + measured) / 1e6) * (1 + ORACLE_SHARE)),
        }
      }),
    ),
  )
  return {
    trials: Math.round(parts.reduce((sum, { trials }) => sum + trials, 0)),
    ms: parts.reduce((sum, { ms }) => sum + ms, 0),
  }
}
