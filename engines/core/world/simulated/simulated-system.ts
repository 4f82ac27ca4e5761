/** The simulated world behind the contract that experiments know. */
import type { Engine } from '../../engine.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import { buildDataflow } from '../../plan/dataflow-builder.ts'
import { loadPlan } from '../../plan/named-plan.ts'
import type { RunConfig } from '../../run-config.ts'
import type { RunRecord, System, Trial } from '../../system.ts'
import { type SimulationOptions, simulate } from './simulation.ts'

/** `engineOf` comes from the registry: the core knows no engine. `optionsOf` is asked once a run. */
export function simulatedSystem(
  engineOf: (name: RunConfig['engine']) => Promise<Engine>,
  optionsOf: (dataflow: Dataflow) => Partial<SimulationOptions> = () => ({}),
): System {
  return {
    name: 'simulated',
    async run(trial: Trial): Promise<RunRecord> {
      const dataflow = buildDataflow(await loadPlan(trial.config.plan))
      const engine = await engineOf(trial.config.engine)
      return simulate(trial, { engine, dataflow }, optionsOf(dataflow))
    },
  }
}
