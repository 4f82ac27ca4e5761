/** The ladder of ticks as an experiment: its question and factors. */

import { compareCases, engines } from '../compare/cases.ts'
import type { Experiment } from '../experiment.ts'
import { ticksCommand } from './command.ts'
import { ladderScale } from './ladder.ts'

export const ticks: Experiment = {
  name: 'ticks',
  question:
    'How long should epochs and batches be: what does each tick sustain, and how soon is it?',
  shows: 'figure `ticks`, a table of paces and latencies',
  factors: [
    { name: 'engine', values: engines },
    { name: 'case', values: compareCases.map(({ name }) => name) },
    { name: 'tick', values: ladderScale.ladder },
  ],
  // It chooses what compare runs with; what is claimed of the engines is compare's.
  claims: [],
  run: (io) => ticksCommand({}, io),
}
