/**
 * The query scheduler: asks workers for versions of tables, beside the stream and without a shuffle.
 *
 * Blocks are immutable, so nothing stops. A version is *whole* when all batches up to it are completed. The last whole one of
 * each table that is asked for stays, though its last reader is done, until the next one is whole; a question goes to the
 * owners of all partitions at once, as soon as each has its block, and a worker pins what it is asked for. Messages to a worker
 * keep their order, so no block can go between the two.
 *
 *   due ─every block of a version is there─▶ asked ─each partition answered─▶ done
 *    ▲                                         │
 *    └────────── membership changes ───────────┘   asked anew: of the version that is the last whole one then
 *
 * What was lost of it recovery makes again, by lineage like all lost blocks: see `lastWhole`. A driver that takes over asks again
 * whatever its predecessor has not recorded as answered: of two answers to a question the first counts.
 */
import type { Query } from '../../core/queries/query.ts'
import { askedAt, turnsBefore } from '../../core/queries/query.ts'
import type { Nanos, PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { AskedTable } from '../rdd/asked-tables.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, blockOfKey, type RddId, type StageId } from '../rdd/rdd.ts'
import type { Checkpoints } from '../recovery/checkpoint.ts'
import type { DriverRecord } from '../recovery/driver-record.ts'
import type { BlockTracker } from './block-tracker.ts'
import type { Homes } from './homes.ts'
import { ASK_CHANNEL, type WireReader, WireWriter } from './wire.ts'

/** A message must fit into a link's ring with room to spare. */
const MESSAGE_BYTES = 16 * 1024

export interface QuerySchedulerParts {
  readonly queries: readonly Query[]
  /** By query. */
  readonly tables: readonly AskedTable[]
  readonly tracker: BlockTracker
  readonly partitioner: Partitioner
  readonly homes: Homes
  readonly checkpoints: Checkpoints
  /** Of the input: then no more is asked. */
  readonly end: Nanos
}

interface Asking {
  readonly query: number
  readonly turn: number
  /** Parts that were asked for and have not been given; 0: it has to be asked. */
  missing: number
  /** A part of it is read from a checkpoint, whose files must stay. */
  restores: boolean
}

/** A table that stays for queries although its last reader, the task of batch `reader`, is done. */
export interface HeldTable {
  readonly key: number
  readonly reader: BatchNumber
}

export class QueryScheduler {
  #world: World
  #parts: QuerySchedulerParts
  /** By query: the turn that is asked next. */
  #turns: number[]
  /** Asked for and not answered, in order. A query has at most one a tick. */
  #open: Asking[] = []
  /** All batches up to it are completed. */
  #completed: BatchNumber = 0
  #held: HeldTable[] = []
  #writer = new WireWriter()

  constructor(world: World, parts: QuerySchedulerParts) {
    this.#world = world
    this.#parts = parts
    this.#turns = parts.queries.map(() => 0)
  }

  /** When a query is due next. */
  get nextAt(): Nanos {
    const { queries, end } = this.#parts
    let next = Number.POSITIVE_INFINITY
    for (const [index, query] of queries.entries()) {
      const turn = this.#turns[index]!
      if (turn < turnsBefore(query, end)) next = Math.min(next, askedAt(query, turn))
    }
    return next
  }

  /** Whether a checkpoint that became durable now could take away what a query is about to read. */
  get needsLineage(): boolean {
    return this.#open.some(({ restores }) => restores)
  }

  get isEmpty(): boolean {
    return this.#parts.queries.length === 0
  }

  /** By query, the first turn that is not answered. */
  get unanswered(): readonly number[] {
    const turns = [...this.#turns]
    for (const { query, turn } of this.#open) turns[query] = Math.min(turns[query]!, turn)
    return turns
  }

  /** Goes on where a driver before this one was. */
  restore({ completed, asked }: Pick<DriverRecord, 'completed' | 'asked'>): void {
    this.#completed = completed
    this.#turns = this.#turns.map((_, query) => asked[query] ?? 0)
  }

  /** Whether a table must stay: it is of the last whole version, or of one that may yet be it. If so it is remembered. */
  hold(key: number, reader: BatchNumber): boolean {
    if (this.isEmpty) return false
    const { rdd, batch } = blockOfKey(key)
    const table = this.#parts.tables.find((each) => each.rdd === rdd)
    if (table === undefined || batch < this.#lastOf(table)) return false
    this.#held.push({ key, reader })
    return true
  }

  /** Returns tables that need not stay any more. */
  completedThrough(batch: BatchNumber): readonly HeldTable[] {
    this.#completed = batch
    const held = this.#held
    this.#held = []
    return held.filter(({ key, reader }) => !this.hold(key, reader))
  }

  /** The tables of the last whole versions: recovery makes them again, though no batch may read them. */
  lastWhole(visit: (stage: StageId, rdd: RddId, made: BatchNumber) => void): void {
    for (const table of this.#parts.tables) {
      const made = this.#lastOf(table)
      if (made > 0) visit(table.stage, table.rdd, made)
    }
  }

  /** The membership has changed: what was asked will not be answered. */
  suspend(): void {
    this.#held = []
    for (const asking of this.#open) {
      asking.missing = 0
      asking.restores = false
    }
  }

  /** Asks what is due and can be answered. After the launches of this step: workers know the horizon. */
  flush(generation: number): void {
    if (this.nextAt <= this.#world.now()) this.#open.push(...this.#due())
    for (const asking of this.#open) {
      if (asking.missing > 0) continue
      const table = this.#parts.tables[asking.query]!
      const versions = table.versions ?? [this.#lastOf(table)]
      if (this.#areReadable(table, versions)) this.#ask(asking, table, { versions, generation })
    }
  }

  /** A worker has given parts away. */
  answered(reader: WireReader): void {
    while (reader.remaining > 0) {
      const query = reader.u32()
      const turn = reader.u32()
      const asking = this.#open.find((each) => each.query === query && each.turn === turn)
      if (asking === undefined) continue
      asking.missing -= 1
      if (asking.missing === 0) this.#open = this.#open.filter((each) => each !== asking)
    }
  }

  #due(): readonly Asking[] {
    const { queries, end } = this.#parts
    const now = this.#world.now()
    return queries.flatMap((each, query) => {
      const due: Asking[] = []
      const until = Math.min(end, now + 1)
      for (let turn = this.#turns[query]!; turn < turnsBefore(each, until); turn++) {
        due.push({ query, turn, missing: 0, restores: false })
        this.#turns[query] = turn + 1
      }
      return due
    })
  }

  #lastOf({ period }: AskedTable): BatchNumber {
    return Math.floor(this.#completed / period) * period
  }

  #areReadable(table: AskedTable, versions: readonly BatchNumber[]): boolean {
    const { partitions } = table
    if (versions[0] === 0 || versions.at(-1)! > this.#completed) return false
    this.#world.charge('dispatch', partitions * versions.length)
    return versions.every((made) => {
      for (let p = 0; p < partitions; p++) {
        if (!this.#isInMemory(table.rdd, made, p) && !this.#isDurable(table.rdd, made)) return false
      }
      return true
    })
  }

  #isInMemory(rdd: RddId, made: BatchNumber, partition: PartitionId): boolean {
    const { tracker, homes } = this.#parts
    return homes.canRead(partition, tracker.workerOf(rdd, made, partition))
  }

  /** Who is asked for a block: the worker that has it, else the owner, who reads its checkpoint. */
  #holderOf(rdd: RddId, made: BatchNumber, partition: PartitionId): ProcessId {
    const { tracker, partitioner } = this.#parts
    if (!this.#isInMemory(rdd, made, partition)) return partitioner.ownerOf(partition)
    return tracker.workerOf(rdd, made, partition)
  }

  #isDurable(rdd: RddId, made: BatchNumber): boolean {
    return this.#parts.checkpoints.isDurable(blockKey(rdd, made, 0))
  }

  /**
   * One message a worker, or several where it is long:
   *
   *   query u32, turn u32, rdd u16, partition u16, batch u32    a table that is asked for
   */
  #ask(
    asking: Asking,
    { rdd, partitions }: AskedTable,
    {
      versions,
      generation,
    }: { readonly versions: readonly BatchNumber[]; readonly generation: number },
  ): void {
    const { partitioner } = this.#parts
    for (const worker of partitioner.workers) {
      for (let p = 0; p < partitions; p++) {
        for (const made of versions) {
          if (this.#holderOf(rdd, made, p) !== worker) continue
          asking.missing += 1
          asking.restores ||= !this.#isInMemory(rdd, made, p)
          this.#writer.u32(asking.query)
          this.#writer.u32(asking.turn)
          this.#writer.u16(rdd)
          this.#writer.u16(p)
          this.#writer.u32(made)
        }
        if (this.#writer.length > MESSAGE_BYTES) this.#send(worker, generation)
      }
      this.#send(worker, generation)
    }
  }

  #send(to: ProcessId, generation: number): void {
    if (this.#writer.length === 0) return
    const payload = this.#writer.view()
    this.#world.transport.send({ to, class: 'control', channel: ASK_CHANNEL, generation, payload })
    this.#writer.clear()
  }
}
