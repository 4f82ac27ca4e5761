/** What a block holds: the partition of a table, or rows for a reduce task. */
import type { KeyedTable } from '../../core/tables/table.ts'
import type { World } from '../../core/world/world.ts'
import type { ShuffleRows } from './shuffle-rows.ts'

export type BlockContent =
  | { readonly kind: 'table'; readonly table: KeyedTable }
  | { readonly kind: 'shuffle'; readonly rows: ShuffleRows }

export function contentBytes(content: BlockContent): number {
  return content.kind === 'table' ? content.table.bytes : content.rows.bytes
}

export function releaseContent(world: World, content: BlockContent): void {
  if (content.kind === 'table') content.table.release()
  else content.rows.release(world.region)
}
