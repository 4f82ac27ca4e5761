/**
 * The oracle of a plan of the user's own, on a thread: its functions are called again, and one that never returns is ended here.
 *
 * Limited is a single call, not the whole: an oracle that goes on may take as long as it takes.
 */
import { Worker } from 'node:worker_threads'
import { UserFunctionError } from '../../engines/core/errors.ts'
import { instantText, shortDuration } from '../../engines/core/plan/duration.ts'
import type { Plan } from '../../engines/core/plan/plan.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { TickEnd } from '../../engines/core/units.ts'
import { endedFromWithin } from '../../engines/core/world/endings.ts'
import type { ExpectedTick, OracleInput } from '../../workloads/oracle.ts'
import type { OraclePart, OracleThreadData } from './oracle-thread.ts'
import { FunctionWatch } from './plan-functions.ts'
import { errorOf } from './trial-failure.ts'

const THREAD = new URL('./oracle-thread.ts', import.meta.url)

/** Between two looks at the call that goes on; and how many looks find the same before it is ended. */
const LOOK_MS = 500
const LOOKS_MAX = 20

export interface OracleApart {
  readonly named: OracleThreadData['plan']
  readonly plan: Plan
  readonly staticInputs: OracleThreadData['staticInputs']
  /** Called again and again with the tick that is worked on. */
  readonly went?: (tick: TickEnd) => void
  /** Real time between two looks. */
  readonly lookMs?: number
}

/**
 * What the oracle expects. What its thread fails with is thrown by the iterator, behind what it had said before: a
 * `UserFunctionError` of a call that was on for 20 looks. Input that arrived is the thread's afterwards.
 */
export async function expectedApart(
  input: OracleInput,
  { named, plan, staticInputs, went, lookMs = LOOK_MS }: OracleApart,
): Promise<Iterable<ExpectedTick>> {
  const ticks = [...input.ticks]
  const watch = new FunctionWatch()
  const workerData: OracleThreadData = {
    plan: named,
    staticInputs,
    input: { ...input, ticks },
    watch: watch.shared,
  }
  const { pool, arrivals = [] } = input
  // It was dealt for the oracle alone, and may be a GiB.
  const own = arrivals.length > 0 ? [pool.bytes, pool.offsets, ...arrivals] : []
  const transferList = own.map(({ buffer }) => buffer as ArrayBuffer)
  const worker = new Worker(THREAD, { workerData, transferList, name: 'oracle' })
  const parts: (readonly ExpectedTick[])[] = []
  const failure = await new Promise<Error | undefined>((resolve) => {
    let last = watch.call
    let looks = 0
    const looking = setInterval(() => {
      went?.(ticks[watch.tick] ?? 0)
      const call = watch.call
      looks = call !== undefined && call.calls === last?.calls ? looks + 1 : 0
      last = call
      if (call === undefined || looks < LOOKS_MAX) return
      const { kind } = plan.nodes[call.node]!
      const at = instantText(ticks[watch.tick] ?? 0, clockStart(input.input))
      end(
        neverReturns(`${kind} (node ${call.node}) in the tick that ends at ${at}`, lookMs * looks),
      )
    }, lookMs)
    const end = (error?: Error): void => {
      clearInterval(looking)
      resolve(error)
    }
    worker.on('message', ({ expected, isLast, failure }: OraclePart) => {
      parts.push(expected)
      if (isLast) end(failure && errorOf(failure))
    })
    worker.on('error', (error) => end(error))
    worker.on('exit', (status) => end(endedFromWithin('the thread of the oracle', status)))
  })
  await worker.terminate()
  return said(parts, failure)
}

function* said(
  parts: Iterable<readonly ExpectedTick[]>,
  failure: Error | undefined,
): Generator<ExpectedTick> {
  for (const part of parts) yield* part
  if (failure !== undefined) throw failure
}

function neverReturns(call: string, forMs: number): UserFunctionError {
  return new UserFunctionError({
    asked: `the rows of ${call}`,
    found: `its function was called once more, to judge the run, and has not returned for ${shortDuration(forMs * 1e6)}`,
    rule: 'a function of a plan returns a value for every record that reaches it',
    remedy: 'Look for a loop in it that does not end',
  })
}
