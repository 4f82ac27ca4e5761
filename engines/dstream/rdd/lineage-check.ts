/**
 * Lineage soundness, checked while a run goes on: a partition that is made again from its lineage, and one that is read back
 * from a spill or a checkpoint, equals the one that it replaces (D-Streams §3.3, RDD §4).
 *
 * Byte for byte, and in the same order: tasks fold what they read in an order that lineage gives, so whoever makes a block
 * makes the same bytes. Rows for reduce tasks are compared destination by destination.
 *
 * Keeps all blocks of a run: for short ones.
 */
import { assert } from '../../core/assert.ts'
import type { BlockObserver } from './block-observer.ts'
import { type BlockId, blockKey, blockName } from './rdd.ts'

export class LineageCheck implements BlockObserver {
  readonly #first = new Map<number, readonly Uint8Array[]>()
  #compared = 0

  /** Blocks that were held against an earlier one of the same name. */
  get compared(): number {
    return this.#compared
  }

  seen({ rdd, batch, partition }: BlockId, copies: readonly Uint8Array[]): void {
    const key = blockKey(rdd, batch, partition)
    const first = this.#first.get(key)
    if (first === undefined) {
      this.#first.set(key, copies)
      return
    }
    this.#compared += 1
    const other = copies.findIndex((rows, at) => Buffer.compare(rows, first[at]!) !== 0)
    assert(
      first.length === copies.length && other < 0,
      () =>
        `block ${blockName(rdd, batch, partition)} has ${copies[other]?.length} bytes at ${other} ` +
        `that are not the ${first[other]?.length} bytes that were there before`,
    )
  }
}
