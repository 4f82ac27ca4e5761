/** A segment of a log: what was written is read, parcel by parcel; a segment that is not whole is refused by name. */
import { expect, it } from 'vitest'
import { StorageError } from '../../core/errors.ts'
import {
  type LoggedParcel,
  PARCEL_BYTES,
  SegmentReader,
  sealSegment,
  segmentHead,
  segmentName,
  writeParcel,
} from './log-segment.ts'

const PLAN = '0123456789abcdef'
const NAME = segmentName({ generation: 2, worker: 1, sequence: 3, begins: 7, whole: 9 })
const PLACEMENT = [0, 1, 1, 4]

const PARCELS: readonly LoggedParcel[] = [
  { path: 0, partition: 1, epoch: 7, rows: Uint8Array.from([1, 2, 3]) },
  { path: 3, partition: 2, epoch: 8, rows: new Uint8Array(0) },
  { path: 0, partition: 1, epoch: 7, rows: Uint8Array.from([4]) },
]

function segmentOf(parcels: readonly LoggedParcel[]): Uint8Array {
  const head = segmentHead(PLACEMENT)
  const rows = parcels.reduce((sum, parcel) => sum + PARCEL_BYTES + parcel.rows.length, 0)
  const body = new Uint8Array(head.length + rows)
  body.set(head)
  let at = head.length
  for (const parcel of parcels) {
    writeParcel(body, at, parcel)
    at += PARCEL_BYTES + parcel.rows.length
  }
  const seal = { name: NAME, plan: PLAN, generation: 2, process: 1, incarnation: 1 }
  return sealSegment(seal, body)
}

function read(blob: Uint8Array, name = NAME) {
  const reader = new SegmentReader({ name, plan: PLAN }, blob)
  const parcels: LoggedParcel[] = []
  for (let parcel = reader.next(); parcel !== undefined; parcel = reader.next()) {
    parcels.push(parcel)
  }
  return { placement: reader.placement, parcels }
}

it.each([0, 1, 3])(
  '%d parcels are read as they were written, and whose partitions were whose',
  (count) => {
    const parcels = PARCELS.slice(0, count)
    expect(read(segmentOf(parcels))).toEqual({ placement: PLACEMENT, parcels })
  },
)

it('one that is cut off, or lies under another name, is refused', () => {
  const blob = segmentOf(PARCELS)
  for (const length of [0, 20, blob.length - 1]) {
    expect(() => read(blob.slice(0, length))).toThrow(StorageError)
  }
  expect(() => read(blob, `${NAME}0`)).toThrow(/another name/)
})
