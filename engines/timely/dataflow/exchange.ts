/**
 * Exchange: a parcel on its way to the worker that owns its partition, as bytes.
 *
 *   0 u16 connector   4 u32 partition       12 u32 epoch     then a u32 for each counter, padded to 8 bytes,
 *   2 u16 counters    8 u32 bytes of rows   16 …             then the rows
 *
 * Little endian. The rows are as aligned as the message is: 8 bytes.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, RunMemory } from '../../core/columns/memory.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { Parcel } from '../graph/vertex.ts'
import { readTime, type Timestamp } from '../progress/timestamp.ts'

export interface ParcelMessage {
  readonly connector: ConnectorId
  readonly time: Timestamp
  readonly parcel: Parcel
}

function headerBytes(counters: number): number {
  return 16 + ((counters * 4 + 7) & ~7)
}

/** Writes what goes before a parcel's rows; valid until the next call. The rows are sent from where they lie. */
export class ParcelHeader {
  #view = new DataView(new ArrayBuffer(64))
  /** By counters: the header's bytes in the buffer. */
  #headers: (Uint8Array | undefined)[] = []

  write(connector: ConnectorId, time: Timestamp, parcel: Parcel): Uint8Array {
    const header = this.#headerOf(time.length - 1)
    const view = this.#view
    view.setUint16(0, connector, true)
    view.setUint16(2, time.length - 1, true)
    view.setUint32(4, parcel.partition, true)
    view.setUint32(8, parcel.rows.length, true)
    for (let part = 0; part < time.length; part++) view.setUint32(12 + part * 4, time[part]!, true)
    return header
  }

  #headerOf(counters: number): Uint8Array {
    const known = this.#headers[counters]
    if (known !== undefined) return known
    const bytes = headerBytes(counters)
    if (bytes > this.#view.byteLength) {
      this.#view = new DataView(new ArrayBuffer(bytes))
      this.#headers = []
    }
    const header = new Uint8Array(this.#view.buffer, 0, bytes)
    this.#headers[counters] = header
    return header
  }
}

/** Reads a parcel in place: its rows are those of the message. */
export function readParcel(memory: RunMemory, message: Bytes): ParcelMessage {
  const { view } = memory
  const at = message.pointer
  const counters = view.getUint16(at + 2, true)
  const header = headerBytes(counters)
  const length = view.getUint32(at + 8, true)
  assert(
    header + length <= message.length,
    () => `parcel of ${header + length} bytes in a message of ${message.length}`,
  )
  return {
    connector: view.getUint16(at, true),
    time: readTime(view, at + 12, counters),
    parcel: {
      partition: view.getUint32(at + 4, true),
      rows: { pointer: at + header, length },
    },
  }
}
