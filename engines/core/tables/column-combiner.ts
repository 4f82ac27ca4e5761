/**
 * A combiner of columns: one table a worker, reused from tick to tick.
 *
 * Keys keep their places with nothing in them after a drain, so that a stable vocabulary is hashed and inserted once. A
 * drain passes once over what was touched and writes each partition's rows as it goes. The memory of keys is bounded: beyond the bound untouched keys are dropped first,
 * and a table that had to grow past it (because nobody drained it when it said `full`) starts anew after the drain.
 */
import { assert } from '../assert.ts'
import { type Batch, PAIR_BYTES } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { ColumnReduce } from '../kernels/table-layout.ts'
import { ColumnBlock } from './column-block.ts'
import { RowBuffers } from './row-buffers.ts'
import type { Combiner, RowsVisitor } from './table.ts'

/**
 * Keys kept at most, touched or not, at 64 bytes an entry. Half of them are the vocabulary of real text: the State of the Union addresses
 * have 60,000 words. With half as many, each task of a batch of 500 ms drained its combiner several times, and shipped and kept every word as often.
 */
export const COMBINER_KEYS_MAX = 131_072

/** Bytes of keys longer than 16 that are kept at most. */
export const COMBINER_HEAP_MAX = 4 * 1024 * 1024

const CAPACITY_START = 1024
/** Half, so that dropping the untouched keys makes room. */
const FULL_AT = COMBINER_KEYS_MAX / 2

export class ColumnCombiner implements Combiner {
  readonly #block: ColumnBlock
  readonly #partitions: number
  readonly #reduce: ColumnReduce

  constructor(
    { kernels, region, reduce }: { kernels: Kernels; region: Region; reduce: ColumnReduce },
    partitions: number,
  ) {
    assert(partitions >= 1, `a combiner for ${partitions} partitions`)
    this.#partitions = partitions
    this.#reduce = reduce
    this.#block = new ColumnBlock(kernels, region, this.#startShape())
  }

  /** Takes text (each slice counts one), pairs of numbers, and rows of columns. */
  add(batch: Batch): void {
    const block = this.#block
    switch (batch.kind) {
      case 'text': {
        const { kernels } = block
        let { slices, count } = batch
        for (;;) {
          const taken = kernels.tableCountSlices(block.at, slices, count)
          if (taken === count) return
          slices += taken * 8
          count -= taken
          this.#grow()
        }
      }
      case 'numbers': {
        const { kernels } = block
        let { at, count } = batch
        for (;;) {
          const taken = kernels.tableAddPairs(block.at, at, count)
          if (taken === count) return
          at += taken * PAIR_BYTES
          count -= taken
          this.#grow()
        }
      }
      case 'rows':
        block.fold(batch.rows, 1, () => this.#grow())
        return
      case 'values':
        assert(false, `${batch.values.length} plain values reached a combiner of columns`)
    }
  }

  get size(): number {
    return this.#block.get('changes')
  }

  get full(): boolean {
    return (
      this.size >= FULL_AT || (this.size > 0 && this.#block.get('heapUsed') >= COMBINER_HEAP_MAX)
    )
  }

  drain(visit: RowsVisitor): void {
    const block = this.#block
    if (this.size === 0) return
    const buffers = new RowBuffers(block, this.#partitions, this.size)
    try {
      for (let at = 0; this.size > 0; ) {
        at = block.kernels.tableDrain(block.at, at, buffers.list)
        if (this.size > 0) buffers.makeRoom(block.get('out0'), block.get('wanted'), visit)
      }
      buffers.visit(visit)
    } finally {
      buffers.release()
    }
    if (
      block.get('capacity') > COMBINER_KEYS_MAX ||
      block.get('heapCapacity') > COMBINER_HEAP_MAX * 2
    ) {
      block.reset(this.#startShape())
    }
  }

  release(): void {
    this.#block.release()
  }

  #grow(): void {
    const keep =
      this.#block.get('capacity') < COMBINER_KEYS_MAX &&
      this.#block.get('heapUsed') < COMBINER_HEAP_MAX
    // All that is here is marked: nothing else is there after a drain.
    this.#block.grow(keep, this.size)
  }

  #startShape() {
    return {
      capacity: CAPACITY_START,
      heapCapacity: 0,
      partitions: this.#partitions,
      reduce: this.#reduce,
    }
  }
}
