/**
 * Laws of the session layer over links that lose, double, delay and refuse frames:
 * - what arrives is what was sent, once, in order, per class;
 * - everything arrives in the end, once the link is whole again, and long before a timeout if something comes after what was lost;
 * - nothing of an older generation or of another incarnation arrives.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Authority, Membership } from '../membership/membership.ts'
import { type ClassNumber, FRAME_HEADER_BYTES, frameBytes } from './frame.ts'
import { seededRandom } from './random.ts'
import { SessionLayer } from './session-layer.ts'
import { SESSION_LIMITS } from './session-limits.ts'

interface Wire {
  readonly frames: Uint8Array[]
  loss: number
  doubling: number
  refusal: number
}

function membershipOf(generation: number, incarnations: readonly number[]): Membership {
  return {
    generation,
    term: 1,
    members: incarnations.map((incarnation, process) => ({ process, incarnation, state: 'live' })),
    placement: [0, 1],
  }
}

class Pair {
  now = 0
  membership = membershipOf(1, [1, 1])
  readonly memory = RunMemory.reserve(4 * PAGE_BYTES + 2 * 1024 * 1024)
  readonly wires: Wire[] = [0, 1].map(() => ({ frames: [], loss: 0, doubling: 0, refusal: 0 }))
  readonly received: string[][] = [[], []]
  readonly counters: Record<string, number> = {}
  readonly sessions: SessionLayer[]
  readonly regions: Region[]
  readonly random

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.regions = [0, 1].map(
      (process) =>
        new Region(this.memory, {
          name: `process ${process}`,
          base: PAGE_BYTES + process * 1024 * 1024,
          size: 1024 * 1024,
        }),
    )
    this.sessions = [this.open(0, 1), this.open(1, 1)]
  }

  open(process: number, incarnation: number): SessionLayer {
    const authority: Authority = {
      generation: () => this.membership.generation,
      current: () => this.membership,
      propose: () => undefined,
    }
    const wire = this.wires[process]!
    return new SessionLayer({
      process,
      incarnation,
      region: this.regions[process]!,
      authority,
      now: () => this.now,
      count: (counter, by) => {
        this.counters[counter] = (this.counters[counter] ?? 0) + by
      },
      link: {
        trySend: (_to, _class, header, payload) => {
          if (this.random.unit() < wire.refusal) return false
          const frame = new Uint8Array(frameBytes(payload.length))
          frame.set(header)
          frame.set(payload, FRAME_HEADER_BYTES)
          if (this.random.unit() >= wire.loss) wire.frames.push(frame)
          if (this.random.unit() < wire.doubling) wire.frames.push(frame)
          return true
        },
      },
    })
  }

  send(from: number, frameClass: ClassNumber, text: string, generation = 1): void {
    this.sessions[from]!.send({
      to: 1 - from,
      class: frameClass === 1 ? 'data' : 'control',
      channel: 7,
      generation,
      payload: Buffer.from(text),
    })
  }

  turn(): void {
    this.now += 5_000_000
    for (const to of [0, 1]) this.deliver(to)
  }

  /** What is on the wire to a process, and what that says. */
  deliver(to: number): void {
    const session = this.sessions[to]!
    session.refresh()
    for (const frame of this.wires[1 - to]!.frames.splice(0)) {
      const region = this.regions[to]!
      const pointer = region.allocate(frame.length)
      this.memory.u8.set(frame, pointer)
      session.accept(pointer, (inbound) => {
        if (inbound.kind !== 'message') return
        const { pointer: at, length } = inbound.payload
        this.received[to]!.push(Buffer.from(this.memory.bytes(at, length)).toString())
      })
      region.free(pointer, frame.length)
    }
    session.flush(this.now)
  }
}

describe('a session over a bad link', () => {
  it('delivers once and in order, and everything in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        (seed, messages, badness) => {
          const pair = new Pair(seed)
          for (const wire of pair.wires) {
            wire.loss = badness
            wire.doubling = badness / 2
            wire.refusal = badness / 2
          }
          const sent: string[][] = [[], []]
          for (let i = 0; i < messages; i++) {
            const from = pair.random.below(2)
            const text = `${i}:${'x'.repeat(pair.random.below(300))}`
            sent[1 - from]!.push(text)
            pair.send(from, 1, text)
            if (pair.random.below(3) === 0) pair.turn()
          }
          for (const wire of pair.wires) {
            wire.loss = 0
            wire.refusal = 0
          }
          for (let round = 0; round < 200; round++) pair.turn()
          expect(pair.received).toEqual(sent)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('sends what was lost again when the next frame has told of it, not after a timeout', () => {
    const pair = new Pair(7)
    const wire = pair.wires[0]!
    // What a round trip takes has been seen.
    pair.send(0, 0, 'known')
    for (let round = 0; round < 8; round++) pair.turn()
    wire.loss = 1
    pair.send(0, 0, 'lost')
    pair.turn()
    wire.loss = 0
    pair.send(0, 0, 'next')
    for (let round = 0; round < 3; round++) pair.turn()
    expect(pair.received[1]).toEqual(['known', 'lost', 'next'])
    expect(pair.now).toBeLessThan(SESSION_LIMITS.retransmitAfter)
    expect(pair.counters.retransmissions).toBe(1)
  })

  it('sends a gap again once, however many frames tell of it', () => {
    const pair = new Pair(8)
    const wire = pair.wires[0]!
    wire.loss = 1
    pair.send(0, 0, 'lost')
    pair.turn()
    wire.loss = 0
    const after = Array.from({ length: 5 }, (_, number) => `after ${number}`)
    for (const text of after) {
      pair.send(0, 0, text)
      pair.sessions[0]!.flush(pair.now)
      // Each tells of the gap by itself.
      pair.deliver(1)
    }
    for (let round = 0; round < 3; round++) pair.turn()
    expect(pair.received[1]).toEqual(['lost', ...after])
    expect(pair.counters.retransmissions).toBe(1)
  })

  it('tells of no gap when frames come twice', () => {
    const pair = new Pair(9)
    pair.wires[0]!.doubling = 1
    for (let message = 0; message < 5; message++) {
      pair.send(0, 0, `${message}`)
      pair.turn()
    }
    for (let round = 0; round < 3; round++) pair.turn()
    expect(pair.received[1]).toEqual(['0', '1', '2', '3', '4'])
    expect(pair.counters.repeatedFrames).toBe(5)
    expect(pair.counters.retransmissions).toBeUndefined()
  })

  it('keeps an outbox within its limit, by name', () => {
    const pair = new Pair(1)
    pair.wires[0]!.refusal = 1
    const big = 'y'.repeat(1_000_000)
    expect(() => {
      for (let i = 0; i < 40; i++) pair.send(0, 1, big)
    }).toThrow(/data link from process 0 to 1.*outbox holds/)
    expect(pair.sessions[0]!.congested()).toBe(true)
  })
})

describe('generations and incarnations', () => {
  it('drops messages of a generation that is over', () => {
    const pair = new Pair(2)
    pair.send(0, 1, 'old', 1)
    pair.sessions[0]!.flush(pair.now)
    pair.membership = membershipOf(2, [1, 1])
    pair.send(0, 1, 'new', 2)
    pair.turn()
    pair.turn()
    expect(pair.received[1]).toEqual(['new'])
    expect(pair.counters.staleMessages).toBe(1)
  })

  it('delivers a message of a newer generation than the receiver has seen', () => {
    const pair = new Pair(3)
    pair.send(0, 1, 'ahead', 5)
    pair.turn()
    pair.turn()
    expect(pair.received[1]).toEqual(['ahead'])
  })

  it('starts a new session with a new incarnation, and drops what was meant for or came from the old one', () => {
    const pair = new Pair(4)
    pair.send(0, 1, 'to the dead')
    pair.send(1, 1, 'from the dead')
    pair.sessions[0]!.flush(pair.now)
    pair.sessions[1]!.flush(pair.now)
    pair.membership = membershipOf(2, [1, 2])
    pair.sessions[1] = pair.open(1, 2)
    pair.turn()
    pair.send(0, 1, 'hello', 2)
    pair.send(1, 1, 'here', 2)
    for (let round = 0; round < 5; round++) pair.turn()
    expect(pair.received).toEqual([['here'], ['hello']])
    expect(pair.counters.staleMessages).toBe(2)
  })

  it('sends to the life that the message’s generation knows, though the round began before it', () => {
    const pair = new Pair(7)
    pair.send(0, 1, 'to the first life')
    pair.turn()
    pair.membership = membershipOf(2, [1, 2])
    pair.sessions[1] = pair.open(1, 2)
    pair.send(0, 1, 'to the second', 2)
    for (let round = 0; round < 5; round++) pair.turn()
    expect(pair.received[1]).toEqual(['to the first life', 'to the second'])
  })

  it('lets control through while data has no room', () => {
    const pair = new Pair(5)
    pair.send(0, 1, 'data')
    pair.send(0, 0, 'control')
    pair.turn()
    pair.turn()
    expect(new Set(pair.received[1])).toEqual(new Set(['data', 'control']))
  })
})

describe('a message to oneself', () => {
  it('goes the same way, without a link', () => {
    const pair = new Pair(6)
    const session = pair.sessions[0]!
    session.send({ to: 0, class: 'data', channel: 3, generation: 1, payload: Buffer.from('me') })
    expect(session.flush(pair.now)).toBe(pair.now)
    const heard: string[] = []
    session.deliverLocal((inbound) => {
      if (inbound.kind !== 'message') return
      const { pointer, length } = inbound.payload
      heard.push(
        `${inbound.from}/${inbound.channel} ${Buffer.from(pair.memory.bytes(pointer, length))}`,
      )
    })
    expect(heard).toEqual(['0/3 me'])
    expect(session.flush(pair.now)).toBe(Number.POSITIVE_INFINITY)
  })
})
