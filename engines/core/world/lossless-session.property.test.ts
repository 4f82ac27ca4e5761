/**
 * Laws of the session layer over a link that loses nothing, but is full now and then:
 * - messages that pass the outbox by, and those that had to wait in it, arrive once and in order, tails behind their payloads;
 * - a message that lands is where its receiver wanted it, in its turn, whether the link shares memory or not;
 * - nothing is sent twice;
 * - a frame to a later life of a process is left where it is.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Authority, Membership } from '../membership/membership.ts'
import { FRAME_HEADER_BYTES, frameBytes } from './frame.ts'
import { SessionLayer } from './session-layer.ts'

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
      if (shared) expect(pair.counters.repeatedFrames ?? 0).toBe(0)
    }),
  )
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
