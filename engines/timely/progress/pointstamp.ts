/**
 * Pointstamps: a timestamp at a location, the unit that progress is counted in (Naiad §2.3), and their sums and bytes.
 *
 * Locations are those of the *logical* graph, stages and connectors: the first of the two optimisations of Naiad §3.3.
 * So a count is a sum over all workers.
 */
import type { RunMemory } from '../../core/columns/memory.ts'
import type { Pointer } from '../../core/units.ts'
import { ChangeBatch } from './change-batch.ts'
import { readTime, type Timestamp } from './timestamp.ts'

/** Number of a stage or a connector in the logical graph (`graph/location.ts`). */
export type LocationId = number

export interface Pointstamp {
  readonly location: LocationId
  readonly time: Timestamp
}

export type UpdateVisitor = (location: LocationId, time: Timestamp, delta: number) => void

/** A sum of (pointstamp, delta) updates: one change batch a location. Costs what is in it, not what the graph has. */
export class PointstampBatch {
  #batches: ChangeBatch[] = []
  /** Locations that were updated since the last `clear`, ascending; what lies from `#length` on was left there. */
  #updated: LocationId[] = []
  #length = 0
  #isUpdated: boolean[] = []

  constructor(locations: number) {
    for (let location = 0; location < locations; location++) {
      this.#batches.push(new ChangeBatch())
      this.#isUpdated.push(false)
    }
  }

  update(location: LocationId, time: Timestamp, delta: number): void {
    if (!this.#isUpdated[location]!) this.#enter(location)
    this.#batches[location]!.update(time, delta)
  }

  #enter(location: LocationId): void {
    const updated = this.#updated
    let at = this.#length
    for (; at > 0 && updated[at - 1]! > location; at--) updated[at] = updated[at - 1]!
    updated[at] = location
    this.#length += 1
    this.#isUpdated[location] = true
  }

  at(location: LocationId, time: Timestamp): number {
    return this.#batches[location]!.at(time)
  }

  get size(): number {
    let size = 0
    for (let at = 0; at < this.#length; at++) size += this.#batchAt(at).size
    return size
  }

  get empty(): boolean {
    for (let at = 0; at < this.#length; at++) if (!this.#batchAt(at).empty) return false
    return true
  }

  /** Visits sums other than zero, ascending by location, then time. */
  visit(visit: UpdateVisitor): void {
    for (let at = 0; at < this.#length; at++) {
      const location = this.#updated[at]!
      const batch = this.#batches[location]!
      const { size } = batch
      for (let change = 0; change < size; change++) {
        visit(location, batch.timeAt(change), batch.deltaAt(change))
      }
    }
  }

  every(predicate: (location: LocationId, time: Timestamp, delta: number) => boolean): boolean {
    for (let at = 0; at < this.#length; at++) {
      const location = this.#updated[at]!
      const batch = this.#batches[location]!
      const { size } = batch
      for (let change = 0; change < size; change++) {
        if (!predicate(location, batch.timeAt(change), batch.deltaAt(change))) return false
      }
    }
    return true
  }

  clear(): void {
    for (let at = 0; at < this.#length; at++) {
      this.#batchAt(at).clear()
      this.#isUpdated[this.#updated[at]!] = false
    }
    this.#length = 0
  }

  #batchAt(at: number): ChangeBatch {
    return this.#batches[this.#updated[at]!]!
  }
}

/** Messages of few updates are shorter, and most are. */
const SHORT_WORDS = 64

/**
 * Writes updates for the wire, positive ones first, in messages of at most `updatesMax` updates.
 *
 *   u32 updates, then for each: u16 location, u16 counters, i32 delta, u32 epoch, u32 for each counter
 *
 * Positive before negative: a peer that has seen only a prefix must never believe in a frontier that is ahead
 * (Naiad §3.3). A message is applied as a whole, so within one the order does not matter; across messages it does.
 */
export class UpdateEncoder {
  /** Kept from call to call: a small buffer of its own costs more than all that is written into it. */
  #view = new DataView(new ArrayBuffer(1024))
  /** By length in words: short messages, as views of the buffer. A new view for each costs as much as writing it. */
  #messages: (Uint8Array | undefined)[] = []
  #at = 4
  #updates = 0

  /** The bytes are valid until `send` returns. */
  encode(batch: PointstampBatch, updatesMax: number, send: (message: Uint8Array) => void): void {
    const write = (location: LocationId, time: Timestamp, delta: number): void => {
      this.#write(location, time, delta)
      if (this.#updates === updatesMax) this.#finish(send)
    }
    batch.visit((location, time, delta) => {
      if (delta > 0) write(location, time, delta)
    })
    batch.visit((location, time, delta) => {
      if (delta < 0) write(location, time, delta)
    })
    if (this.#updates > 0) this.#finish(send)
  }

  #finish(send: (message: Uint8Array) => void): void {
    this.#view.setUint32(0, this.#updates, true)
    const message = this.#message()
    this.#at = 4
    this.#updates = 0
    send(message)
  }

  #message(): Uint8Array {
    const words = this.#at >>> 2
    const known = this.#messages[words]
    if (known !== undefined) return known
    const message = new Uint8Array(this.#view.buffer, 0, this.#at)
    if (words < SHORT_WORDS) this.#messages[words] = message
    return message
  }

  #write(location: LocationId, time: Timestamp, delta: number): void {
    const needed = 8 + 4 * time.length
    if (this.#at + needed > this.#view.byteLength) {
      const wider = new Uint8Array(this.#view.byteLength * 2 + needed)
      wider.set(new Uint8Array(this.#view.buffer))
      this.#view = new DataView(wider.buffer)
      this.#messages = []
    }
    const view = this.#view
    let at = this.#at
    view.setUint16(at, location, true)
    view.setUint16(at + 2, time.length - 1, true)
    view.setInt32(at + 4, delta, true)
    at += 8
    for (let part = 0; part < time.length; part++, at += 4) view.setUint32(at, time[part]!, true)
    this.#at = at
    this.#updates += 1
  }
}

/** Reads in place what an `UpdateEncoder` wrote; returns the number of updates. */
export function decodeUpdates(
  { view }: Pick<RunMemory, 'view'>,
  message: Pointer,
  visit: UpdateVisitor,
): number {
  const updates = view.getUint32(message, true)
  let at = message + 4
  for (let update = 0; update < updates; update++) {
    const counters = view.getUint16(at + 2, true)
    const time = readTime(view, at + 8, counters)
    visit(view.getUint16(at, true), time, view.getInt32(at + 4, true))
    at += 12 + 4 * counters
  }
  return updates
}
