/**
 * A transformed DStream: the chain of narrow operators of one path, fused into the task that feeds it (D-Streams §4), and
 * what is at its end: a combiner whose rows become a shuffle block, or the fold of an output. A fold that is a *share* of an
 * output becomes a block too, for the stage that commits.
 *
 * One object per path and worker, reused from task to task: a worker runs one task at a time.
 */
import { assert } from '../../core/assert.ts'
import type { Batch } from '../../core/columns/batch.ts'
import type { Region } from '../../core/columns/memory.ts'
import type { Chain } from '../../core/operators/chain.ts'
import type { Lowered, OutputFold } from '../../core/operators/lowered.ts'
import type { DataflowPath } from '../../core/plan/dataflow.ts'
import type { Combiner } from '../../core/tables/table.ts'
import type { PartitionId } from '../../core/units.ts'
import { encodeShare } from '../rdd/output-share.ts'
import { type ShuffleRows, ShuffleWriter } from '../rdd/shuffle-rows.ts'

export class TransformedDStream {
  readonly path: DataflowPath
  /** The output's fold when the path ends there. */
  readonly fold: OutputFold | undefined
  /** Whether the fold is for another stage to commit. */
  readonly shares: boolean
  #lowered: Lowered
  #region: Region
  #partition: PartitionId = 0
  #chain: Chain
  #combiner: Combiner | undefined
  #byPartition: (Combiner | undefined)[] = []
  #writer: ShuffleWriter | undefined
  /** Rows drained since the last block was sealed. */
  #rows = 0
  readonly #deliver: (batch: Batch) => void

  constructor(
    lowered: Lowered,
    parts: {
      readonly path: DataflowPath
      readonly region: Region
      readonly partitions: number
      readonly fold: OutputFold | undefined
      readonly shares: boolean
    },
  ) {
    const { path, region, partitions, fold, shares } = parts
    this.path = path
    this.fold = fold
    this.shares = shares
    this.#region = region
    this.#lowered = lowered
    this.#chain = lowered.chain(path.id)
    if (!fold || shares) this.#writer = new ShuffleWriter(region, partitions)
    this.#deliver = (batch) => {
      if (fold) fold.add(batch)
      else this.#combiner!.add(batch, this.#partition)
    }
  }

  /** True when what changed in a table can go to the output without building rows. */
  get takesChanges(): boolean {
    return this.fold !== undefined && this.path.chain.length === 0
  }

  /** True when rows may leave their partition: what exchanges are counted by. */
  get exchanges(): boolean {
    const { to } = this.path
    return to.kind === 'operator' && to.routing !== 'same-partition'
  }

  begin(partition: PartitionId): void {
    const { to } = this.path
    this.#partition = partition
    if (to.kind === 'output') return
    if (to.routing !== 'same-partition') {
      this.#combiner ??= this.#lowered.combiner(this.path.id)
      return
    }
    this.#byPartition[partition] ??= this.#lowered.combiner(this.path.id, partition)
    this.#combiner = this.#byPartition[partition]
  }

  push(batch: Batch): void {
    this.#chain.run(batch, this.#deliver)
    if (this.#combiner?.full) this.#drain(this.#combiner, this.#writer!)
  }

  /** The block of all that was pushed, and how many combined rows are in it: none in a share. */
  seal(): { readonly block: ShuffleRows; readonly rows: number } {
    assert(this.#writer !== undefined, `path ${this.path.id} has no rows`)
    if (this.fold) this.#sealShare(this.fold, this.#writer)
    else this.#drain(this.#combiner!, this.#writer)
    const rows = this.#rows
    this.#rows = 0
    return { block: this.#writer.seal(), rows }
  }

  #drain(combiner: Combiner, writer: ShuffleWriter): void {
    this.#rows += combiner.size
    combiner.drain(writer.append)
  }

  #sealShare(fold: OutputFold, writer: ShuffleWriter): void {
    const region = this.#region
    encodeShare(fold.take(), (piece) => {
      const pointer = region.allocate(piece.length)
      region.memory.u8.set(piece, pointer)
      writer.append(this.#partition, { pointer, length: piece.length })
      region.free(pointer, piece.length)
    })
  }

  /** Throws away what a cancelled task left. */
  reset(): void {
    if (this.#combiner && this.#combiner.size > 0) this.#combiner.drain(() => {})
    this.#writer?.clear()
    this.#rows = 0
    this.fold?.take()
  }
}
