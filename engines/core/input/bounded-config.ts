/**
 * The bounded run of a plan: what it is over a whole input, as a configuration. The same plan, engines and log of commits as
 * of a stream; only the input ends, and all of it was due before the clock starts.
 *
 * A plan that says nothing of time has one period, all of the input: its records are due at 0, and one tick has them all.
 * Where it has lengths (windows, timeouts), these hold, and records are due by a rate, as they would be in a stream.
 */
import { ConfigurationError } from '../errors.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { commonPeriod } from '../plan/duration.ts'
import type { Plan } from '../plan/plan.ts'
import type { InputConfig, RunConfig } from '../run-config.ts'
import type { Nanos } from '../units.ts'
import { dueInstant, firstRecordOf, rateOf } from './due-instants.ts'

export interface BoundedInput {
  readonly records: number
  readonly partitions: number
  /** Records a second: of a plan that has lengths. */
  readonly rate: number
}

/** Whether what a plan puts out depends on when records are due. */
export function hasLengths({ nodes }: Plan): boolean {
  return nodes.some((node) => {
    switch (node.kind) {
      case 'window':
      case 'reduceByWindow':
      case 'eventWindow':
        return true
      case 'track':
        return node.timeout !== undefined
      default:
        return false
    }
  })
}

/** Whether the D-Stream engine runs a plan's loop with a job for each round: a single loop, in a plan with one period. */
export function runsAsJobs(plan: Plan): boolean {
  return plan.nodes.filter(({ kind }) => kind === 'iterate').length === 1 && !hasLengths(plan)
}

/**
 * A tick as long as the plan's interval, and an input as long as all periods need to end after the last record.
 *
 * Errors: `PlanError` of a plan that cannot be cut, `ConfigurationError` for a rate with which a record is never due.
 */
export function boundedConfig(
  plan: Plan,
  bounded: BoundedInput,
): Pick<RunConfig, 'tick' | 'input'> {
  const { interval, operators, outputs } = buildDataflow(plan)
  const rate = hasLengths(plan) ? bounded.rate : 0
  let common = interval
  for (const { period } of [...operators, ...outputs]) {
    if (period !== 'tick') common = (common / commonPeriod(common, period)) * period
  }
  const duration = (Math.floor(lastDue({ ...bounded, rate }) / common) + 1) * common
  const input: InputConfig = { rate, duration, once: true, history: { duration, rate } }
  return { tick: interval, input }
}

/** When the last record of any partition is due; 0 where there is none. */
function lastDue({ records, partitions, rate }: BoundedInput): Nanos {
  if (rate === 0) return 0
  let last = 0
  for (let partition = 0; partition < partitions; partition++) {
    const count =
      firstRecordOf(partition + 1, partitions, records) -
      firstRecordOf(partition, partitions, records)
    if (count === 0) continue
    const own = rateOf(partition, partitions, rate)
    if (own === 0) throw tooSlow(rate, partitions)
    last = Math.max(last, dueInstant(count - 1, own))
  }
  return last
}

function tooSlow(rate: number, partitions: number): ConfigurationError {
  return new ConfigurationError({
    asked: `a bounded input of ${rate} records a second over ${partitions} partitions`,
    found: 'a partition without a record in a second',
    rule: 'every record of a bounded input is due in the end',
    remedy: `Take a rate of ${partitions}/s or more, or fewer partitions`,
  })
}
