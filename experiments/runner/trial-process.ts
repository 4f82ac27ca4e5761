/**
 * The program of one trial's process: in goes the file of its specification; out come the line `started` and then the
 * outcome, or what kept the trial from starting.
 */
import { readFileSync } from 'node:fs'
import { runTrial } from './trial.ts'
import { failureOf } from './trial-failure.ts'
import type { TrialSpec } from './trial-spec.ts'

const spec = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as TrialSpec
process.stdout.write('started\n')
try {
  process.stdout.write(`${JSON.stringify(await runTrial(spec))}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: failureOf(error) })}\n`)
}
