/** The program of a baseline's process: specification in, rates out. */
import { type BaselineSpec, runBaseline } from './baseline-trial.ts'

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const spec = JSON.parse(Buffer.concat(chunks).toString()) as BaselineSpec
process.stdout.write(`${JSON.stringify(runBaseline(spec))}\n`)
