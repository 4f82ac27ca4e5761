/** The main job as an experiment: its question, factors and claims. */
import type { Experiment } from '../experiment.ts'
import { compareCases, engines, PARTITIONS, WORKERS } from './cases.ts'
import { compareClaims } from './claims.ts'
import { compareCommand } from './command.ts'

export const compare: Experiment = {
  name: 'compare',
  question:
    'Which model sustains more under a 1 s bound, how long does a record take, and would one thread have done?',
  shows: 'figures `overview`, `throughput` and `latency`',
  factors: [
    { name: 'engine', values: engines },
    { name: 'case', values: compareCases.map(({ name }) => name) },
    { name: 'workers', values: [WORKERS] },
    { name: 'partitions', values: [PARTITIONS] },
  ],
  claims: compareClaims,
  run: (io) => compareCommand({}, io),
}
