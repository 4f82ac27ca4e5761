/** Updates on the wire: what is read is what was written, positive ones first, whatever the same encoder wrote before. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeUpdates, PointstampBatch, UpdateEncoder } from './pointstamp.ts'
import type { Timestamp } from './timestamp.ts'

type Update = readonly [location: number, time: Timestamp, delta: number]

/** At location n timestamps have n counters. */
const LOCATIONS = 4

const updates = fc.array(
  fc.tuple(
    fc.nat(LOCATIONS - 1),
    fc.array(fc.nat(9), { minLength: LOCATIONS, maxLength: LOCATIONS }),
    fc.integer({ min: -3, max: 3 }),
  ),
  { maxLength: 40 },
)

/** More than an encoder has room for at first. */
const LONG = Array.from({ length: 300 }, (_, at): Update => [0, [at], 1])

it('is read as it was written', () => {
  fc.assert(
    fc.property(updates, fc.constantFrom(1, 2, 7, 1_024), (drawn, updatesMax) => {
      const undone = drawn.map(([location, time, delta]): Update => [location, time, -delta])
      const encoder = new UpdateEncoder()
      const batch = new PointstampBatch(LOCATIONS)
      for (const updates of [drawn, LONG, undone]) {
        batch.clear()
        for (const [location, time, delta] of updates) {
          batch.update(location, time.slice(0, 1 + location), delta)
        }
        const written: Update[] = []
        batch.visit((location, time, delta) => written.push([location, time, delta]))
        const positive = written.filter(([, , delta]) => delta > 0)
        const negative = written.filter(([, , delta]) => delta < 0)
        const read: Update[] = []
        encoder.encode(batch, updatesMax, (message) => {
          const view = new DataView(message.slice().buffer)
          const count = decodeUpdates({ view }, 0, (location, time, delta) =>
            read.push([location, time, delta]),
          )
          expect(count).toBeLessThanOrEqual(updatesMax)
        })
        expect(read).toEqual([...positive, ...negative])
      }
    }),
  )
})
