/** A process that counts the page views on its standard input, and prints what it found: for this folder's tests. */
import { runOnThreads } from '../run-on-threads.ts'
import { finalCounts, SIZES, trialOf, wrongTicks } from './live.fixture.ts'

const engine = process.argv[2] as 'timely' | 'dstream'
const trial = trialOf(engine, { kind: 'stdin' })
const record = await runOnThreads(trial, SIZES)
const { outcome, error, input } = record
process.stdout.write(
  JSON.stringify({
    outcome,
    error: error?.message,
    counts: finalCounts(record),
    records: input?.dueAt.length,
    wrong: input && wrongTicks(record, trial.config.tick),
  }),
)
