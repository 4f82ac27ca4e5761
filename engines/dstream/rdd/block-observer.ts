/**
 * Who is told of blocks as they are made and as they are read back: what checks that lineage is sound (`lineage-check.ts`).
 * A run that is measured has no observer.
 */
import type { BlockId } from './rdd.ts'

export interface BlockObserver {
  /** `copies`: copies of its rows; of shuffle rows, those for each destination. */
  seen(block: BlockId, copies: readonly Uint8Array[]): void
}
