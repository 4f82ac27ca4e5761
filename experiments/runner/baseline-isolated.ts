/** Runs a baseline in a fresh process, as a trial is run: same runtime, no heap and no compiled code of another. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BaselineOutcome, BaselineSpec } from './baseline-trial.ts'

const preflight = fileURLToPath(new URL('../preflight.mjs', import.meta.url))
const program = fileURLToPath(new URL('./baseline-process.ts', import.meta.url))

export function runBaselineIsolated(
  spec: BaselineSpec,
  signal?: AbortSignal,
): Promise<BaselineOutcome> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--import', preflight, program],
      signal ? { signal } : {},
      (error, output, complaint) => {
        if (signal?.aborted) reject(signal.reason)
        else if (error) {
          reject(new Error(`a baseline of ${spec.workload} failed: ${complaint || error.message}`))
        } else resolve(JSON.parse(output) as BaselineOutcome)
      },
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(spec))
  })
}
