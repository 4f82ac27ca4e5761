/**
 * Runs a baseline in a fresh process, as a trial is run: same runtime with the same flags and allocator, no heap and no compiled code
 * of another, and ended when it goes on for far longer than it may (`child-limits.ts`).
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BaselineOutcome, BaselineSpec } from './baseline-trial.ts'
import { baselineLimitMs, tookTooLong } from './child-limits.ts'
import { ALLOCATOR, TRIAL_FLAGS } from './isolate.ts'

const preflight = fileURLToPath(new URL('../preflight.mjs', import.meta.url))
const program = fileURLToPath(new URL('./baseline-process.ts', import.meta.url))

export function runBaselineIsolated(
  spec: BaselineSpec,
  signal?: AbortSignal,
  limitMs: number = baselineLimitMs(spec),
): Promise<BaselineOutcome> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [...TRIAL_FLAGS, '--import', preflight, program],
      {
        timeout: limitMs,
        killSignal: 'SIGKILL',
        env: { ...process.env, ...ALLOCATOR },
        ...(signal ? { signal } : {}),
      },
      (error, output, complaint) => {
        if (signal?.aborted) reject(signal.reason)
        // It has no code of its own, since it was not let end.
        else if (error?.killed && error.code === null) {
          reject(tookTooLong(`a baseline (${spec.workload})`, limitMs, complaint))
        } else if (error) {
          reject(new Error(`a baseline of ${spec.workload} failed: ${complaint || error.message}`))
        } else resolve(JSON.parse(output) as BaselineOutcome)
      },
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(JSON.stringify(spec))
  })
}
