/** The table of a bench's side conditions: one row a throughput. Under overload no latency is held, so it is that of a lower rate. */
import { type Conditions, conditionColumns } from '../runner/conditions.ts'
import { formatTable } from '../runner/table.ts'

/** Share of the calibrated pace at which a latency is held for the table. */
export const HELD_SHARE = 0.8

export function conditionsTable(conditions: ReadonlyMap<string, Conditions>): string {
  const columns = Object.values({
    ...conditionColumns,
    heldP99: { title: `p99 held at ${HELD_SHARE * 100} %`, cell: conditionColumns.heldP99.cell },
  })
  return formatTable(
    [{ title: 'throughput of', align: 'left' }, ...columns],
    [...conditions].map(([name, row]) => [name, ...columns.map(({ cell }) => cell(row))]),
  )
}
