/**
 * Pointstamps: a timestamp at a location, the unit that progress is counted in (Naiad §2.3), and their sums and bytes.
 *
 * Locations are those of the *logical* graph, stages and connectors: the first of the two optimisations of Naiad §3.3.
 * So a count is a sum over all workers.
 */
import { ChangeBatch } from './change-batch.ts'
import type { Timestamp } from './timestamp.ts'

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
  /** Locations that were updated since the last `clear`, ascending. */
  #updated: LocationId[] = []
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
    let at = updated.length
    updated.push(location)
    for (; at > 0 && updated[at - 1]! > location; at--) updated[at] = updated[at - 1]!
    updated[at] = location
    this.#isUpdated[location] = true
  }

  at(location: LocationId, time: Timestamp): number {
    return this.#batches[location]!.at(time)
  }

  get size(): number {
    let size = 0
    for (let at = 0; at < this.#updated.length; at++) size += this.#batchAt(at).size
    return size
  }

  get empty(): boolean {
    for (let at = 0; at < this.#updated.length; at++) if (!this.#batchAt(at).empty) return false
    return true
  }

  /** Visits sums other than zero, ascending by location, then time. */
  visit(visit: UpdateVisitor): void {
    for (let at = 0; at < this.#updated.length; at++) {
      const location = this.#updated[at]!
      this.#batches[location]!.visit((time, delta) => visit(location, time, delta))
    }
  }

  every(predicate: (location: LocationId, time: Timestamp, delta: number) => boolean): boolean {
    for (let at = 0; at < this.#updated.length; at++) {
      const location = this.#updated[at]!
      const batch = this.#batches[location]!
      if (!batch.every((time, delta) => predicate(location, time, delta))) return false
    }
    return true
  }

  clear(): void {
    for (let at = 0; at < this.#updated.length; at++) {
      this.#batchAt(at).clear()
      this.#isUpdated[this.#updated[at]!] = false
    }
    this.#updated.length = 0
  }

  #batchAt(at: number): ChangeBatch {
    return this.#batches[this.#updated[at]!]!
  }
}

/**
 * Writes updates for the wire, positive ones first, in messages of at most `updatesMax` updates.
 *
 *   u32 updates, then for each: u16 location, u16 counters, u32 epoch, i32 delta, u32 for each counter
 *
 * Positive before negative: a peer that has seen only a prefix must never believe in a frontier that is ahead
 * (Naiad §3.3). A message is applied as a whole, so within one the order does not matter; across messages it does.
 */
export class UpdateEncoder {
  /** Kept from call to call: a small buffer of its own costs more than all that is written into it. */
  #view = new DataView(new ArrayBuffer(1024))
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
    send(new Uint8Array(this.#view.buffer, 0, this.#at))
    this.#at = 4
    this.#updates = 0
  }

  #write(location: LocationId, time: Timestamp, delta: number): void {
    const needed = 12 + 4 * (time.length - 1)
    if (this.#at + needed > this.#view.byteLength) {
      const wider = new Uint8Array(this.#view.byteLength * 2 + needed)
      wider.set(new Uint8Array(this.#view.buffer))
      this.#view = new DataView(wider.buffer)
    }
    const view = this.#view
    view.setUint16(this.#at, location, true)
    view.setUint16(this.#at + 2, time.length - 1, true)
    view.setUint32(this.#at + 4, time[0]!, true)
    view.setInt32(this.#at + 8, delta, true)
    this.#at += 12
    for (let counter = 1; counter < time.length; counter++) {
      view.setUint32(this.#at, time[counter]!, true)
      this.#at += 4
    }
    this.#updates += 1
  }
}

/** Reads what an `UpdateEncoder` wrote; returns the number of updates. */
export function decodeUpdates(message: Uint8Array, visit: UpdateVisitor): number {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const updates = view.getUint32(0, true)
  let at = 4
  for (let update = 0; update < updates; update++) {
    const location = view.getUint16(at, true)
    const counters = view.getUint16(at + 2, true)
    const time: number[] = [view.getUint32(at + 4, true)]
    const delta = view.getInt32(at + 8, true)
    at += 12
    for (let counter = 0; counter < counters; counter++) {
      time.push(view.getUint32(at, true))
      at += 4
    }
    visit(location, time, delta)
  }
  return updates
}
