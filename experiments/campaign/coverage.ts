/**
 * On which engines a plan was run, each run compared with the interpreter. A plan with a loop is no plan on both: the D-Stream
 * engine refuses it, and of some it runs the loop over a bounded input, with a job for each round.
 */
import { assert } from '../../engines/core/assert.ts'
import { runsAsJobs } from '../../engines/core/input/bounded-config.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { Plan } from '../../engines/core/plan/plan.ts'

const MEANINGS = {
  'both-engines': 'on both engines, as a stream',
  'rounds-as-jobs':
    'with a loop: on timely as a stream, and over a bounded input on both, on dstream with a job for each round',
  'timely-alone': 'with loops that dstream refuses in any form: on timely alone',
} as const

export type Coverage = keyof typeof MEANINGS

export const COVERAGES = Object.keys(MEANINGS) as readonly Coverage[]

/** Of a plan that some engines refuse as a stream. */
export function coverageOf(plan: Plan, refusing: readonly EngineName[]): Coverage {
  if (refusing.length === 0) return 'both-engines'
  assert(refusing.join() === 'dstream', `a plan that ${refusing.join(' and ')} refuse is drawn`)
  return runsAsJobs(plan) ? 'rounds-as-jobs' : 'timely-alone'
}

export function describeCoverage(coverage: Coverage): string {
  return MEANINGS[coverage]
}

/** Lines for a reader. */
export function coverageLines(counts: Readonly<Record<Coverage, number>>): readonly string[] {
  const width = Math.max(...COVERAGES.map((coverage) => String(counts[coverage]).length))
  return COVERAGES.map(
    (coverage) => `  ${String(counts[coverage]).padStart(width)}  ${MEANINGS[coverage]}`,
  )
}
