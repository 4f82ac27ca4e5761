/**
 * Commands one after the other in one process, each as the program would run it alone: lists of words in JSON on standard input,
 * what came of each (`CliResult`) in JSON on standard output. For commands that begin nothing.
 */
import { text } from 'node:stream/consumers'
import { call } from './call.ts'
import type { CliResult } from './cli.fixture.ts'

const calls = JSON.parse(await text(process.stdin)) as readonly (readonly string[])[]

const results: CliResult[] = []
const { stdout, stderr } = process
const write = stdout.write.bind(stdout)
const kept = { out: '', err: '' }
stdout.write = (said: string | Uint8Array) => {
  kept.out += said
  return true
}
stderr.write = (said: string | Uint8Array) => {
  kept.err += said
  return true
}

for (const words of calls) {
  Object.assign(kept, { out: '', err: '' })
  process.exitCode = 0
  process.argv.splice(2, process.argv.length, ...words)
  await call(words)
  results.push({ ...kept, status: Number(process.exitCode) })
}

process.exitCode = 0
write(JSON.stringify(results))
