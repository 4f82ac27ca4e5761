/**
 * Sending again: after a loss, a worker that goes on sends what its receivers lack of what it sent before (`takeover.ts`).
 *
 *   of epoch e: all that is kept, to who wants it ──▶ inputs that count as open at e advance ──▶ e' … ──all is sent──▶ they close
 *
 * Until then no frontier passes what is still to be sent. Epoch by epoch, and as much as there is room for ahead of the first one
 * that is outstanding: the rest waits here, not in the memory of the standby. (In bytes: to wait for a frontier with each epoch would
 * take as long as the epochs did where ticks are as short as it takes a busy machine to pass a message around.)
 */
import type { ProcessSetup } from '../../core/engine.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Capability } from '../dataflow/capability.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { Parcel } from '../graph/vertex.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import { bytesOf, type ParcelBuffer, type SentParcel } from './parcel-buffer.ts'

/** Bytes sent before others have a turn. */
const TURN_BYTES = 64 * 1024

/** What was sent in an epoch until some instant. */
export interface SentEpoch {
  readonly epoch: number
  readonly parcels: ParcelBuffer
  /** Where in the buffer it ends. */
  readonly end: number
}

export interface ResendOptions {
  readonly world: Pick<World, 'region' | 'transport' | 'history' | 'charge' | 'count'>
  readonly setup: Pick<ProcessSetup, 'ticks'>
  readonly generation: number
  /** The checkpoint at which others begin. */
  readonly from: number
  /** Ascending by epoch. */
  readonly sent: readonly SentEpoch[]
  /** May be sent, give or take a turn, of epochs that are not over. */
  readonly aheadBytes: number
  /** Held at all inputs, at the checkpoint: stated as initial counts. */
  readonly capabilities: readonly Capability[]
  isWanted(connector: ConnectorId, partition: PartitionId, epoch: number): boolean
  /** The first epoch that is outstanding, in this worker's view. */
  leastEpoch(): number
  send(connector: ConnectorId, parcel: Parcel, time: Timestamp): void
}

export class Resend {
  readonly #options: ResendOptions
  #sent: readonly SentEpoch[]
  #epoch: number
  /** In `#sent`, and in the buffer there. */
  #at = 0
  #place = 0
  #bytes = 0
  /** By place in `#sent`: bytes that were sent of it. Those before `#over` are of epochs that are over; the sum of the others. */
  #sentOf: number[] = []
  #over = 0
  #ahead = 0
  #state: 'sending' | 'ended' = 'sending'

  constructor(options: ResendOptions) {
    this.#options = options
    this.#sent = options.sent
    this.#epoch = options.from
  }

  /** Sends some of an epoch, or goes on to the next. Returns whether anything was done: nothing at the end, and while it must wait. */
  run(): boolean {
    if (this.#state === 'ended' || this.#mustWait()) return false
    for (let left = TURN_BYTES; left > 0; ) {
      const next = this.#sent[this.#at]
      if (next === undefined) {
        this.#end()
        return true
      }
      if (next.epoch > this.#epoch) {
        this.#advance(next.epoch)
        return true
      }
      left -= this.#sendOf(next)
    }
    return true
  }

  /** Whether it waits for links that are full; when there is room nobody says so. */
  get isHeldByLinks(): boolean {
    return this.#state === 'sending' && this.#options.world.transport.congested()
  }

  /** Whether it waits for links, or for others that are so far behind that these rows would have to wait there. */
  #mustWait(): boolean {
    if (this.isHeldByLinks) return true
    const least = this.#options.leastEpoch()
    while (this.#over < this.#at && this.#sent[this.#over]!.epoch < least) {
      this.#ahead -= this.#sentOf[this.#over] ?? 0
      this.#over += 1
    }
    // What is first outstanding is over only when all of it is sent.
    return this.#epoch > least && this.#ahead >= this.#options.aheadBytes
  }

  /** Takes the next parcel of an epoch, or ends it. Returns the bytes that were taken. */
  #sendOf({ epoch, parcels, end }: SentEpoch): number {
    if (this.#place === end) {
      this.#at += 1
      this.#place = 0
      return 0
    }
    const parcel = parcels.at(this.#place)
    const bytes = bytesOf(parcel)
    this.#place += bytes
    const { world, isWanted } = this.#options
    if (isWanted(parcel.connector, parcel.partition, epoch)) {
      world.charge('message', bytes)
      this.#send(parcel)
    }
    return bytes
  }

  #send({ connector, partition, rows }: SentParcel): void {
    const { world, send } = this.#options
    const { region } = world
    const pointer = region.allocate(Math.max(rows.length, 1))
    region.memory.u8.set(rows, pointer)
    const parcel = { partition, rows: { pointer, length: rows.length } }
    send(connector, parcel, timeOfEpoch(this.#epoch))
    region.free(pointer, Math.max(rows.length, 1))
    this.#bytes += rows.length
    this.#ahead += rows.length
    this.#sentOf[this.#at] = (this.#sentOf[this.#at] ?? 0) + rows.length
  }

  #advance(epoch: number): void {
    this.#epoch = epoch
    for (const capability of this.#options.capabilities) capability.downgrade(timeOfEpoch(epoch))
  }

  #end(): void {
    const { world, setup, generation, from, capabilities } = this.#options
    for (const capability of capabilities) capability.drop()
    this.#state = 'ended'
    this.#sent = []
    world.count('resentBytes', this.#bytes)
    world.history.append('upstream-resent', {
      generation,
      from: setup.ticks.endOf(from),
      tick: setup.ticks.endOf(this.#epoch + 1),
      bytes: this.#bytes,
    })
  }
}
