/** The timely engine with progress safety checked on every step, for a run in the simulated world. */
import type { CheckedEngine } from '../core/conformance/checked-engine.ts'
import { timelyEngineWith } from './engine.ts'
import { ProgressInvariants } from './progress/invariants.ts'

export function checkedTimelyEngine(): CheckedEngine {
  const invariants = new ProgressInvariants()
  return {
    engine: timelyEngineWith(invariants),
    drained: () => invariants.drained,
    left: () => invariants.left(),
  }
}
