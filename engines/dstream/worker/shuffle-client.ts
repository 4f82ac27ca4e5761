/**
 * Fetches rows for tasks: all that is wanted from one worker in one step is one request (D-Streams §4.2:
 * asynchronous, aggregated fetches). The answer comes in messages of about 64 KiB; each piece is copied once, into this worker's
 * region, and folded later in the order of source partitions, whatever order it came in. A table that another worker has is fetched
 * in the same way: as it saves itself, in pieces, from the partition of its own number.
 *
 *   FETCH  request u32, entries u32, then entry: rdd u16, sources u16, batch u32, destinations u16, sources × u16,
 *          destinations × u16 (none: of a table), aligned to 4
 *   ROWS   request u32, last u32, pieces u32, 0 u32, then piece: rdd u16, source u16, destination u16, 0 u16, batch u32,
 *          length u32, bytes, aligned to 8
 */
import { assert } from '../../core/assert.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { type BatchNumber, blockKey, blockOfKey, type RddId } from '../rdd/rdd.ts'
import { CREDIT_CHANNEL, FETCH_CHANNEL, WireReader, WireWriter } from '../scheduler/wire.ts'
import { CREDIT_MESSAGES } from './shuffle-server.ts'
import type { WorkerTask } from './task.ts'

/** A message must fit into a link's ring with room to spare. */
const REQUEST_BYTES = 16 * 1024

interface Wanted {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly sources: Set<PartitionId>
  readonly destinations: Set<PartitionId>
}

interface Request {
  readonly worker: ProcessId
  /** About how long it is. */
  bytes: number
  /** By rdd and batch (`blockKey` of partition 0). */
  readonly wanted: Map<number, Wanted>
  /** Tasks by what they wait for: `blockKey(rdd, batch, destination)`, with the place of the shuffle in the stage. */
  readonly tasks: Map<number, { readonly task: WorkerTask; readonly shuffle: number }>
  readonly waiters: Set<WorkerTask>
  /** Pieces of tables, by block. */
  readonly tables: Map<number, Uint8Array[]>
}

export interface ShuffleClientHooks {
  /** All that a task has asked for is here. */
  ready(task: WorkerTask): void
  /** A table is here. */
  table(key: number, saved: Uint8Array): void
}

export class ShuffleClient {
  #world: World
  #hooks: ShuffleClientHooks
  #gathering = new Map<ProcessId, Request>()
  /** Those that are as long as a request should be. */
  #full: Request[] = []
  #requests = new Map<number, Request>()
  #nextRequest = 1
  /** Messages taken in since the last credit, by worker. */
  #taken = new Map<ProcessId, number>()
  #writer = new WireWriter()
  #reader: WireReader

  constructor(world: World, hooks: ShuffleClientHooks) {
    this.#world = world
    this.#hooks = hooks
    this.#reader = new WireReader(world.region.memory)
  }

  /** Something is wanted and not sent yet. */
  get isWaiting(): boolean {
    return this.#gathering.size > 0 || this.#full.length > 0
  }

  /** Asks for a task's rows of one source block on another worker; sent by the next `flush`. */
  want(
    task: WorkerTask,
    from: {
      readonly shuffle: number
      readonly batch: BatchNumber
      readonly source: PartitionId
      readonly worker: ProcessId
    },
  ): void {
    const request = this.#requestTo(from.worker, task)
    const { rdd } = task.stage.shuffles[from.shuffle]!
    const { batch, source } = from
    const wanted = wantedOf(request, { rdd, batch })
    request.bytes += 4
    wanted.sources.add(source)
    wanted.destinations.add(task.partition)
    task.fetched[from.shuffle]![source] = []
    request.tasks.set(blockKey(rdd, batch, task.partition), { task, shuffle: from.shuffle })
    if (!request.waiters.has(task)) {
      request.waiters.add(task)
      task.waiting += 1
    }
  }

  /** Asks another worker for a table; sent by the next `flush`. */
  wantTable(key: number, worker: ProcessId): void {
    const request = this.#requestTo(worker)
    const { rdd, batch, partition } = blockOfKey(key)
    wantedOf(request, { rdd, batch }).sources.add(partition)
    request.bytes += 4
    request.tables.set(key, [])
    this.#world.count('fetchedTables', 1)
  }

  /** Sends one request to each worker of whom something is wanted. */
  flush(generation: number): void {
    const requests = [...this.#full, ...this.#gathering.values()]
    this.#full = []
    for (const request of requests) {
      const number = this.#nextRequest++
      this.#requests.set(number, request)
      const writer = this.#writer
      writer.clear()
      writer.u32(number)
      writer.u32(request.wanted.size)
      for (const { rdd, batch, sources, destinations } of request.wanted.values()) {
        writer.u16(rdd)
        writer.u16(sources.size)
        writer.u32(batch)
        writer.u16(destinations.size)
        for (const source of sources) writer.u16(source)
        for (const destination of destinations) writer.u16(destination)
        writer.align(4)
      }
      this.#world.count('fetchRequests', 1)
      this.#world.transport.send({
        to: request.worker,
        class: 'control',
        channel: FETCH_CHANNEL,
        generation,
        payload: writer.view(),
      })
    }
    this.#gathering.clear()
  }

  /** Takes in a message of rows. */
  receive(from: ProcessId, payload: Bytes, generation: number): void {
    const reader = this.#reader.open(payload)
    const number = reader.u32()
    const last = reader.u32() === 1
    const pieces = reader.u32()
    reader.u32()
    const request = this.#requests.get(number)
    assert(request !== undefined, `rows from worker ${from} for the unknown request ${number}`)
    let taken = 0
    for (let piece = 0; piece < pieces; piece++) taken += this.#take(request, reader)
    this.#world.count('shuffleBytesRemote', taken)
    this.#giveCredit(from, generation)
    if (!last) return
    this.#requests.delete(number)
    for (const [key, table] of request.tables) this.#hooks.table(key, joined(table))
    for (const task of request.waiters) {
      task.waiting -= 1
      if (task.waiting === 0) this.#hooks.ready(task)
    }
  }

  /** Forgets all requests: a new generation begins, and what is under way will be dropped. */
  reset(): void {
    this.#gathering.clear()
    this.#full = []
    this.#requests.clear()
    this.#taken.clear()
  }

  /** Copies a piece if a task asked for it; returns its bytes then, if an exchange brought it. */
  #take(request: Request, reader: WireReader): number {
    const rdd = reader.u16()
    const source = reader.u16()
    const destination = reader.u16()
    reader.u16()
    const batch = reader.u32()
    const { pointer, length } = reader.bytes(reader.u32())
    reader.align(8)
    const { region } = this.#world
    const { tables } = request
    const table = tables.size > 0 ? tables.get(blockKey(rdd, batch, source)) : undefined
    if (table !== undefined) {
      table.push(region.memory.bytes(pointer, length).slice())
      this.#world.count('fetchedTableBytes', length)
      return 0
    }
    const waiting = request.tasks.get(blockKey(rdd, batch, destination))
    // A request is the product of sources and destinations, so it may bring rows that no task asked for.
    const pieces = waiting && waiting.task.fetched[waiting.shuffle]![source]
    if (waiting === undefined || pieces === undefined) return 0
    const copy = region.allocate(length)
    region.memory.u8.copyWithin(copy, pointer, pointer + length)
    pieces.push({ pointer: copy, length })
    return waiting.task.stage.shuffles[waiting.shuffle]!.samePartition ? 0 : length
  }

  /** The request to a worker that is being put together; for a task, the one that it is in. */
  #requestTo(worker: ProcessId, task?: WorkerTask): Request {
    let request = this.#gathering.get(worker)
    // Only between tasks: a request is a product of sources and destinations, and no row may come twice.
    if (request && request.bytes > REQUEST_BYTES && !(task && request.waiters.has(task))) {
      this.#full.push(request)
      request = undefined
    }
    if (request === undefined) {
      request = {
        worker,
        bytes: 0,
        wanted: new Map(),
        tasks: new Map(),
        waiters: new Set(),
        tables: new Map(),
      }
      this.#gathering.set(worker, request)
    }
    return request
  }

  #giveCredit(to: ProcessId, generation: number): void {
    const taken = (this.#taken.get(to) ?? 0) + 1
    if (taken < CREDIT_MESSAGES / 2) {
      this.#taken.set(to, taken)
      return
    }
    this.#taken.set(to, 0)
    this.#writer.clear()
    this.#writer.u32(taken)
    this.#world.transport.send({
      to,
      class: 'control',
      channel: CREDIT_CHANNEL,
      generation,
      payload: this.#writer.view(),
    })
  }
}

function wantedOf({ wanted }: Request, { rdd, batch }: Pick<Wanted, 'rdd' | 'batch'>): Wanted {
  const key = blockKey(rdd, batch, 0)
  let entry = wanted.get(key)
  if (entry === undefined) {
    entry = { rdd, batch, sources: new Set(), destinations: new Set() }
    wanted.set(key, entry)
  }
  return entry
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
