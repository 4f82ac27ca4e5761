/**
 * Rules by which the claims of the main job were judged before: as the rows that they saw, for the rule of today to judge (METHOD:
 * a changed rule shows the old verdict, too). Since the claims have their words; before (d853ea9) they said something else.
 */
import { isLoad } from '../../results/load-rows.ts'
import { SEARCHED } from '../../results/rate-bracket.ts'
import type { ClaimRow, FormerRule } from '../experiment.ts'
import { caseOf } from './judging.ts'

/** Until e7dcaeb: what was not kept up with at half load was not tried with another tick. */
function withFirstTicks(rows: readonly ClaimRow[]): readonly ClaimRow[] {
  const cellOf = (row: ClaimRow): string => `${caseOf(row)} ${row.engine}`
  const loads = Map.groupBy(rows.filter(isLoad), cellOf)
  return rows.filter((row) => !isLoad(row) || row.tick_ns === loads.get(cellOf(row))![0]!.tick_ns)
}

/** Until cd3c7f3: whatever was valid had a latency, and whatever was not did not exist. */
const asQueues = (rows: readonly ClaimRow[]): readonly ClaimRow[] =>
  withFirstTicks(rows).flatMap((row): readonly ClaimRow[] => {
    if (!isLoad(row)) return [row]
    const wasValid = row.outcome === 'completed' && row.verdict === 'valid'
    return wasValid ? [{ ...row, sustained: true }] : []
  })

/** Until cd3c7f3: an engine that ended with an error had failed at the rate. */
const errorsAsFailures = (rows: readonly ClaimRow[]): readonly ClaimRow[] =>
  rows.map((row) => (row.outcome === 'failed' ? { ...row, outcome: 'timed-out' } : row))

/** Until 854865b: one failure was as good as two. */
const failuresTwice = (rows: readonly ClaimRow[]): readonly ClaimRow[] =>
  errorsAsFailures(rows).flatMap((row) =>
    SEARCHED.has(row.role) && row.sustained !== true ? [row, row] : [row],
  )

export const formerLatencyRules: readonly FormerRule[] = [
  { what: 'a half load that is not kept up with has one tick', asSeen: withFirstTicks },
  { what: 'a queue is a latency, and who timed out is left out', asSeen: asQueues },
  {
    what: 'batches of 50 ms, in windows of 500 ms, against ticks of 1 to 10 ms',
    why: 'no trial of this run has these ticks',
  },
]

export const formerRateRules: readonly FormerRule[] = [
  { what: 'errors are failures', asSeen: errorsAsFailures },
  { what: 'errors are failures, and one failure is enough', asSeen: failuresTwice },
  {
    what: 'windows of timely do 98 % of what is offered, those of dstream 95 %',
    why: 'rows do not have the lags by which it is told',
  },
]
