/** Parcels that were sent, one behind the other, as they were: with connector, partition and rows. */
import type { PartitionId } from '../../core/units.ts'
import type { ConnectorId } from '../graph/connector.ts'

/** What lies before the rows of a parcel: u32 connector, u32 partition, u32 bytes. */
const HEADER_BYTES = 12

export interface SentParcel {
  readonly connector: ConnectorId
  readonly partition: PartitionId
  /** A view of the buffer, good until something is appended. */
  readonly rows: Uint8Array
}

export class ParcelBuffer {
  #buffer = new Uint8Array(1024)
  #view = new DataView(this.#buffer.buffer)
  #used = 0

  get bytes(): number {
    return this.#used
  }

  append(connector: ConnectorId, partition: PartitionId, rows: Uint8Array): void {
    const at = this.#used
    this.#reserve(at + HEADER_BYTES + rows.length)
    this.#view.setUint32(at, connector, true)
    this.#view.setUint32(at + 4, partition, true)
    this.#view.setUint32(at + 8, rows.length, true)
    this.#buffer.set(rows, at + HEADER_BYTES)
    this.#used = at + HEADER_BYTES + rows.length
  }

  /** The parcel that begins at a place; the next one begins where its rows end, `bytesOf` it further on. */
  at(place: number): SentParcel {
    const begin = place + HEADER_BYTES
    const length = this.#view.getUint32(place + 8, true)
    return {
      connector: this.#view.getUint32(place, true),
      partition: this.#view.getUint32(place + 4, true),
      rows: this.#buffer.subarray(begin, begin + length),
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return
    const buffer = new Uint8Array(2 ** Math.ceil(Math.log2(bytes)))
    buffer.set(this.#buffer.subarray(0, this.#used))
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer)
  }
}

/** What a parcel takes in a buffer. */
export function bytesOf({ rows }: SentParcel): number {
  return HEADER_BYTES + rows.length
}
