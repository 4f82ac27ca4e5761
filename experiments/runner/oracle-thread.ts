/** The thread of an oracle that calls functions of a user's: what it expects, in parts, or why it does not know. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { NamedPlan } from '../../engines/core/plan/plan.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import type { TickEnd } from '../../engines/core/units.ts'
import type { ExpectedTick, OracleInput } from '../../workloads/oracle.ts'
import { planOracle } from '../../workloads/plan-oracle.ts'
import { FunctionWatch } from './plan-functions.ts'
import { failureOf, type TrialFailure } from './trial-failure.ts'

export interface OracleThreadData {
  readonly plan: NamedPlan
  readonly staticInputs: Readonly<Record<string, PoolBytes>>
  readonly input: Omit<OracleInput, 'ticks'> & { readonly ticks: readonly TickEnd[] }
  readonly watch: SharedArrayBuffer
}

/** The last one has the end or a failure. */
export interface OraclePart {
  readonly expected: readonly ExpectedTick[]
  readonly isLast: boolean
  readonly failure?: TrialFailure
}

/** Ticks of a part. */
const PART_TICKS = 256

const { plan, staticInputs, input, watch: shared } = workerData as OracleThreadData
const watch = new FunctionWatch(shared)
let expected: ExpectedTick[] = []

function send(part: Omit<OraclePart, 'expected'>): void {
  parentPort!.postMessage({ expected, ...part } satisfies OraclePart)
  expected = []
}

function* ticksWorkedOn(): Generator<TickEnd> {
  for (const [index, tick] of input.ticks.entries()) {
    watch.tick = index
    yield tick
  }
}

try {
  const watched = watch.watched(await loadPlan(plan))
  const oracle = planOracle({ plan: watched, staticInputs })
  for (const tick of oracle.expect({ ...input, ticks: ticksWorkedOn() })) {
    expected.push(tick)
    if (expected.length === PART_TICKS) send({ isLast: false })
  }
  send({ isLast: true })
} catch (error) {
  send({ isLast: true, failure: failureOf(error) })
}
