/** The bench as an experiment: its rows are its claims, each with the limit that it must reach. */
import type { Experiment } from '../experiment.ts'
import { benchCommand } from './command.ts'
import { benchRows } from './rows.ts'
import { subjects } from './subjects.ts'

export const bench: Experiment = {
  name: 'bench',
  question:
    'How fast are the engines, as ratios to plain loops in the same run, and do the ratios count?',
  shows: 'a table of ratios with what must be reached',
  factors: [
    { name: 'subject', values: subjects.map(({ name }) => name) },
    { name: 'row', values: benchRows.map(({ name }) => name) },
  ],
  // Limits are in rows.ts, next to what they limit; their verdicts are the table's last column.
  claims: [],
  run: (io) => benchCommand({}, io),
}
