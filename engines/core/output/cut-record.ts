/** The record of a run that is taken to have ended earlier than it was to: at the end of a tick that is whole. */
import { LATE_RECORDS } from '../metrics/late-records.ts'
import type { RunRecord } from '../system.ts'
import type { TickEnd } from '../units.ts'

/** Without what came after `cutAt`, but for its commits, aside. Of late records a period tells when it ends. */
export function cutRecord(
  record: Omit<RunRecord, 'outcome' | 'cutAt' | 'uncut'>,
  cutAt: TickEnd,
): RunRecord & Required<Pick<RunRecord, 'cutAt' | 'uncut'>> {
  const { commits, rows, history } = record
  return {
    ...record,
    outcome: 'completed',
    cutAt,
    uncut: commits,
    commits: commits.filter(({ tick }) => tick <= cutAt),
    rows: rows.filter(({ tick }) => tick <= cutAt),
    history: history.filter(
      ({ event, fields }) => event !== LATE_RECORDS || Number(fields.tick) <= cutAt,
    ),
  }
}
