/**
 * A plan of a user's own as a workload: named `<module>#<export>`, over any input, judged by the interpreter of plans.
 *
 * What it reads, which parameters it has and what it keeps are its plan's, and only who loads that knows them.
 */
import { assert } from '../engines/core/assert.ts'
import { INPUT_KINDS } from './input/input.ts'
import { planOracle } from './plan-oracle.ts'
import type { Workload } from './workload.ts'

/** Where a plan is: a module by its path from the checkout, and a function that it exports. */
export interface PlanPlace {
  readonly module: string
  readonly export: string
}

/** Undefined for a name without `#`, which is one of the registry. */
export function planPlaceOf(name: string): PlanPlace | undefined {
  const at = name.lastIndexOf('#')
  return at < 0 ? undefined : { module: name.slice(0, at), export: name.slice(at + 1) }
}

export function ownPlan(place: PlanPlace): Workload {
  const name = `${place.module}#${place.export}`
  return {
    name,
    description: 'A plan of your own.',
    parameters: {},
    anyParameters: true,
    inputs: INPUT_KINDS.map((kind) => ({ kind })),
    operators: 'those of its plan',
    state: 'unknown',
    paper: 'none',
    invariants: [],
    plan: (given = {}) => ({ ...place, parameters: given }),
    keyLaw: () => undefined,
    oracle(_given, judged) {
      assert(judged !== undefined, `the oracle of ${name} is asked without its plan`)
      return planOracle(judged)
    },
  }
}
