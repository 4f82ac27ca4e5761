/**
 * A worker's block store: immutable blocks by id, in memory up to a limit, then on disk (D-Streams §4.3; Spark's block
 * manager). Least recently used blocks are written by `save` under a name of this incarnation and read back when asked
 * for; a block that was written once is dropped without writing it again. A dead worker's disk is lost with it, so a spill is
 * not made durable. It is sealed: what cannot be read back whole is `damaged`, and the worker lost, for lineage to make again.
 *
 *   absent ─put─▶ resident ─limit─▶ spilling ─written─▶ spilled ─require─▶ loading ─read─▶ resident
 *
 * Pinned blocks (a running task's inputs, a checkpoint being written) stay in memory; removing one waits for its last pin.
 * Blocks are never changed after `put`. Overflow: where all are pinned the limit is exceeded, up to the region's `CapacityError`.
 */
import { assert } from '../../core/assert.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { AbsentTables } from './absent-tables.ts'
import { type BlockContent, contentBytes, releaseContent } from './block-content.ts'
import { type BatchNumber, type BlockId, blockOfKey, nameOfKey, type RddId } from './rdd.ts'
import { loadShuffleRows, type ShuffleRows } from './shuffle-rows.ts'
import { openSpill, writeSpill } from './spill.ts'
import { type Used, UseOrder } from './use-order.ts'

export interface Block extends Used<Block> {
  readonly key: number
  /** Part of its file's name: the file of a block of the same key may be on its way, or about to be removed. */
  readonly serial: number
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
  waiters: (() => void)[] | undefined
}

export interface BlockStoreOptions {
  readonly bytesMax: number
  /** The tables of an RDD, for reading blocks back. */
  readonly tablesOf: (rdd: RddId) => TableFactory
  /** Hash of the plan that checkpointed tables belong to. */
  readonly plan: string
  /** Name of the checkpoint's file that holds a partition's tables of a batch. */
  readonly fileOf: (batch: BatchNumber, partition: PartitionId) => string
  /** Asks another worker for a table, if one is known to have it; `arrived` follows. */
  readonly fetch?: (key: number) => boolean
  /** Whether a table in such a file will be read by some later batch. */
  readonly isNeeded: (rdd: RddId, batch: BatchNumber) => boolean
  /** A spilled block cannot be read back whole. Nobody who waits for it is called. */
  readonly damaged: (name: string, reason: string) => void
  /** Called with each block that is made or read back. */
  readonly shown?: ((block: BlockId, content: BlockContent) => void) | undefined
}

const WRITES_MAX = 4

export class BlockStore {
  #world: World
  #options: BlockStoreOptions
  #blocks = new Map<number, Block>()
  #made = 0
  /** Shuffle blocks by batch, so that forgetting a batch costs what it holds. */
  #shuffles = new Map<BatchNumber, Block[]>()
  #order = new UseOrder<Block>()
  #bytes = 0
  #shuffleBytes = 0
  /** Storage has refused the last one that was to be spilled, and none was put since. */
  #isRefused = false
  /** Requests under way. */
  #writes = new Map<number, Block>()
  #reads = new Map<number, Block>()
  #removes = new Set<number>()
  #absent: AbsentTables
  #prefix: string

  constructor(world: World, options: BlockStoreOptions) {
    this.#world = world
    this.#options = options
    this.#prefix = `dstream/spill/${world.process}.${world.incarnation}/`
    const { plan, fileOf, fetch } = options
    const found = (key: number, saved: Uint8Array): void => this.#found(key, saved)
    this.#absent = new AbsentTables(world, { plan, fileOf, fetch, found })
  }

  /** Bytes of resident blocks. */
  get bytes(): number {
    return this.#bytes
  }

  /** Those of them that hold shuffle rows: what only a checkpoint lets go. */
  get shuffleBytes(): number {
    return this.#shuffleBytes
  }

  /** Blocks known, resident or not. */
  get size(): number {
    return this.#blocks.size
  }

  /** Whether blocks are on their way to disk. */
  get isSpilling(): boolean {
    return this.#writes.size > 0
  }

  /** All blocks, whatever becomes of them. */
  blocks(): Iterable<Readonly<Block>> {
    return this.#blocks.values()
  }

  has(key: number): boolean {
    const block = this.#blocks.get(key)
    return block !== undefined && !block.doomed
  }

  /** Takes a block over. One that exists already is equal (blocks are immutable): the new copy is released. */
  put(key: number, content: BlockContent): void {
    this.#options.shown?.(blockOfKey(key), content)
    const known = this.#blocks.get(key)
    if (known !== undefined) {
      // Its batch has forgotten it.
      if (known.doomed && known.kind === 'shuffle') this.#indexShuffle(known)
      known.doomed = false
      releaseContent(this.#world, content)
      return
    }
    const block = this.#newBlock(key, content.kind)
    if (content.kind === 'shuffle') this.#indexShuffle(block)
    this.#fill(block, content)
    this.#isRefused = false
    this.#enforceLimit()
  }

  /**
   * Pins a block and calls `ready` when it is in memory: at once and without the call when it returns true.
   *
   * A table that was never here is fetched from who has it, or read from its checkpoint, and with it what else is needed of that file.
   * Errors: `StorageError` when the checkpoint cannot be read, or is damaged.
   */
  pin(key: number, ready: () => void): boolean {
    let block = this.#blocks.get(key)
    if (block === undefined) {
      block = this.#newBlock(key, 'table')
      this.#absent.want(key)
    }
    block.pins += 1
    if (block.state === 'resident' || block.state === 'spilling') {
      this.#world.count('blockHits', 1)
      this.#order.used(block)
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
    assert(block !== undefined && block.pins > 0, () => `block ${nameOfKey(key)} is not pinned`)
    block.pins -= 1
    if (block.pins > 0) return
    if (block.doomed && block.state !== 'loading') this.#discard(block)
    else this.#enforceLimit()
  }

  /** The rows of a pinned shuffle block. */
  rows(key: number): ShuffleRows {
    const content = this.#blocks.get(key)?.content
    assert(content?.kind === 'shuffle', () => `no shuffle rows in memory for ${nameOfKey(key)}`)
    return content.rows
  }

  /** The table of a pinned block. Nobody changes it: clone it first. */
  table(key: number): KeyedTable {
    const content = this.#blocks.get(key)?.content
    assert(content?.kind === 'table', () => `no table in memory for ${nameOfKey(key)}`)
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
    if (read !== undefined) {
      this.#reads.delete(request)
      this.#reloaded(read, outcome === 'done' ? bytes : undefined)
      return true
    }
    return this.#absent.completed(request, outcome, bytes)
  }

  /** A table has come from the worker that has it. */
  arrived(key: number, saved: Uint8Array): void {
    this.#absent.arrived(key, saved)
  }

  /** A new generation: tables that other workers were asked for do not come, and nobody waits for them any more. */
  forgetFetches(): void {
    for (const key of this.#absent.forgetFetches()) {
      const block = this.#blocks.get(key)
      if (block?.state === 'loading' && !block.written) this.#blocks.delete(key)
    }
  }

  #indexShuffle(block: Block): void {
    let blocks = this.#shuffles.get(block.batch)
    if (blocks === undefined) {
      blocks = []
      this.#shuffles.set(block.batch, blocks)
    }
    blocks.push(block)
  }

  #newBlock(key: number, kind: BlockContent['kind']): Block {
    const { rdd, batch, partition } = blockOfKey(key)
    const block: Block = {
      key,
      serial: this.#made++,
      rdd,
      batch,
      partition,
      kind,
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
    return block
  }

  /** A table that was not here, as it was saved; perhaps nobody wants it. */
  #found(key: number, saved: Uint8Array): void {
    const { rdd, batch } = blockOfKey(key)
    let block = this.#blocks.get(key)
    if (block === undefined && this.#options.isNeeded(rdd, batch)) {
      block = this.#newBlock(key, 'table')
    }
    if (block?.state === 'loading' && !block.written) this.#loaded(block, saved)
  }

  #fill(block: Block, content: BlockContent): void {
    block.content = content
    block.state = 'resident'
    block.bytes = contentBytes(content)
    this.#bytes += block.bytes
    if (block.kind === 'shuffle') this.#shuffleBytes += block.bytes
    this.#order.append(block)
  }

  #loaded(block: Block, bytes: Uint8Array): void {
    const content: BlockContent =
      block.kind === 'table'
        ? { kind: 'table', table: this.#options.tablesOf(block.rdd).load(bytes) }
        : { kind: 'shuffle', rows: loadShuffleRows(this.#world.region, bytes) }
    this.#options.shown?.(block, content)
    this.#fill(block, content)
    const { waiters } = block
    block.waiters = undefined
    if (waiters) for (const ready of waiters) ready()
    if (block.doomed && block.pins === 0) this.#discard(block)
    else this.#enforceLimit()
  }

  #reloaded(block: Block, blob: Uint8Array | undefined): void {
    const name = this.#nameOf(block)
    const { plan, damaged } = this.#options
    const bytes = openSpill({ name, plan }, blob)
    // It stays as it is, with who waits for it: this life is over.
    if (typeof bytes === 'string') damaged(name, bytes)
    else this.#loaded(block, bytes)
  }

  /**
   * The region is short of room: about so many bytes of the least recently used blocks go to disk, some at a time, though there is room
   * for them by the limit. None where storage has refused one since the last was put: who waits for it would wait for ever.
   */
  relieve(bytes: number): void {
    if (!this.#isRefused) this.#shrink(bytes)
  }

  #enforceLimit(): void {
    this.#shrink(this.#bytes - this.#options.bytesMax)
  }

  /** Few writes at a time: what is being written lies in memory twice. */
  #shrink(bytes: number): void {
    let block = this.#order.oldest
    let over = bytes
    for (const writing of this.#writes.values()) over -= writing.bytes
    while (over > 0 && block !== undefined) {
      const next = block.newer
      if (block.pins === 0 && block.state === 'resident') {
        // What is younger stays, even if it could go at once: it would be read again first.
        if (!block.written && this.#writes.size === WRITES_MAX) return
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
    const spill = { name: this.#nameOf(block), plan: this.#options.plan }
    this.#writes.set(writeSpill(this.#world, spill, bytes), block)
  }

  #spilled(block: Block, outcome: string): void {
    this.#isRefused = outcome !== 'done'
    if (this.#blocks.get(block.key) !== block) {
      // It was removed while it was being written.
      if (outcome === 'done') this.#removes.add(this.#world.storage.remove(this.#nameOf(block)))
      return
    }
    block.state = 'resident'
    block.written = outcome === 'done'
    if (block.pins === 0 && block.written) this.#drop(block)
    // A write that failed is tried again with the next block, not at once.
    if (block.written) this.#enforceLimit()
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
    this.#order.remove(block)
    this.#bytes -= block.bytes
    if (block.kind === 'shuffle') this.#shuffleBytes -= block.bytes
    releaseContent(this.#world, block.content!)
    block.content = undefined
    block.bytes = 0
  }

  #nameOf(block: Block): string {
    return `${this.#prefix}${nameOfKey(block.key)}-${block.serial}`
  }
}
