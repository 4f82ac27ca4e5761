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

/** A sum of (pointstamp, delta) updates: one change batch a location. */
export class PointstampBatch {
  #batches: ChangeBatch[] = []

  constructor(locations: number) {
    for (let location = 0; location < locations; location++) this.#batches.push(new ChangeBatch())
  }

  update(location: LocationId, time: Timestamp, delta: number): void {
    this.#batches[location]!.update(time, delta)
  }

  at(location: LocationId, time: Timestamp): number {
    return this.#batches[location]!.at(time)
  }

  get size(): number {
    let size = 0
    for (let at = 0; at < this.#batches.length; at++) size += this.#batches[at]!.size
    return size
  }

  get empty(): boolean {
    for (let at = 0; at < this.#batches.length; at++) if (!this.#batches[at]!.empty) return false
    return true
  }

  /** Visits sums other than zero, ascending by location, then time. */
  visit(visit: UpdateVisitor): void {
    for (let location = 0; location < this.#batches.length; location++) {
      this.#batches[location]!.visit((time, delta) => visit(location, time, delta))
    }
  }

  every(predicate: (location: LocationId, time: Timestamp, delta: number) => boolean): boolean {
    for (let location = 0; location < this.#batches.length; location++) {
      const batch = this.#batches[location]!
      if (!batch.every((time, delta) => predicate(location, time, delta))) return false
    }
    return true
  }

  clear(): void {
    for (let at = 0; at < this.#batches.length; at++) this.#batches[at]!.clear()
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
export function encodeUpdates(
  batch: PointstampBatch,
  updatesMax: number,
  send: (message: Uint8Array) => void,
): void {
  let view = new DataView(new ArrayBuffer(1024))
  let at = 4
  let updates = 0
  const finish = (): void => {
    if (updates === 0) return
    view.setUint32(0, updates, true)
    send(new Uint8Array(view.buffer, 0, at))
    at = 4
    updates = 0
  }
  const write = (location: LocationId, time: Timestamp, delta: number): void => {
    const needed = 12 + 4 * (time.length - 1)
    if (at + needed > view.byteLength) {
      const wider = new Uint8Array(view.byteLength * 2 + needed)
      wider.set(new Uint8Array(view.buffer))
      view = new DataView(wider.buffer)
    }
    view.setUint16(at, location, true)
    view.setUint16(at + 2, time.length - 1, true)
    view.setUint32(at + 4, time[0]!, true)
    view.setInt32(at + 8, delta, true)
    at += 12
    for (let counter = 1; counter < time.length; counter++) {
      view.setUint32(at, time[counter]!, true)
      at += 4
    }
    updates += 1
    if (updates === updatesMax) finish()
  }
  batch.visit((location, time, delta) => {
    if (delta > 0) write(location, time, delta)
  })
  batch.visit((location, time, delta) => {
    if (delta < 0) write(location, time, delta)
  })
  finish()
}

/** Reads what `encodeUpdates` wrote; returns the number of updates. */
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
