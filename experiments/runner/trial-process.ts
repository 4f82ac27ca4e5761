/** The program of one trial's process: specification in, outcome out. */
import { runTrial } from './trial.ts'
import type { TrialSpec } from './trial-spec.ts'

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const spec = JSON.parse(Buffer.concat(chunks).toString()) as TrialSpec
const outcome = await runTrial(spec)
process.stdout.write(`${JSON.stringify(outcome)}\n`)
