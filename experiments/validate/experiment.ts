/** The validation of the simulated world as an experiment: its question, factors and claims. */
import type { Experiment } from '../experiment.ts'
import { validateClaims } from './claims.ts'
import { validateCommand } from './command.ts'
import { LOADS, QUICK_SCALE } from './pairs.ts'

export const validate: Experiment = {
  name: 'validate',
  question:
    'Can the simulation be believed: how far is it from threads, with the costs of this machine?',
  shows: 'a table of residuals',
  factors: [
    { name: 'workload', values: QUICK_SCALE.workloads },
    { name: 'engine', values: ['timely', 'dstream'] },
    { name: 'workers', values: QUICK_SCALE.workers },
    { name: 'load', values: LOADS },
    { name: 'world', values: ['threads', 'simulated'] },
  ],
  claims: validateClaims,
  run: (io) => validateCommand({}, io),
}
