/**
 * Exchange: a parcel on its way to the worker that owns its partition, as bytes.
 *
 *   0 u16 connector   4 u32 partition   12 u32 bytes of rows      then a u32 for each counter, padded to 8 bytes,
 *   2 u16 counters    8 u32 epoch          16 …                   then the rows
 *
 * Little endian. The rows are as aligned as the message is: 8 bytes.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, RunMemory } from '../../core/columns/memory.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { Parcel } from '../graph/vertex.ts'
import type { Timestamp } from '../progress/timestamp.ts'

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
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)

  write(connector: ConnectorId, time: Timestamp, parcel: Parcel): Uint8Array {
    const counters = time.length - 1
    const header = headerBytes(counters)
    const { length } = parcel.rows
    if (header > this.#bytes.length) {
      this.#bytes = new Uint8Array(header)
      this.#view = new DataView(this.#bytes.buffer)
    }
    const view = this.#view
    view.setUint16(0, connector, true)
    view.setUint16(2, counters, true)
    view.setUint32(4, parcel.partition, true)
    view.setUint32(8, time[0]!, true)
    view.setUint32(12, length, true)
    for (let at = 0; at < counters; at++) view.setUint32(16 + at * 4, time[at + 1]!, true)
    return this.#bytes.subarray(0, header)
  }
}

/** Reads a parcel in place: its rows are those of the message. */
export function readParcel(memory: RunMemory, message: Bytes): ParcelMessage {
  const { view } = memory
  const at = message.pointer
  const counters = view.getUint16(at + 2, true)
  const time: number[] = [view.getUint32(at + 8, true)]
  for (let counter = 0; counter < counters; counter++) {
    time.push(view.getUint32(at + 16 + counter * 4, true))
  }
  const header = headerBytes(counters)
  const length = view.getUint32(at + 12, true)
  assert(
    header + length <= message.length,
    () => `parcel of ${header + length} bytes in a message of ${message.length}`,
  )
  return {
    connector: view.getUint16(at, true),
    time,
    parcel: {
      partition: view.getUint32(at + 4, true),
      rows: { pointer: at + header, length },
    },
  }
}
