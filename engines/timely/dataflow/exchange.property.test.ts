/** Parcels on the wire: what is read is what was written, whatever the depth of the one before. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../core/columns/memory.ts'
import { ParcelHeader, readParcel } from './exchange.ts'

const parcelAt = (depth: number) =>
  fc.record({
    connector: fc.nat(500),
    partition: fc.nat(4_000),
    time: fc.array(fc.nat(100_000), { minLength: 1 + depth, maxLength: 1 + depth }),
    length: fc.nat(300),
  })

/** Between two of one depth one that is deeper than a header has room for at first. */
const parcels = fc
  .nat(4)
  .chain((depth) => fc.tuple(parcelAt(depth), parcelAt(depth + 16), parcelAt(depth)))

it('is read as it was written', () => {
  const memory = RunMemory.reserve(2 * PAGE_BYTES)
  fc.assert(
    fc.property(parcels, (written) => {
      const header = new ParcelHeader()
      for (const { connector, partition, time, length } of written) {
        const bytes = header.write(connector, time, { partition, rows: { pointer: 0, length } })
        expect(bytes.length % 8).toBe(0)
        memory.u8.set(bytes, PAGE_BYTES)
        const message = { pointer: PAGE_BYTES, length: bytes.length + length }
        const rows = { pointer: PAGE_BYTES + bytes.length, length }
        const parcel = { partition, rows }
        expect(readParcel(memory, message)).toEqual({ connector, time, parcel })
      }
    }),
  )
})
