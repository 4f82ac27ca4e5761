/**
 * Plans built once: a trial is run on both engines and judged, and to load and hash its plan each time takes as long as a
 * small run. The dataflow is for reading only: what runs builds its own, since joins count the keys that they have seen.
 */
import type { Dataflow } from '../plan/dataflow.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { loadPlan } from '../plan/named-plan.ts'
import type { NamedPlan, Plan } from '../plan/plan.ts'

export interface BuiltPlan {
  readonly plan: Plan
  readonly dataflow: Dataflow
}

const PLANS_MAX = 100

const built = new Map<string, Promise<BuiltPlan>>()

/** Errors: those of `loadPlan` and `buildDataflow`. */
export function builtPlan(named: NamedPlan): Promise<BuiltPlan> {
  const name = JSON.stringify(named)
  let found = built.get(name)
  if (found === undefined) {
    found = build(named)
    if (built.size === PLANS_MAX) built.clear()
    built.set(name, found)
  }
  return found
}

async function build(named: NamedPlan): Promise<BuiltPlan> {
  const plan = await loadPlan(named)
  return { plan, dataflow: buildDataflow(plan) }
}
