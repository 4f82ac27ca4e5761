/** Recovery as an experiment: its question and factors. What must be reached is a row of `bench`. */
import type { Experiment } from '../experiment.ts'
import { demonstration, recoveryModes } from './cases.ts'
import { recoveryCommand } from './command.ts'

export const recovery: Experiment = {
  name: 'recovery',
  question: 'A worker dies: how long until each engine is back, and what is the time spent on?',
  shows: 'figure `recovery`, a table of phases',
  factors: [
    { name: 'mode', values: recoveryModes.map(({ name }) => name) },
    { name: 'kills', values: [0, demonstration.kills] },
  ],
  claims: [],
  run: (io) => recoveryCommand({}, io),
}
