/**
 * A segment of a worker's message log: rows as they reached partitions, in that order, sealed as a checkpoint's blob is.
 *
 *   the seal of `core/recovery/sealed-blob.ts`, then u32 partitions, for each: u32 its owner in the generation
 *   for each parcel: u32 path, u32 partition, u32 epoch, u32 bytes, then its rows as they were exchanged
 *
 * All else is in the name, so that a list of names says how far a log reaches:
 *
 *   timely/log/<generation>/<worker>/<sequence>-<begins>-<whole>
 *
 * A worker numbers its segments of a generation from 0. *Begins*: no row of this epoch or of a later one is in an earlier
 * segment. *Whole*: all epochs before it were over everywhere when the segment was sealed, so their rows, from where the
 * generation began on, are in this segment and the earlier ones. So a segment that is missing, for whatever reason, costs
 * what lies behind it, and is never taken for one in which there was nothing.
 */
import {
  type BlobFormat,
  type BlobIdentity,
  type BlobWriter,
  openBlob,
  sealBlob,
} from '../../core/recovery/sealed-blob.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'

export const SEGMENT_FORMAT: BlobFormat = { mark: 0x314c5354, version: 1 }

export const LOG_PREFIX = 'timely/log/'

export interface SegmentPlace {
  readonly generation: number
  readonly worker: ProcessId
  readonly sequence: number
  readonly begins: number
  readonly whole: number
}

export function padded(number: number): string {
  return String(number).padStart(10, '0')
}

/** Which segment it is, whatever is in it. */
export function segmentKey(
  place: Pick<SegmentPlace, 'generation' | 'worker' | 'sequence'>,
): string {
  const { generation, worker, sequence } = place
  return `${LOG_PREFIX}${padded(generation)}/${padded(worker)}/${padded(sequence)}`
}

export function segmentName(place: SegmentPlace): string {
  return `${segmentKey(place)}-${padded(place.begins)}-${padded(place.whole)}`
}

export function segmentPlace(name: string): SegmentPlace {
  const [generation, worker, sequence, begins, whole] = name
    .slice(LOG_PREFIX.length)
    .split(/[/-]/)
    .map(Number)
  return {
    generation: generation!,
    worker: worker!,
    sequence: sequence!,
    begins: begins!,
    whole: whole!,
  }
}

/** What lies before the rows of a parcel. */
export const PARCEL_BYTES = 16

export interface LoggedParcel {
  readonly path: number
  readonly partition: PartitionId
  readonly epoch: number
  readonly rows: Uint8Array
}

/** What a segment's body begins with. */
export function segmentHead(placement: readonly ProcessId[]): Uint8Array {
  const head = new Uint8Array(4 + 4 * placement.length)
  const view = new DataView(head.buffer)
  view.setUint32(0, placement.length, true)
  for (const [partition, owner] of placement.entries()) {
    view.setUint32(4 + 4 * partition, owner, true)
  }
  return head
}

export function writeParcel(
  bytes: Uint8Array,
  at: number,
  { path, partition, epoch, rows }: LoggedParcel,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setUint32(at, path, true)
  view.setUint32(at + 4, partition, true)
  view.setUint32(at + 8, epoch, true)
  view.setUint32(at + 12, rows.length, true)
  bytes.set(rows, at + PARCEL_BYTES)
}

export function sealSegment(seal: BlobIdentity & BlobWriter, body: Uint8Array): Uint8Array {
  return sealBlob(SEGMENT_FORMAT, seal, { length: body.length, fill: (place) => place.set(body) })
}

/** Reads a segment, parcel by parcel. */
export class SegmentReader {
  readonly placement: readonly ProcessId[]
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  /** Errors: `StorageError`, as `openBlob`. */
  constructor(identity: BlobIdentity, blob: Uint8Array) {
    const bytes = openBlob(SEGMENT_FORMAT, identity, blob)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.placement = Array.from({ length: view.getUint32(0, true) }, (_, partition) =>
      view.getUint32(4 + 4 * partition, true),
    )
    this.#bytes = bytes
    this.#view = view
    this.#at = 4 + 4 * this.placement.length
  }

  /** The next parcel, or undefined behind the last; its rows are a view of the blob. */
  next(): LoggedParcel | undefined {
    const at = this.#at
    if (at === this.#bytes.length) return undefined
    const u32 = (place: number): number => this.#view.getUint32(at + place, true)
    const begin = at + PARCEL_BYTES
    this.#at = begin + u32(12)
    return {
      path: u32(0),
      partition: u32(4),
      epoch: u32(8),
      rows: this.#bytes.subarray(begin, this.#at),
    }
  }
}
