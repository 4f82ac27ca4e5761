/** The timings of kernels and seams as an experiment. */
import type { Experiment } from '../experiment.ts'
import { microCommand } from './command.ts'

export const micro: Experiment = {
  name: 'micro',
  question:
    'What do the kernels and the seams between threads cost on this machine, each by itself?',
  shows: 'a table of times, and the calibration',
  factors: [],
  // It measures and decides nothing: what its costs are good for is what `validate` decides.
  claims: [],
  run: (io) => microCommand({}, io),
}
