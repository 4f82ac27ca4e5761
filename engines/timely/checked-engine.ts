/** The timely engine with progress safety checked on every step, for a run in the simulated world. */
import type { CheckedEngine } from '../core/conformance/checked-engine.ts'
import { timelyEngineWith } from './engine.ts'
import { ProgressInvariants } from './progress/invariants.ts'
import { LoopSightings } from './progress/loop-sightings.ts'

export function checkedTimelyEngine(): CheckedEngine {
  const invariants = new ProgressInvariants()
  const sightings = new LoopSightings(invariants)
  return {
    engine: timelyEngineWith(sightings),
    drained: () => invariants.drained,
    left: () => invariants.left(),
    seen: () => sightings.seen,
  }
}
