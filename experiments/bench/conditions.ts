/** The table of a bench's side conditions: one row a throughput. Under overload no latency is held, so it is that of a lower rate. */
import { type Conditions, conditionColumns } from '../runner/conditions.ts'
import { formatTable } from '../runner/table.ts'

/** Shares of its pace that are tried for what a subject holds: the first that it keeps up with. */
export const HELD_SHARES: readonly number[] = [0.9, 0.75, 0.6, 0.45]

export function conditionsTable(conditions: ReadonlyMap<string, Conditions>): string {
  const columns = Object.values({
    ...conditionColumns,
    heldShare: {
      title: 'at',
      unit: '% of pace',
      cell: ({ heldShare }: Conditions) =>
        heldShare === undefined ? undefined : (heldShare * 100).toFixed(0),
    },
  })
  return formatTable(
    [{ title: 'throughput of', align: 'left' }, ...columns],
    [...conditions].map(([name, row]) => [name, ...columns.map(({ cell }) => cell(row))]),
  )
}
