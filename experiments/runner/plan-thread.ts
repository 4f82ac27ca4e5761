/** The thread in which a plan of a user's own is made first: it says when that is over, be it made or not. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { NamedPlan } from '../../engines/core/plan/plan.ts'

// What fails here fails again where the plan is made to be used, and is told there.
await loadPlan(workerData as NamedPlan).catch(() => undefined)
parentPort!.postMessage('over')
