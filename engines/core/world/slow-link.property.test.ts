/**
 * Laws of the session layer over a link that is slow, and may lose:
 * - whatever the link's pace and delay, what is sent again stays below what is sent, and everything arrives about when the
 *   link has carried it;
 * - the timeout follows the round trips: it is never shorter than the least, and doubles while nothing is acknowledged.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Authority } from '../membership/membership.ts'
import { milliseconds, type Nanos, seconds } from '../units.ts'
import { FRAME_HEADER_BYTES, frameBytes } from './frame.ts'
import { seededRandom } from './random.ts'
import { RoundTrip } from './round-trip.ts'
import { SESSION_LIMITS, SessionLayer } from './session-layer.ts'

const MESSAGE_BYTES = 16 * 1024
/** Until the first acknowledgement a timeout passes now and then, and a message is sent again each time. */
const SENT_AGAIN_MAX = 4 * MESSAGE_BYTES

interface LinkShape {
  readonly bytesPerSecond: number
  readonly latency: Nanos
  readonly loss: number
}

const authority: Authority = {
  generation: () => 1,
  current: () => ({
    generation: 1,
    term: 1,
    members: [0, 1].map((process) => ({ process, incarnation: 1, state: 'live' })),
    placement: [0, 1],
  }),
  propose: () => undefined,
}

/** Two processes and a link each way on which frames queue up. Only process 0 sends messages. */
class SlowPair {
  now: Nanos = 0
  transmitted = 0
  received = 0
  readonly #memory = RunMemory.reserve(12 * PAGE_BYTES)
  readonly #frames: { readonly at: Nanos; readonly bytes: Uint8Array }[][] = [[], []]
  readonly #freeAt = [0, 0]
  readonly #sessions: SessionLayer[]
  readonly #wanted = [0, 0]

  constructor({ bytesPerSecond, latency, loss }: LinkShape) {
    const random = seededRandom(7)
    this.#sessions = [0, 1].map(
      (process) =>
        new SessionLayer({
          process,
          incarnation: 1,
          region: new Region(this.#memory, {
            name: 'test',
            base: PAGE_BYTES + process * 4 * PAGE_BYTES,
            size: 4 * PAGE_BYTES,
          }),
          authority,
          now: () => this.now,
          count: () => undefined,
          link: {
            trySend: (_to, _class, header, payload) => {
              const bytes = new Uint8Array(frameBytes(payload.length))
              bytes.set(header)
              bytes.set(payload, FRAME_HEADER_BYTES)
              if (process === 0) this.transmitted += payload.length
              const from = Math.max(this.now, this.#freeAt[process]!)
              const sent = from + Math.ceil((bytes.length / bytesPerSecond) * 1e9)
              this.#freeAt[process] = sent
              if (random.unit() >= loss)
                this.#frames[1 - process]!.push({ at: sent + latency, bytes })
              return true
            },
          },
        }),
    )
  }

  send(messages: number): void {
    const payload = new Uint8Array(MESSAGE_BYTES)
    for (let sent = 0; sent < messages; sent++) {
      this.#sessions[0]!.send({ to: 1, class: 'data', channel: 1, generation: 1, payload })
    }
  }

  /** Steps to the next instant at which something happens. */
  step(): void {
    const nexts = [0, 1].map((to) =>
      Math.min(this.#frames[to]![0]?.at ?? Infinity, this.#wanted[to]!),
    )
    this.now = Math.max(this.now, Math.min(...nexts))
    for (const to of [0, 1]) {
      const frames = this.#frames[to]!
      while (frames.length > 0 && frames[0]!.at <= this.now) {
        const at = PAGE_BYTES * 10
        this.#memory.u8.set(frames.shift()!.bytes, at)
        this.#sessions[to]!.accept(at, () => {
          this.received += 1
        })
      }
      this.#wanted[to] = this.#sessions[to]!.flush(this.now)
    }
  }
}

/** The instant at which everything had arrived. */
function carry(pair: SlowPair, messages: number, patience: Nanos): Nanos {
  pair.send(messages)
  while (pair.received < messages && pair.now < patience) pair.step()
  expect(pair.received).toBe(messages)
  return pair.now
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
    for (let round = 2; round <= 5; round++) {
      pair.received = 0
      carry(pair, 50, seconds(3_600))
    }
    expect(pair.transmitted - before).toBe(200 * MESSAGE_BYTES)
  })

  it('that loses, too, brings everything in the end', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: 0.01, max: 0.3, noNaN: true }), (link, loss) => {
        carry(new SlowPair({ ...link, loss }), 20, seconds(36_000))
      }),
      { numRuns: 30 },
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
