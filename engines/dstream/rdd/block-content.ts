/** What a block holds: the partition of a table, or rows for a reduce task. */
import type { RunMemory } from '../../core/columns/memory.ts'
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

/** Copies of the rows; of shuffle rows, of those for each destination. */
export function copiesOf(content: BlockContent, memory: RunMemory): readonly Uint8Array[] {
  if (content.kind === 'table') return [content.table.save()]
  const copies: Uint8Array[] = []
  for (let to = 0; to < content.rows.destinations; to++) {
    const pieces: Uint8Array[] = []
    content.rows.visit(to, ({ pointer, length }) => pieces.push(memory.bytes(pointer, length)))
    copies.push(Buffer.concat(pieces))
  }
  return copies
}
