/** Runs in the simulated world, each by a checked engine of its own: static data is computed by runs before the plan's. */
import type { Dataflow } from '../plan/dataflow.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import type { RunConfig } from '../run-config.ts'
import { withStatics } from '../statics/with-statics.ts'
import type { System } from '../system.ts'
import { simulate } from '../world/simulated/simulation.ts'
import type { SimulationOptions } from '../world/simulated/simulation-options.ts'
import { builtPlan } from './built-plan.ts'
import type { CheckedEngine } from './checked-engine.ts'
import { boundedSteps, REGION_BYTES } from './scenario.ts'

export interface CheckedSystem<C extends CheckedEngine> {
  readonly system: System
  /** One a run so far, in their order. */
  readonly checked: readonly C[]
  /** What the runs that completed have left, in words. */
  readonly left: readonly string[]
}

export interface CheckedSystemOptions extends Partial<SimulationOptions> {
  /** What is run in a dataflow's place. */
  readonly changed?: (dataflow: Dataflow) => Dataflow
}

export function checkedSystem<C extends CheckedEngine>(
  newEngine: (name: RunConfig['engine']) => C | Promise<C>,
  { changed, ...options }: CheckedSystemOptions = {},
): CheckedSystem<C> {
  const checked: C[] = []
  const left: string[] = []
  const system: System = {
    name: 'simulated',
    async run(trial) {
      const each = await newEngine(trial.config.engine)
      checked.push(each)
      const { engine, drained } = each
      const dataflow = buildDataflow((await builtPlan(trial.config.plan)).plan)
      const subject = { engine, dataflow: changed?.(dataflow) ?? dataflow }
      const bounds = { regionBytes: REGION_BYTES, afterStep: boundedSteps() }
      const record = simulate(trial, subject, { ...bounds, ...options, drained })
      if (record.outcome === 'completed' && !drained()) left.push(...each.left())
      return record
    },
  }
  return { system: withStatics(system), checked, left }
}
