/**
 * Runs of the battery in which a worker of the D-Stream engine is late, and what the copies of its tasks must be like, beside that
 * every commit is true: a task has one at most, attempts that lose are stopped, checkpoints go on, and no table is lost with a driver.
 */
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import {
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
} from '../../engines/core/conformance/scenario.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { FAR, kill, MANY_WORDS } from './battery-runs.ts'

/** A task takes the others some ms. */
const COSTS = { ...NOMINAL_COSTS, kernels: { other: 0, words: 1_000_000, fold: 300_000 } }

/** To the end. */
const SLOW: Fault = {
  kind: 'slow',
  process: 1,
  at: milliseconds(500),
  length: Number.POSITIVE_INFINITY,
  share: 0.1,
}

type PlanName = Parameters<typeof conformancePlan>[0]

function slowed(plan: PlanName, options: Scenario['options'] = {}): Scenario {
  return {
    plan: conformancePlan(plan, INTERVAL_MS),
    lines: MANY_WORDS,
    config: {
      workers: 3,
      partitions: 12,
      // Who is slow is not dead.
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(600) },
      dstream: { speculation: 1.4 },
    },
    faults: [SLOW],
    options: { costs: COSTS, ...options },
  }
}

export const COPIES: Readonly<Record<string, Scenario>> = {
  copies: slowed('runningReduce, sum'),
  'copies of windows': slowed('reduceByWindow, inverse, each interval'),
  // Who is told to stop has done it meanwhile.
  'copies, far apart': {
    ...slowed('runningReduce, sum', { network: FAR }),
    faults: [{ ...SLOW, share: 0.05 }],
  },
  // Tables are away from home by then, and no other driver has ever known where.
  'copies, driver killed': {
    ...slowed('runningReduce, sum'),
    faults: [SLOW, kill(3, 1_350)],
  },
  // What worker 0 asks worker 1 is on its way for longer than a batch: it is late, and told to stop while it waits.
  'copies, hard to reach': {
    ...slowed('runningReduce, sum'),
    faults: [
      {
        kind: 'delay',
        links: [{ from: 0, to: 1 }],
        by: milliseconds(170),
        share: 1,
        at: milliseconds(500),
        length: Number.POSITIVE_INFINITY,
      },
    ],
  },
}

export const COPIES_CALLED = slowed('an output that calls a function')

/** Batches of 100 ms in 2.4 s; a checkpoint is due each 400 ms. */
const LATE_CHECKPOINT = 12

/** What is wrong with the copies of a run, in words. */
export function copiesProblem(record: RunRecord): string | undefined {
  const copied = eventsOf(record, 'task-speculated').map(({ fields }) => nameOf(fields))
  if (copied.length === 0) return 'no task was copied'
  const twice = copied.find((name, place) => copied.indexOf(name) !== place)
  if (twice !== undefined) return `task ${twice} was copied twice`
  const won = eventsOf(record, 'speculation-won').map(({ fields }) => nameOf(fields))
  if (won.length === 0) return 'no copy won'
  if (counterOf(record, 'droppedTasks') === 0) return 'nobody was stopped'
  const [again] = eventsOf(record, 'block-recomputed')
  if (again !== undefined) return `batch ${again.fields.batch} was made again, with no worker lost`
  const checkpoint = eventsOf(record, 'checkpoint-durable').at(-1)?.fields.batch ?? 0
  if (Number(checkpoint) < LATE_CHECKPOINT) return `the last checkpoint is of batch ${checkpoint}`
  return undefined
}

function nameOf({
  batch,
  stage,
  partition,
}: ReturnType<typeof eventsOf>[number]['fields']): string {
  return `${batch}/${stage}/${partition}`
}
