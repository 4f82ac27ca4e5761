/**
 * A plan of the user's own is made on a thread first: one that is never done would hold the process of the command, which could
 * not even be interrupted.
 */
import { Worker } from 'node:worker_threads'
import { PlanError } from '../../engines/core/errors.ts'
import { shortDuration } from '../../engines/core/plan/duration.ts'
import type { NamedPlan } from '../../engines/core/plan/plan.ts'

const THREAD = new URL('./plan-thread.ts', import.meta.url)

/** Real time. Importing a module and calling its export takes milliseconds. */
const LIMIT_MS = 30_000

/** Errors: `PlanError` when the module or its export is not done within the limit. What else is wrong with it is not told here. */
export async function checkPlanEnds(
  named: NamedPlan,
  { limitMs = LIMIT_MS }: { readonly limitMs?: number } = {},
): Promise<void> {
  const worker = new Worker(THREAD, { workerData: named, name: 'plan' })
  const found = await new Promise<string | undefined>((resolve) => {
    const limit = setTimeout(() => {
      resolve(`it was not done within ${shortDuration(limitMs * 1e6)}`)
    }, limitMs)
    const end = (text?: string): void => {
      clearTimeout(limit)
      resolve(text)
    }
    worker.on('message', () => end())
    worker.on('error', (error) => end(`its thread ended with ${error}`))
    // All that it could wait for is over, and it waits.
    worker.on('exit', () => end('it waits for what never comes'))
  })
  await worker.terminate()
  if (found === undefined) return
  throw new PlanError(
    {
      asked: `the plan ${named.export} of ${named.module}`,
      found,
      rule: 'a module is imported and its export called, which returns a plan, before a run begins',
      remedy: 'Look for a loop in them that does not end, or for an await at the top of the module',
    },
    { module: named.module, export: named.export },
  )
}
