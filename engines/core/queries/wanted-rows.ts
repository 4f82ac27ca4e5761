/** What a query wants of one partition of a table. It is asked of every partition: each says how many rows it has. */
import type { Bytes } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import { identityOf } from '../tables/plain-values.ts'
import type { KeyedTable, TableFactory } from '../tables/table.ts'
import type { PartitionId } from '../units.ts'
import type { Want } from './query.ts'

type Row = readonly [key: unknown, value: unknown]

interface TablePartition {
  readonly table: Pick<KeyedTable, 'visitRows' | 'top'>
  /** Of its operator. */
  readonly tables: Pick<TableFactory, 'decode'>
  readonly partition: PartitionId
  readonly partitions: number
}

/** Of a key: one pass over the rows of the partition that it belongs to, and none over those of others. */
export function wantedRows(want: Want, of: TablePartition): readonly Row[] {
  const { table, tables } = of
  const rows: Row[] = []
  const take = (bytes: Bytes): void => {
    for (const row of tables.decode(bytes)) rows.push(row)
  }
  if (want === 'count') return rows
  if (want === 'rows') table.visitRows(take)
  else if ('top' in want) table.top(want.top, take)
  else if (of.partition === partitionOfKey(want.key, of.partitions)) {
    const asked = identityOf(want.key)
    table.visitRows((bytes) => {
      const row = tables.decode(bytes).find(([key]) => Object.is(identityOf(key), asked))
      if (row !== undefined) rows.push(row)
    })
  }
  return rows
}

function partitionOfKey(key: unknown, partitions: number): PartitionId {
  return partitionOf(keyLanes(encodeCanonical(key)).lane0, partitions)
}
