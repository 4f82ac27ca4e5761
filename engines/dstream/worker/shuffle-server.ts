/**
 * Answers fetch requests with the rows of this worker's shuffle blocks, and with tables, in messages of about 64 KiB.
 *
 * At most `CREDIT_MESSAGES` messages to one worker are not yet taken in; the rest waits here, as blocks that are pinned, not
 * as bytes in an outbox. Blocks on disk are read back first. Requests of one worker are answered in order.
 */
import { assert } from '../../core/assert.ts'
import { type Bytes, discard } from '../../core/columns/memory.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import { type BatchNumber, blockKey, nameOfKey, type RddId } from '../rdd/rdd.ts'
import { ROWS_CHANNEL, WireReader, WireWriter } from '../scheduler/wire.ts'

export const CREDIT_MESSAGES = 8
const MESSAGE_BYTES = 60 * 1024
/** Of a table: a message takes a piece whole. */
const TABLE_PIECE_BYTES = 32 * 1024

interface Entry {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly sources: readonly PartitionId[]
  readonly destinations: readonly PartitionId[]
}

/** Yields after each message written; it is not yet the last. */
type Messages = Generator<undefined, void, undefined>

interface Piece extends Pick<Entry, 'rdd' | 'batch'> {
  readonly source: PartitionId
  readonly destination: PartitionId
}

interface Request {
  readonly number: number
  readonly entries: readonly Entry[]
  /** Blocks that are being read back. */
  waiting: number
  readonly messages: Messages
}

interface Peer {
  readonly process: ProcessId
  requests: Request[]
  /** Messages sent and not taken in. */
  outstanding: number
}

export class ShuffleServer {
  #world: World
  #store: BlockStore
  /** By process. */
  #peers: (Peer | undefined)[] = []
  /** Peers with requests, in order of their first one. */
  #asking: Peer[] = []
  #writer = new WireWriter()
  #reader: WireReader
  #pieces: Bytes[] = []
  readonly #collect = (rows: Bytes): void => {
    this.#pieces.push(rows)
  }
  #count = 0

  constructor(world: World, store: BlockStore) {
    this.#world = world
    this.#store = store
    this.#reader = new WireReader(world.region.memory)
  }

  request(from: ProcessId, payload: Bytes): void {
    const reader = this.#reader.open(payload)
    const number = reader.u32()
    const count = reader.u32()
    const entries: Entry[] = []
    for (let i = 0; i < count; i++) {
      const rdd = reader.u16()
      const sources = reader.u16()
      const batch = reader.u32()
      const destinations = reader.u16()
      entries.push({
        rdd,
        batch,
        sources: Array.from({ length: sources }, () => reader.u16()),
        destinations: Array.from({ length: destinations }, () => reader.u16()),
      })
      reader.align(4)
    }
    const request: Request = {
      number,
      entries,
      waiting: 0,
      messages: this.#answer(entries),
    }
    const ready = (): void => {
      request.waiting -= 1
    }
    for (const key of keysOf(entries)) {
      assert(this.#store.has(key), () => `worker ${from} asks for ${nameOfKey(key)}: not here`)
      if (!this.#store.pin(key, ready)) request.waiting += 1
    }
    const peer = this.#peer(from)
    if (peer.requests.length === 0) this.#asking.push(peer)
    peer.requests.push(request)
  }

  credit(from: ProcessId, payload: Bytes): void {
    this.#peer(from).outstanding -= this.#reader.open(payload).u32()
  }

  /** Sends what may be sent; returns false when the transport is congested and it wants to be called again soon. */
  step(generation: number): boolean {
    if (this.#asking.length === 0) return true
    const asking = this.#asking
    let open = true
    for (let index = 0; open && index < asking.length; index++) {
      const peer = asking[index]!
      while (peer.requests.length > 0 && peer.outstanding < CREDIT_MESSAGES) {
        const request = peer.requests[0]!
        if (request.waiting > 0) break
        open = !this.#world.transport.congested()
        if (!open) break
        this.#send(peer, request, generation)
      }
    }
    this.#asking = asking.filter((peer) => peer.requests.length > 0)
    return open
  }

  /** Forgets all requests: a new generation begins. */
  reset(): void {
    for (const peer of this.#asking) {
      for (const request of peer.requests) this.#unpin(request)
    }
    this.#peers = []
    this.#asking = []
  }

  #send(peer: Peer, request: Request, generation: number): void {
    const writer = this.#writer
    writer.clear()
    this.#count = 0
    writer.u32(request.number)
    writer.u32(0)
    writer.u32(0)
    writer.u32(0)
    const last = request.messages.next().done === true
    writer.setU32(4, last ? 1 : 0)
    writer.setU32(8, this.#count)
    this.#world.count('dataBytes', writer.length)
    this.#world.transport.send({
      to: peer.process,
      class: 'data',
      channel: ROWS_CHANNEL,
      generation,
      payload: writer.view(),
    })
    peer.outstanding += 1
    if (!last) return
    this.#unpin(request)
    peer.requests = peer.requests.slice(1)
  }

  *#answer(entries: readonly Entry[]): Messages {
    const { memory } = this.#world.region
    for (const { rdd, batch, sources, destinations } of entries) {
      for (const source of sources) {
        if (destinations.length === 0) {
          yield* this.#giveTable({ rdd, batch }, source)
          continue
        }
        for (const destination of destinations) {
          this.#pieces = []
          this.#store.rows(blockKey(rdd, batch, source)).visit(destination, this.#collect)
          const pieces = this.#pieces
          for (const { pointer, length } of pieces) {
            if (this.#isFull(length)) yield
            this.#write({ rdd, batch, source, destination }, memory.bytes(pointer, length))
          }
        }
      }
    }
  }

  /** A table, as it saves itself; it is its receiver's to load. */
  *#giveTable({ rdd, batch }: Pick<Entry, 'rdd' | 'batch'>, source: PartitionId): Messages {
    const saved = this.#store.table(blockKey(rdd, batch, source)).save()
    const piece = { rdd, batch, source, destination: source }
    for (let at = 0; at < saved.length; at += TABLE_PIECE_BYTES) {
      const bytes = saved.subarray(at, at + TABLE_PIECE_BYTES)
      if (this.#isFull(bytes.length)) yield
      this.#write(piece, bytes)
    }
    discard(saved)
  }

  /** Whether a piece of this length belongs to the next message. */
  #isFull(length: number): boolean {
    return this.#count > 0 && this.#writer.length + length > MESSAGE_BYTES
  }

  #write({ rdd, batch, source, destination }: Piece, bytes: Uint8Array): void {
    const writer = this.#writer
    writer.u16(rdd)
    writer.u16(source)
    writer.u16(destination)
    writer.u16(0)
    writer.u32(batch)
    writer.u32(bytes.length)
    writer.bytes(bytes)
    writer.align(8)
    this.#count += 1
  }

  #unpin(request: Request): void {
    for (const key of keysOf(request.entries)) this.#store.unpin(key)
  }

  #peer(process: ProcessId): Peer {
    let peer = this.#peers[process]
    if (peer === undefined) {
      peer = { process, requests: [], outstanding: 0 }
      this.#peers[process] = peer
    }
    return peer
  }
}

function* keysOf(entries: readonly Entry[]): Generator<number, void, undefined> {
  for (const { rdd, batch, sources } of entries) {
    for (const source of sources) yield blockKey(rdd, batch, source)
  }
}
