/**
 * An engine in the simulated world, as suites and tests are given it. There is no other way to make one, so every run of theirs
 * goes through an engine that checks its invariants on each step: progress safety, the soundness of lineage
 * (`checked-engine.ts`). A run that spins is an error rather than a test that never ends.
 */
import type { RunConfig } from '../run-config.ts'
import type { CheckedEngine } from './checked-engine.ts'
import { checkedSystem } from './checked-system.ts'
import type { Subject } from './scenario.ts'

/**
 * `newEngine` makes an engine for one run (`engines/index.ts` has it by name).
 *
 * Errors: beside those of the run, what a run that completed has not given back: notifications, counts, buffers.
 */
export function simulatedSubject(
  engine: RunConfig['engine'],
  newEngine: (name: RunConfig['engine']) => CheckedEngine | Promise<CheckedEngine>,
): Subject {
  return {
    engine,
    world: 'simulated',
    async run(trial, options) {
      const { system, left } = checkedSystem(newEngine, options)
      const record = await system.run(trial)
      if (left.length > 0) throw new Error(`it has left ${left.join('; ')}`)
      return record
    },
  }
}
