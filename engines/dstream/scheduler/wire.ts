/**
 * The engine's messages as bytes: little endian, fields aligned to their size, so that both worlds and other readers agree.
 *
 * | channel | from → to | content |
 * |---|---|---|
 * | LAUNCH | driver → worker | what to run, to release, to checkpoint, and what it forgets (`launch.ts`) |
 * | REPORT | worker → driver | tasks done, files of a checkpoint; or, as *hello*, that it has adopted a generation (`report.ts`) |
 * | FETCH | worker → worker | one request for all rows and tables wanted from that worker now (`worker/shuffle-client.ts`) |
 * | ROWS | worker → worker | pieces of rows that answer it, in messages of about 64 KiB |
 * | CREDIT | worker → worker | messages of rows that were taken in |
 * | ASK | driver → worker | tables that a query asks for (`query-scheduler.ts`) |
 * | ANSWERED | worker → driver | which of them have been given away |
 * | INVENTORY | worker → driver | what it has, for a driver that knows nothing of it (`inventory.ts`) |
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, RunMemory } from '../../core/columns/memory.ts'

export const LAUNCH_CHANNEL = 1
export const REPORT_CHANNEL = 2
export const FETCH_CHANNEL = 3
export const ROWS_CHANNEL = 4
export const CREDIT_CHANNEL = 5
export const ASK_CHANNEL = 6
export const ANSWERED_CHANNEL = 7
export const INVENTORY_CHANNEL = 8

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

/** Appends numbers and bytes to a buffer that grows and is reused. */
export class WireWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#length, value, true)
    this.#length += 2
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
  }

  /** Overwrites a number that was written before. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Its length, then UTF-8, to a multiple of 4. */
  text(text: string): void {
    const bytes = ENCODER.encode(text)
    this.u32(bytes.length)
    this.bytes(bytes)
    this.align(4)
  }

  align(to: number): void {
    const padded = Math.ceil(this.#length / to) * to
    this.#reserve(padded - this.#length)
    this.#bytes.fill(0, this.#length, padded)
    this.#length = padded
  }

  /** What was written; valid until the next call. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    let capacity = this.#bytes.length * 2
    while (capacity < this.#length + more) capacity *= 2
    const grown = new Uint8Array(capacity)
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads a message that lies in the run's memory. */
export class WireReader {
  #view: DataView
  #at = 0
  #end = 0

  constructor(memory: RunMemory) {
    this.#view = memory.view
  }

  open(payload: Bytes): this {
    this.#at = payload.pointer
    this.#end = payload.pointer + payload.length
    return this
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  u16(): number {
    this.#take(2)
    return this.#view.getUint16(this.#at - 2, true)
  }

  u32(): number {
    this.#take(4)
    return this.#view.getUint32(this.#at - 4, true)
  }

  /** The next `length` bytes where they lie. */
  bytes(length: number): Bytes {
    this.#take(length)
    return { pointer: this.#at - length, length }
  }

  text(): string {
    const length = this.u32()
    this.#take(length)
    // Decoders take no view of shared memory.
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) bytes[at] = this.#view.getUint8(this.#at - length + at)
    this.align(4)
    return DECODER.decode(bytes)
  }

  /** Skips to a multiple of `to` from the payload's start, which is itself aligned to 8. */
  align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to
  }

  #take(length: number): void {
    this.#at += length
    assert(this.#at <= this.#end, `a message ends ${this.#at - this.#end} bytes too early`)
  }
}
