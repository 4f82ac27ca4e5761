/**
 * Commands one after the other in one process, each as the program would run it alone: its words in JSON are a line of standard input,
 * and what came of it (`CliResult`), in JSON, is a line of standard output. For commands that neither a signal nor standard input is for.
 */
import { createInterface } from 'node:readline'
import { call } from './call.ts'
import type { CliResult } from './cli.fixture.ts'

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

for await (const line of createInterface({ input: process.stdin })) {
  const words = JSON.parse(line) as readonly string[]
  Object.assign(kept, { out: '', err: '' })
  process.exitCode = 0
  process.argv.splice(2, process.argv.length, ...words)
  await call(words)
  const result: CliResult = { ...kept, status: Number(process.exitCode) }
  write(`${JSON.stringify(result)}\n`)
}

process.exitCode = 0
