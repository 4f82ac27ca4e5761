/**
 * How many records came too late for their windows (`reduceByEventTime`), from the history of a run.
 *
 * What comes late in a period follows from plan and input alone. A period that is ended again, after a fault or by a second copy
 * of a task, tells the same again, and is counted once: so both engines count the same, whatever died. A record counts for each
 * window that it missed, as in the rows of `late`.
 */
import type { Dataflow, OperatorId } from '../plan/dataflow.ts'
import type { StateTable } from '../tables/state-table.ts'
import type { PartitionId, TickEnd } from '../units.ts'
import type { HistoryEvent, HistoryLog } from './history.ts'

/** A partition of an operator ended a period in which records came late. */
export const LATE_RECORDS = 'late-records'

/** Tells of a period that has just been ended, where there is something to tell. */
export function tellLate(
  history: HistoryLog,
  { late = 0 }: Pick<StateTable, 'late'>,
  at: {
    readonly operator: OperatorId
    readonly partition: PartitionId
    readonly tick: TickEnd
  },
): void {
  if (late > 0) history.append(LATE_RECORDS, { ...at, records: late })
}

/** Undefined of a plan in which nothing can be late. */
export function lateRecordsOf(
  history: readonly HistoryEvent[],
  { operators }: Pick<Dataflow, 'operators'>,
): number | undefined {
  const isTimed = operators.some((each) => each.kind === 'evolve' && each.atEnd !== undefined)
  if (!isTimed) return undefined
  const periods = new Map<string, number>()
  for (const { event, fields } of history) {
    if (event !== LATE_RECORDS) continue
    const { operator, partition, tick, records } = fields
    periods.set(`${operator} ${partition} ${tick}`, Number(records))
  }
  return [...periods.values()].reduce((sum, records) => sum + records, 0)
}
