/**
 * The program of one trial's process: specification in; out come the line `started` and then the outcome, or what kept
 * the trial from starting.
 */
import { runTrial } from './trial.ts'
import { failureOf } from './trial-failure.ts'
import type { TrialSpec } from './trial-spec.ts'

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const spec = JSON.parse(Buffer.concat(chunks).toString()) as TrialSpec
process.stdout.write('started\n')
try {
  process.stdout.write(`${JSON.stringify(await runTrial(spec))}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: failureOf(error) })}\n`)
}
