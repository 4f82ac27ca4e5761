/**
 * Laws of the session layer over a link that loses nothing, but is full now and then:
 * - messages that pass the outbox by, and those that had to wait in it, arrive once and in order, tails behind their payloads;
 * - a message that lands is where its receiver wanted it, in its turn, whether the link shares memory or not;
 * - nothing is sent twice, nor acknowledged;
 * - a frame to a later life of a process is left where it is.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Authority, Membership } from '../membership/membership.ts'
import { FRAME_HEADER_BYTES, frameBytes } from './frame.ts'
import { SessionLayer } from './session-layer.ts'
import { SESSION_LIMITS } from './session-limits.ts'

function membershipOf(incarnations: readonly number[]): Membership {
  return {
    generation: incarnations[1]!,
    term: 1,
    members: incarnations.map((incarnation, process) => ({ process, incarnation, state: 'live' })),
    placement: [0],
  }
}

class Pair {
  now = 0
  membership = membershipOf([1, 1])
  readonly memory = RunMemory.reserve(130 * PAGE_BYTES)
  readonly frames: Uint8Array[][] = [[], []]
  readonly counters: Record<string, number> = {}
  readonly received: string[] = []
  /** Frames that the link has taken, by sender. */
  readonly taken = [0, 0]
  landed = 0
  readonly sessions: SessionLayer[]
  /** Frames that the link still takes. */
  room = Number.POSITIVE_INFINITY
  readonly shared: boolean
  /** Where the next message may land. */
  #slot = PAGE_BYTES * 66

  constructor(shared = true) {
    this.shared = shared
    this.sessions = [0, 1].map((process) => this.open(process, () => this.membership))
  }

  open(process: number, current: () => Membership): SessionLayer {
    const base = PAGE_BYTES + process * 32 * PAGE_BYTES
    const authority: Authority = {
      generation: () => current().generation,
      current,
      propose: () => undefined,
    }
    return new SessionLayer({
      process,
      incarnation: 1,
      region: new Region(this.memory, { name: 'test', base, size: 32 * PAGE_BYTES }),
      authority,
      now: () => this.now,
      count: (counter, by) => {
        this.counters[counter] = (this.counters[counter] ?? 0) + by
      },
      link: {
        lossless: this.shared,
        ...(this.shared ? { place: (bytes, pointer) => this.memory.u8.set(bytes, pointer) } : {}),
        trySend: (_to, _class, header, payload, _wake, tail = new Uint8Array(0)) => {
          if (this.room <= 0) return false
          this.room -= 1
          this.taken[process]! += 1
          const frame = new Uint8Array(frameBytes(payload.length + tail.length))
          frame.set(header)
          frame.set(payload, FRAME_HEADER_BYTES)
          frame.set(tail, FRAME_HEADER_BYTES + payload.length)
          this.frames[process]!.push(frame)
          return true
        },
      },
    })
  }

  send(payload: string, tail: string, lands = false): void {
    const { generation } = this.membership
    const landing = this.#slot
    if (lands) this.#slot += Math.ceil((payload.length + tail.length) / 8) * 8
    this.sessions[0]!.send({
      to: 1,
      class: 'data',
      channel: 1,
      generation,
      payload: Buffer.from(payload),
      tail: Buffer.from(tail),
      ...(lands ? { landing } : {}),
    })
  }

  /** Delivers what is on the link, up to a frame that is left. */
  turn(): void {
    this.now += 5_000_000
    for (const to of [1, 0]) {
      const frames = this.frames[1 - to]!
      while (frames.length > 0) {
        const at = PAGE_BYTES * 65
        const frame = frames[0]!
        this.memory.u8.set(frame.subarray(0, PAGE_BYTES), at)
        const taken = this.sessions[to]!.accept(at, (inbound) => {
          if (inbound.kind !== 'message') return
          const { pointer, length } = inbound.payload
          if (pointer !== at + FRAME_HEADER_BYTES) this.landed += 1
          this.received.push(Buffer.from(this.memory.bytes(pointer, length)).toString())
        })
        if (!taken) break
        frames.shift()
      }
      this.sessions[to]!.flush(this.now)
    }
  }
}

const LENGTHS = [0, 10, 100, 5_000, 20_000]

it('keeps the order of long and short messages, and sends nothing twice', () => {
  const length = fc.constantFrom(...LENGTHS)
  const step = fc.oneof(
    fc.record({ payload: length, tail: length, lands: fc.boolean() }),
    fc.record({ room: fc.nat(4), turns: fc.nat(3) }),
  )
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (shared, steps) => {
      const pair = new Pair(shared)
      const sent: string[] = []
      let landed = 0
      for (const [index, one] of steps.entries()) {
        if ('room' in one) {
          pair.room = one.room
          for (let turn = 0; turn < one.turns; turn++) pair.turn()
        } else {
          const payload = `${index}:${'p'.repeat(one.payload)}`
          const tail = 't'.repeat(one.tail)
          sent.push(payload + tail)
          pair.send(payload, tail, one.lands)
          if (one.lands) landed += 1
        }
      }
      pair.room = Number.POSITIVE_INFINITY
      for (let turn = 0; turn < 4; turn++) pair.turn()
      expect(pair.received).toEqual(sent)
      expect(pair.landed).toBe(landed)
      if (!shared) return
      expect(pair.counters.repeatedFrames ?? 0).toBe(0)
      expect(pair.taken).toEqual([sent.length, 0])
    }),
  )
})

it('keeps nothing that the link has taken, also of what had to wait', () => {
  const pair = new Pair()
  const [session] = pair.sessions
  pair.room = 1
  for (const text of ['first', 'second', 'third']) pair.send(text, '')
  expect(pair.taken).toEqual([1, 0])
  // No room yet: it is looked for again.
  expect(session!.flush(pair.now)).toBeLessThan(Number.POSITIVE_INFINITY)
  pair.room = Number.POSITIVE_INFINITY
  // When nothing waits there is nothing to be looked at again.
  pair.now += 1_000_000
  expect(session!.flush(pair.now)).toBe(Number.POSITIVE_INFINITY)
  expect(pair.taken).toEqual([3, 0])
  // Nothing has arrived, and yet there is nothing before it.
  pair.send('fourth', '')
  expect(pair.taken).toEqual([4, 0])
  for (let turn = 0; turn < 20; turn++) pair.turn()
  expect(pair.received).toEqual(['first', 'second', 'third', 'fourth'])
  expect(pair.taken).toEqual([4, 0])
})

it('is congested while much waits for a full link, and says when that is over', () => {
  const pair = new Pair()
  const [session] = pair.sessions
  const half = SESSION_LIMITS.dataOutboxBytesMax / 2
  const size = frameBytes(60_000)
  pair.room = 0
  let sent = 0
  for (; !session!.congested(); sent++) pair.send('x'.repeat(60_000), '')
  expect(sent * size).toBeGreaterThan(half)
  expect((sent - 1) * size).toBeLessThanOrEqual(half)
  pair.now += 1_000_000
  expect(session!.flush(pair.now)).toBeGreaterThan(pair.now)
  // Who holds back has looked before the flush: there is another round at once.
  pair.room = 1
  pair.now += 1_000_000
  expect(session!.flush(pair.now)).toBe(pair.now)
  expect(session!.congested()).toBe(false)
  expect(session!.flush(pair.now)).toBeGreaterThan(pair.now)
  pair.room = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 8; turn++) pair.turn()
  expect(pair.received).toHaveLength(sent)
})

it('leaves a frame to a later life for who comes after', () => {
  const pair = new Pair()
  // The receiver is replaced and does not know yet.
  pair.sessions[1] = pair.open(1, () => membershipOf([1, 1]))
  pair.membership = membershipOf([1, 2])
  pair.sessions[0]!.refresh()
  pair.send('for the next life', 't'.repeat(5_000))
  pair.turn()
  expect(pair.received).toEqual([])
  expect(pair.frames[0]!.length).toBe(1)
})
