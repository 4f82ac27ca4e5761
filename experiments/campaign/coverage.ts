/** What a trial was run by: the engine and its recovery mode, as a stream or over its records as a whole. Each trial counts once. */
import type { PlannedRun } from './planned-trial.ts'
import { SETUPS } from './recovery-modes.ts'

const AS_JOBS = 'dstream, with a job for each round of a loop'

export const COVERAGES: readonly string[] = [
  ...SETUPS.map(({ engine, mode }) => `${engine}, ${mode}`),
  AS_JOBS,
]

/** By the first of a trial's runs: the others are of the same engine and mode, or the calm one of the other engine. */
export function coverageOf([first]: readonly PlannedRun[]): string {
  const { setup, form } = first!
  return form === 'whole' ? AS_JOBS : `${setup.engine}, ${setup.mode}`
}

/** Lines for a reader. */
export function coverageLines(counts: Readonly<Record<string, number>>): readonly string[] {
  const width = Math.max(...COVERAGES.map((coverage) => String(counts[coverage]).length))
  return COVERAGES.map((coverage) => `  ${String(counts[coverage]).padStart(width)}  ${coverage}`)
}
