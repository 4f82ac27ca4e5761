/** Updates on the wire: what is read is what was written, positive ones first, whatever the same encoder wrote before. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeUpdates, PointstampBatch, UpdateEncoder } from './pointstamp.ts'
import type { Timestamp } from './timestamp.ts'

type Update = [location: number, time: Timestamp, delta: number]

/** At location n timestamps have n counters. */
const LOCATIONS = 4

const updates = fc.array(
  fc.tuple(
    fc.nat(LOCATIONS - 1),
    fc.array(fc.nat(9), { minLength: LOCATIONS, maxLength: LOCATIONS }),
    fc.integer({ min: -3, max: 3 }),
  ),
  { maxLength: 150 },
)

it('is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.array(updates, { maxLength: 6 }),
      fc.integer({ min: 1, max: 150 }),
      (batches, updatesMax) => {
        const encoder = new UpdateEncoder()
        const batch = new PointstampBatch(LOCATIONS)
        for (const drawn of batches) {
          batch.clear()
          for (const [location, time, delta] of drawn) {
            batch.update(location, time.slice(0, 1 + location), delta)
          }
          const written: Update[] = []
          batch.visit((location, time, delta) => written.push([location, time, delta]))
          const read: Update[] = []
          encoder.encode(batch, updatesMax, (message) => {
            const view = new DataView(message.slice().buffer)
            const count = decodeUpdates({ view }, 0, (location, time, delta) =>
              read.push([location, time, delta]),
            )
            expect(count).toBeLessThanOrEqual(updatesMax)
          })
          const positive = written.filter(([, , delta]) => delta > 0)
          const negative = written.filter(([, , delta]) => delta < 0)
          expect(read).toEqual([...positive, ...negative])
        }
      },
    ),
  )
})
