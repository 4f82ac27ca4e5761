/**
 * Runs a trial in a fresh process, so that it inherits no heap, no compiled code and no threads (METHOD 10).
 *
 * The specification goes in by standard input, the outcome comes back as the last line of standard output; what the
 * trial writes on standard error is passed on. When this process is told to stop, so is the trial.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

const preflight = fileURLToPath(new URL('../preflight.mjs', import.meta.url))
const program = fileURLToPath(new URL('./trial-process.ts', import.meta.url))

export async function runIsolated(spec: TrialSpec, signal?: AbortSignal): Promise<TrialOutcome> {
  const child = spawn(process.execPath, ['--import', preflight, program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal ? { signal } : {}),
  })
  let output = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-8_000)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(spec))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code))
  })
  const last = output.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0 && last.startsWith('{')) return JSON.parse(last) as TrialOutcome
  throw new Error(
    `the process of a trial (${spec.engine}, ${spec.workload}) ended with status ${status}: ${complaint.trim() || 'it wrote no outcome'}`,
  )
}
