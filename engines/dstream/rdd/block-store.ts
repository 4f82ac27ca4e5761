/**
 * A worker's block store: immutable blocks by id, in memory up to a limit, then on disk (D-Streams §4.3; Spark's block
 * manager). Least recently used blocks are written by `save` under a name of this incarnation and read back when asked
 * for; a block that was written once is dropped without writing it again. A dead worker's disk is lost with it.
 *
 *   absent ─put─▶ resident ─limit─▶ spilling ─written─▶ spilled ─require─▶ loading ─read─▶ resident
 *
 * Pinned blocks (a running task's inputs, a checkpoint being written) stay in memory; removing one waits for its last pin.
 * Blocks are never changed after `put`. Overflow: when everything is pinned the store exceeds its limit, and the region's
 * `CapacityError` is the last word.
 */
import { assert } from '../../core/assert.ts'
import { StorageError } from '../../core/errors.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { type BatchNumber, blockName, blockOfKey, type RddId } from './rdd.ts'
import { loadShuffleRows, type ShuffleRows } from './shuffle-rows.ts'

export type BlockContent =
  | { readonly kind: 'table'; readonly table: KeyedTable }
  | { readonly kind: 'shuffle'; readonly rows: ShuffleRows }

export interface Block {
  readonly key: number
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly kind: BlockContent['kind']
  state: 'resident' | 'spilling' | 'spilled' | 'loading'
  content: BlockContent | undefined
  bytes: number
  pins: number
  /** A copy is on this incarnation's disk. */
  written: boolean
  /** Removed as soon as nobody pins it. */
  doomed: boolean
  /** Neighbours in order of use: the head is the least recently used. */
  older: Block | undefined
  newer: Block | undefined
  waiters: (() => void)[] | undefined
}

export interface BlockStoreOptions {
  readonly bytesMax: number
  /** The tables of an RDD, for reading blocks back. */
  readonly tablesOf: (rdd: RddId) => TableFactory
  /** Name under which a checkpoint of a block lies in storage. */
  readonly checkpointName: (rdd: RddId, batch: BatchNumber, partition: PartitionId) => string
}

export class BlockStore {
  #world: World
  #options: BlockStoreOptions
  #blocks = new Map<number, Block>()
  /** Shuffle blocks by batch, so that forgetting a batch costs what it holds. */
  #shuffles = new Map<BatchNumber, Block[]>()
  #oldest: Block | undefined
  #newest: Block | undefined
  #bytes = 0
  /** Requests under way. */
  #writes = new Map<number, Block>()
  #reads = new Map<number, Block>()
  #removes = new Set<number>()
  #prefix: string

  constructor(world: World, options: BlockStoreOptions) {
    this.#world = world
    this.#options = options
    this.#prefix = `dstream/spill/${world.process}.${world.incarnation}/`
  }

  /** Bytes of resident blocks. */
  get bytes(): number {
    return this.#bytes
  }

  /** Blocks known, resident or not. */
  get size(): number {
    return this.#blocks.size
  }

  has(key: number): boolean {
    const block = this.#blocks.get(key)
    return block !== undefined && !block.doomed
  }

  /** Takes a block over. One that exists already is equal (blocks are immutable): the new copy is released. */
  put(key: number, content: BlockContent): void {
    const known = this.#blocks.get(key)
    if (known !== undefined) {
      known.doomed = false
      releaseContent(this.#world, content)
      return
    }
    const { rdd, batch, partition } = blockOfKey(key)
    const block: Block = {
      key,
      rdd,
      batch,
      partition,
      kind: content.kind,
      state: 'resident',
      content,
      bytes: contentBytes(content),
      pins: 0,
      written: false,
      doomed: false,
      older: undefined,
      newer: undefined,
      waiters: undefined,
    }
    this.#blocks.set(key, block)
    if (content.kind === 'shuffle') this.#indexShuffle(block)
    this.#bytes += block.bytes
    this.#append(block)
    this.#enforceLimit()
  }

  /**
   * Pins a block and calls `ready` when it is in memory: at once and without the call when it returns true.
   *
   * A table that was never here is read from its checkpoint. Errors: `StorageError` when neither copy can be read.
   */
  pin(key: number, ready: () => void): boolean {
    let block = this.#blocks.get(key)
    if (block === undefined) block = this.#restore(key)
    block.pins += 1
    if (block.state === 'resident' || block.state === 'spilling') {
      this.#world.count('blockHits', 1)
      this.#touch(block)
      return true
    }
    block.waiters ??= []
    block.waiters.push(ready)
    if (block.state === 'spilled') {
      this.#world.count('blockReloads', 1)
      block.state = 'loading'
      this.#reads.set(this.#world.storage.read(this.#nameOf(block)), block)
    }
    return false
  }

  unpin(key: number): void {
    const block = this.#blocks.get(key)
    assert(block !== undefined && block.pins > 0, () => `block ${nameOf(key)} is not pinned`)
    block.pins -= 1
    if (block.pins > 0) return
    if (block.doomed && block.state !== 'loading') this.#discard(block)
    else this.#enforceLimit()
  }

  /** The rows of a pinned shuffle block. */
  rows(key: number): ShuffleRows {
    const content = this.#blocks.get(key)?.content
    assert(content?.kind === 'shuffle', () => `no shuffle rows in memory for ${nameOf(key)}`)
    return content.rows
  }

  /** The table of a pinned block. Nobody changes it: clone it first. */
  table(key: number): KeyedTable {
    const content = this.#blocks.get(key)?.content
    assert(content?.kind === 'table', () => `no table in memory for ${nameOf(key)}`)
    return content.table
  }

  remove(key: number): void {
    const block = this.#blocks.get(key)
    if (block === undefined) return
    block.doomed = true
    if (block.pins === 0 && block.state !== 'loading') this.#discard(block)
  }

  /** Removes the shuffle blocks of a batch. */
  removeShuffles(batch: BatchNumber): void {
    const blocks = this.#shuffles.get(batch)
    if (blocks === undefined) return
    this.#shuffles.delete(batch)
    for (const block of blocks) {
      if (this.#blocks.get(block.key) === block) this.remove(block.key)
    }
  }

  /** Removes tables of batches up to `horizon` unless `keep` says otherwise. Costs O(blocks); once a checkpoint. */
  removeTables(horizon: BatchNumber, keep: (rdd: RddId, batch: BatchNumber) => boolean): void {
    for (const block of [...this.#blocks.values()]) {
      if (block.kind !== 'table' || block.batch > horizon) continue
      if (!keep(block.rdd, block.batch)) this.remove(block.key)
    }
  }

  /** Takes a storage completion; returns whether it was one of this store's. */
  completed(request: number, outcome: string, bytes: Uint8Array | undefined): boolean {
    if (this.#removes.delete(request)) return true
    const written = this.#writes.get(request)
    if (written !== undefined) {
      this.#writes.delete(request)
      this.#spilled(written, outcome)
      return true
    }
    const read = this.#reads.get(request)
    if (read === undefined) return false
    this.#reads.delete(request)
    this.#loaded(read, outcome, bytes)
    return true
  }

  #indexShuffle(block: Block): void {
    let blocks = this.#shuffles.get(block.batch)
    if (blocks === undefined) {
      blocks = []
      this.#shuffles.set(block.batch, blocks)
    }
    blocks.push(block)
  }

  #restore(key: number): Block {
    const { rdd, batch, partition } = blockOfKey(key)
    const block: Block = {
      key,
      rdd,
      batch,
      partition,
      kind: 'table',
      state: 'loading',
      content: undefined,
      bytes: 0,
      pins: 0,
      written: false,
      doomed: false,
      older: undefined,
      newer: undefined,
      waiters: undefined,
    }
    this.#blocks.set(key, block)
    const name = this.#options.checkpointName(rdd, batch, partition)
    this.#world.count('blockRestores', 1)
    this.#reads.set(this.#world.storage.read(name), block)
    return block
  }

  #loaded(block: Block, outcome: string, bytes: Uint8Array | undefined): void {
    if (outcome !== 'done' || bytes === undefined) {
      throw new StorageError({
        asked: `read back block ${nameOf(block.key)}`,
        found: `storage answered ${outcome}`,
        rule: 'a block that was spilled or checkpointed by this run can be read until it is forgotten',
        remedy: 'Look at the storage of the run',
      })
    }
    const content: BlockContent =
      block.kind === 'table'
        ? { kind: 'table', table: this.#options.tablesOf(block.rdd).load(bytes) }
        : { kind: 'shuffle', rows: loadShuffleRows(this.#world.region, bytes) }
    block.content = content
    block.state = 'resident'
    block.bytes = contentBytes(content)
    this.#bytes += block.bytes
    this.#append(block)
    const { waiters } = block
    block.waiters = undefined
    if (waiters) for (const ready of waiters) ready()
    if (block.doomed && block.pins === 0) this.#discard(block)
    else this.#enforceLimit()
  }

  #enforceLimit(): void {
    let block = this.#oldest
    let over = this.#bytes - this.#options.bytesMax
    for (const writing of this.#writes.values()) over -= writing.bytes
    while (over > 0 && block !== undefined) {
      const next = block.newer
      if (block.pins === 0 && block.state === 'resident') {
        over -= block.bytes
        if (block.written) {
          this.#world.count('blockEvictions', 1)
          this.#drop(block)
        } else this.#spill(block)
      }
      block = next
    }
  }

  #spill(block: Block): void {
    this.#world.count('blockSpills', 1)
    block.state = 'spilling'
    const content = block.content!
    const bytes = content.kind === 'table' ? content.table.save() : content.rows.save()
    this.#world.count('spillBytes', bytes.length)
    this.#writes.set(this.#world.storage.write(this.#nameOf(block), bytes), block)
  }

  #spilled(block: Block, outcome: string): void {
    if (this.#blocks.get(block.key) !== block) {
      // It was removed while it was being written.
      if (outcome === 'done') this.#removes.add(this.#world.storage.remove(this.#nameOf(block)))
      return
    }
    block.state = 'resident'
    block.written = outcome === 'done'
    if (block.pins === 0 && block.written) this.#drop(block)
  }

  /** Gives the memory back and keeps the block on disk. */
  #drop(block: Block): void {
    this.#release(block)
    block.state = 'spilled'
  }

  #discard(block: Block): void {
    this.#blocks.delete(block.key)
    if (block.content !== undefined) this.#release(block)
    if (block.written) this.#removes.add(this.#world.storage.remove(this.#nameOf(block)))
  }

  #release(block: Block): void {
    this.#unlink(block)
    this.#bytes -= block.bytes
    releaseContent(this.#world, block.content!)
    block.content = undefined
    block.bytes = 0
  }

  #append(block: Block): void {
    block.older = this.#newest
    block.newer = undefined
    if (this.#newest) this.#newest.newer = block
    else this.#oldest = block
    this.#newest = block
  }

  #unlink(block: Block): void {
    if (block.older) block.older.newer = block.newer
    else this.#oldest = block.newer
    if (block.newer) block.newer.older = block.older
    else this.#newest = block.older
    block.older = undefined
    block.newer = undefined
  }

  #touch(block: Block): void {
    if (this.#newest === block) return
    this.#unlink(block)
    this.#append(block)
  }

  #nameOf(block: Block): string {
    return this.#prefix + blockName(block.rdd, block.batch, block.partition)
  }
}

function nameOf(key: number): string {
  const { rdd, batch, partition } = blockOfKey(key)
  return blockName(rdd, batch, partition)
}

function contentBytes(content: BlockContent): number {
  return content.kind === 'table' ? content.table.bytes : content.rows.bytes
}

function releaseContent(world: World, content: BlockContent): void {
  if (content.kind === 'table') content.table.release()
  else content.rows.release(world.region)
}
