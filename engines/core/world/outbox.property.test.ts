/**
 * Laws of an outbox, held to a list of all frames:
 * - frames leave in order and as they were appended, whatever is acknowledged or sent again meanwhile;
 * - a link that takes no more is offered the same frame next;
 * - more than the limit is refused by name, and what blocks take is bounded by what waits, also after a burst.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CapacityError } from '../errors.ts'
import {
  CLASS_DATA,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  frameBytes,
  isResent,
  KIND_MESSAGE,
} from './frame.ts'
import { Outbox } from './outbox.ts'

const MIB = 1024 * 1024
const LIMIT = 2 * MIB
const ACKNOWLEDGED = 77

/** Of a frame that no other is like. */
function bytesOf(sequence: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(sequence)
  if (length > 0) bytes[length - 1] = 0xee
  return bytes
}

function headerOf(length: number, sequence: number): FrameHeader {
  return {
    length,
    channel: 7,
    class: CLASS_DATA,
    kind: KIND_MESSAGE,
    resent: false,
    acknowledgesResent: false,
    generation: 1,
    fromIncarnation: 1,
    toIncarnation: 1,
    sequence,
    acknowledged: 0,
    from: 0,
    to: 1,
  }
}

function append(outbox: Outbox, bytes: Uint8Array, cut = bytes.length): void {
  const header = headerOf(bytes.length, outbox.nextSequence)
  const tail = cut < bytes.length ? bytes.subarray(cut) : undefined
  outbox.append(header, bytes.subarray(0, cut), tail)
}

/** Transmits what the link takes: so many frames. */
function transmit(
  outbox: Outbox,
  { window, room = Number.POSITIVE_INFINITY }: { window: number; room?: number },
  visit: (header: Uint8Array, payload: Uint8Array) => void = () => undefined,
): boolean {
  let left = room
  const acknowledging = { acknowledged: ACKNOWLEDGED, acknowledgesResent: true }
  return outbox.transmit(window, acknowledging, (header, payload) => {
    if (left === 0) return false
    left -= 1
    visit(header, payload)
    return true
  })
}

/** An outbox and what it should be: positions are numbers of frames. */
class Pair {
  readonly outbox = new Outbox('the link', LIMIT)
  /** By sequence. */
  readonly frames: Uint8Array[] = []
  head = 0
  next = 0
  sent = 0

  get bytes(): number {
    return this.#bytesUntil(this.frames.length)
  }

  get inFlight(): number {
    return this.#bytesUntil(this.next)
  }

  append(length: number, cut: number): void {
    const bytes = bytesOf(this.frames.length, length)
    if (this.bytes + frameBytes(length) > LIMIT) {
      expect(() => append(this.outbox, bytes, cut)).toThrow(CapacityError)
      return
    }
    append(this.outbox, bytes, cut)
    this.frames.push(bytes)
  }

  /** One that a link without loss takes at once. */
  pass(): void {
    if (!this.outbox.empty) return
    this.outbox.passed()
    this.frames.push(bytesOf(0, 0))
    this.head = this.frames.length
    this.next = this.head
    this.sent = this.head
  }

  transmit(window: number, room: number): void {
    const { outbox, frames } = this
    const from = this.next
    const fits = (): boolean => {
      const size = frameBytes(frames[this.next]!.length)
      return this.inFlight === 0 || this.inFlight + size <= window
    }
    const anything = transmit(outbox, { window, room }, (header, payload) => {
      expect(fits()).toBe(true)
      const view = new DataView(header.buffer, header.byteOffset, FRAME_HEADER_BYTES)
      expect(view.getUint32(0, true)).toBe(payload.length)
      expect(view.getUint32(20, true)).toBe(this.next)
      expect(view.getUint32(24, true)).toBe(ACKNOWLEDGED)
      expect(isResent(header)).toBe(this.next < this.sent)
      expect(Buffer.compare(payload, frames[this.next]!)).toBe(0)
      this.next += 1
      this.sent = Math.max(this.sent, this.next)
    })
    const count = this.next - from
    expect(anything).toBe(count > 0)
    if (count < room && this.next < frames.length) expect(fits()).toBe(false)
  }

  acknowledge(sequence: number, resent: boolean): void {
    const before = this.bytes
    const head = this.head
    this.head = Math.max(head, Math.min(sequence, this.sent))
    if (this.head > this.next || (this.head > head && !resent)) this.next = this.sent
    expect(this.outbox.acknowledge(sequence, resent)).toBe(before - this.bytes)
  }

  rewind(): void {
    this.outbox.rewind()
    this.next = this.head
  }

  check(): void {
    const { outbox, frames, head, next, sent } = this
    expect({
      bytes: outbox.bytes,
      inFlight: outbox.inFlight,
      unsent: outbox.unsent,
      unacknowledged: outbox.unacknowledged,
      empty: outbox.empty,
      sequences: [outbox.headSequence, outbox.sentSequence, outbox.nextSequence],
    }).toEqual({
      bytes: this.bytes,
      inFlight: this.inFlight,
      unsent: next < frames.length,
      unacknowledged: head < next,
      empty: head === frames.length,
      sequences: [head, sent, frames.length],
    })
    expect(outbox.allocatedBytes).toBeLessThanOrEqual(2 * outbox.bytes + 2 * MIB)
  }

  #bytesUntil(end: number): number {
    let bytes = 0
    for (let at = this.head; at < end; at++) bytes += frameBytes(this.frames[at]!.length)
    return bytes
  }
}

/** Of all sizes beside those of blocks. */
const LENGTHS = [0, 10, 100, 1_000, 10_000, 50_000, 262_112, 300_000]

it('gives frames in order, whatever is acknowledged, refused or sent again', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        length: fc.constantFrom(...LENGTHS),
        cut: fc.nat(50_000),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('transmit' as const),
        window: fc.constantFrom(1, 20_000, 1e9),
        room: fc.nat(8),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('acknowledge' as const),
        frames: fc.nat(8),
        resent: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('rewind' as const, 'pass' as const) }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pair = new Pair()
      for (const one of steps) {
        if (one.kind === 'append') pair.append(one.length, one.cut)
        else if (one.kind === 'transmit') pair.transmit(one.window, one.room)
        else if (one.kind === 'acknowledge') pair.acknowledge(pair.head + one.frames, one.resent)
        else pair[one.kind]()
        pair.check()
      }
    }),
    { numRuns: 100 },
  )
})

it('holds what is sent for the first time and again until it is acknowledged', () => {
  const pair = new Pair()
  for (let frame = 0; frame < 20; frame++) pair.append(50_000, 24)
  pair.transmit(1e9, 15)
  pair.acknowledge(6, false)
  pair.rewind()
  pair.transmit(1e9, 3)
  pair.check()
  // The first sending of what was about to be sent again.
  pair.acknowledge(12, false)
  pair.check()
  pair.transmit(1e9, 20)
  pair.acknowledge(20, true)
  pair.check()
  expect(pair.outbox.empty).toBe(true)
})

it('takes little for a message, and gives back what a burst took', () => {
  const outbox = new Outbox('the link', 64 * MIB)
  expect(outbox.allocatedBytes).toBe(0)
  append(outbox, bytesOf(0, 100))
  expect(outbox.allocatedBytes).toBeLessThanOrEqual(512)
  for (let frame = 1; frame <= 600; frame++) append(outbox, bytesOf(frame, 50_000))
  expect(outbox.bytes).toBeGreaterThan(28 * MIB)
  expect(outbox.allocatedBytes).toBeLessThan(1.3 * outbox.bytes)
  transmit(outbox, { window: 1e9 })
  outbox.acknowledge(outbox.nextSequence, false)
  expect(outbox.bytes).toBe(0)
  expect(outbox.allocatedBytes).toBeLessThanOrEqual(MIB)
})

it('takes no more the longer it is used: blocks are used again', () => {
  const outbox = new Outbox('the link', 64 * MIB)
  const buffers = new Set<ArrayBufferLike>()
  for (let turn = 0; turn < 500; turn++) {
    // Of all sizes, and some are on their way all the time.
    for (const length of [10, 60_000, 3_000, 20_000]) append(outbox, bytesOf(turn, length))
    transmit(outbox, { window: 1e9 }, (_, payload) => buffers.add(payload.buffer))
    outbox.acknowledge(outbox.nextSequence - 16, false)
    expect(outbox.allocatedBytes).toBeLessThan(2 * MIB)
  }
  expect(buffers.size).toBeLessThan(20)
})
