/**
 * Ratios of an arm's trials to those of another that stand beside them: one reading of rows for tables, claims and figures.
 *
 * A machine's speed drifts by more than most arms differ, so an arm is divided by the mean of the trials just before it and
 * just after it, and a ratio is missing where one of these did not count: what is left would compare other neighbours.
 */

/** What is needed of a row of trials.csv. */
export interface ArmRow {
  readonly role: string
  readonly verdict: string
  readonly arm?: string | undefined
  readonly sustained?: boolean | undefined
  readonly offered_records_per_s?: number | undefined
  readonly throughput_records_per_s?: number | undefined
  readonly latency_ns_p50?: number | undefined
}

/** A pace nearer to what was offered is no overload; less than the other is another overload (as in `experiments/bench`). */
const PACE_SHARE_MAX = 0.97
const PACE_SHARE_MIN = 0.5

/** Pace of a valid trial that was offered more than it could do, records per second. */
export function maximumOf(row: ArmRow): number | undefined {
  const { verdict, throughput_records_per_s: pace, offered_records_per_s: offered } = row
  if (row.role !== 'probe' || verdict !== 'valid') return undefined
  if (pace === undefined || offered === undefined) return undefined
  return pace <= offered * PACE_SHARE_MAX && pace >= offered * PACE_SHARE_MIN ? pace : undefined
}

/** Median latency of a valid trial in peace that kept up, ns. */
export function calmMedianOf(row: ArmRow): number | undefined {
  const isCalm = row.role === 'control' && row.verdict === 'valid' && row.sustained === true
  return isCalm ? row.latency_ns_p50 : undefined
}

/** One ratio for each trial of the arm that counts, in the order of rows, which is that in which they ran. */
export function ratiosBeside<R extends ArmRow>(
  rows: readonly R[],
  arms: { readonly arm: string; readonly against: string; readonly role: string },
  measureOf: (row: R) => number | undefined,
): readonly number[] {
  const { arm, against, role } = arms
  const members = rows.filter(
    (row) => row.role === role && (row.arm === arm || row.arm === against),
  )
  return members.flatMap((row, at) => {
    if (row.arm !== arm) return []
    const beside = [members[at - 1], members[at + 1]].filter((other) => other?.arm === against)
    const below = beside.flatMap((other) => measureOf(other!) ?? [])
    const above = measureOf(row)
    if (above === undefined || below.length === 0 || below.length < beside.length) return []
    return above / (below.reduce((sum, value) => sum + value, 0) / below.length)
  })
}
