/**
 * Laws of the session layer over a link that is slow, and may lose:
 * - whatever the link's pace and delay, what is sent again stays below what is sent, and everything arrives about when the
 *   link has carried it;
 * - the timeout follows the round trips: it is never shorter than the least, and doubles while nothing is acknowledged.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { milliseconds, type Nanos, seconds } from '../units.ts'
import { RoundTrip } from './round-trip.ts'
import { SESSION_LIMITS } from './session-limits.ts'
import { MESSAGE_BYTES, SlowPair } from './slow-link.fixture.ts'

/** Until the first acknowledgement a timeout passes now and then, and a message is sent again each time. */
const SENT_AGAIN_MAX = 4 * MESSAGE_BYTES

/** Sends and steps until everything has arrived, once and in order. */
function carry(pair: SlowPair, messages: number, patience: Nanos): void {
  const end = pair.received.length + messages
  pair.send(messages)
  while (pair.received.length < end && pair.now < patience) pair.step()
  expect(pair.received).toEqual(Array.from({ length: end }, (_, number) => number))
}

describe('a slow link', () => {
  const shape = fc.record({
    bytesPerSecond: fc.constantFrom(20_000, 100_000, 500_000, 5_000_000, 100_000_000),
    latency: fc.constantFrom(0, milliseconds(1), milliseconds(150), seconds(1)),
    loss: fc.constant(0),
  })

  it('carries little twice', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 250 }), (link, messages) => {
        const pair = new SlowPair(link)
        const bytes = messages * MESSAGE_BYTES
        const ideal = (bytes / link.bytesPerSecond) * 1e9 + link.latency
        carry(pair, messages, seconds(3_600))
        expect(pair.transmitted).toBeLessThanOrEqual(bytes + SENT_AGAIN_MAX)
        expect(pair.now).toBeLessThan(1.1 * ideal + seconds(1))
      }),
      { numRuns: 60 },
    )
  })

  it('that is known for slow carries next to nothing twice', () => {
    const pair = new SlowPair({ bytesPerSecond: 100_000, latency: milliseconds(150), loss: 0 })
    carry(pair, 100, seconds(3_600))
    const before = pair.transmitted
    for (let round = 2; round <= 5; round++) carry(pair, 50, seconds(3_600))
    expect(pair.transmitted - before).toBe(200 * MESSAGE_BYTES)
  })

  it('that loses, too, brings everything in the end', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: 0.01, max: 0.3, noNaN: true }), (link, loss) => {
        carry(new SlowPair({ ...link, loss }), 20, seconds(36_000))
      }),
      { numRuns: 15 },
    )
  })

  it('is sent a window after a timeout, not all that waits', () => {
    const pair = new SlowPair({ bytesPerSecond: 1e12, latency: seconds(3_600), loss: 0 })
    pair.send(250)
    pair.step()
    expect(pair.transmitted).toBe(250 * MESSAGE_BYTES)
    for (let timeouts = 1; timeouts <= 3; timeouts++) {
      const before = pair.transmitted
      while (pair.transmitted === before) pair.step()
      expect(pair.transmitted - before).toBeLessThanOrEqual(SESSION_LIMITS.resendBytes)
    }
  })
})

describe('the timeout', () => {
  it('follows round trips, and doubles while none is known', () => {
    const trip = new RoundTrip(milliseconds(200))
    expect(trip.timeout).toBe(milliseconds(200))
    trip.sent(0, 0)
    trip.acknowledged(1, milliseconds(100), false)
    expect(trip.timeout).toBe(milliseconds(300))
    for (let frame = 1; frame < 60; frame++) {
      trip.sent(frame, 0)
      trip.acknowledged(frame + 1, milliseconds(100), false)
    }
    expect(trip.timeout).toBe(milliseconds(200))
    trip.sent(60, 0)
    trip.timedOut()
    trip.timedOut()
    expect(trip.timeout).toBe(milliseconds(800))
    // When the second sending was taken in says nothing about the first.
    trip.acknowledged(61, seconds(9), true)
    expect(trip.timeout).toBe(milliseconds(800))
    trip.sent(61, 0)
    trip.acknowledged(62, milliseconds(100), false)
    expect(trip.timeout).toBe(milliseconds(200))
  })
})
