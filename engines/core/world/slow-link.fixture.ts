/** Two sessions and a link each way on which frames queue up, for tests: slow, and perhaps losing or doubling frames. */
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Authority, Membership } from '../membership/membership.ts'
import type { Nanos } from '../units.ts'
import { FRAME_HEADER_BYTES, frameBytes } from './frame.ts'
import { seededRandom } from './random.ts'
import { SessionLayer } from './session-layer.ts'

export const MESSAGE_BYTES = 16 * 1024

export interface LinkShape {
  readonly bytesPerSecond: number
  readonly latency: Nanos
  readonly loss: number
}

/** Each generation has a new life of process 1. */
function membershipOf(generation: number): Membership {
  return {
    generation,
    term: 1,
    members: [1, generation].map((incarnation, process) => ({
      process,
      incarnation,
      state: 'live',
    })),
    placement: [0, 1],
  }
}

/** Only process 0 sends messages. */
export class SlowPair {
  now: Nanos = 0
  #membership = membershipOf(1)
  readonly #authority: Authority = {
    generation: () => this.#membership.generation,
    current: () => this.#membership,
    propose: () => undefined,
  }
  readonly #shape: LinkShape
  readonly #random = seededRandom(7)
  transmitted = 0
  /** Numbers of the messages that arrived, as they came. */
  readonly received: number[] = []
  #sent = 0
  readonly #memory = RunMemory.reserve(12 * PAGE_BYTES)
  readonly #frames: { readonly at: Nanos; readonly bytes: Uint8Array }[][] = [[], []]
  readonly #freeAt = [0, 0]
  readonly #sessions: SessionLayer[]
  readonly #wanted = [0, 0]

  constructor(shape: LinkShape) {
    this.#shape = shape
    this.#sessions = [0, 1].map((process) => this.#open(process, 1))
  }

  /** Process 1 is lost and has another life. Process 0 is in the middle of a round, and has not told its session. */
  replace(): void {
    this.#membership = membershipOf(this.#membership.generation + 1)
    this.#sessions[1] = this.#open(1, this.#membership.generation)
  }

  #open(process: number, incarnation: number): SessionLayer {
    return new SessionLayer({
      process,
      incarnation,
      region: new Region(this.#memory, {
        name: 'test',
        base: PAGE_BYTES + process * 4 * PAGE_BYTES,
        size: 4 * PAGE_BYTES,
      }),
      authority: this.#authority,
      now: () => this.now,
      count: () => undefined,
      link: {
        trySend: (_to, _class, header, payload) => {
          const { bytesPerSecond, latency, loss } = this.#shape
          const bytes = new Uint8Array(frameBytes(payload.length))
          bytes.set(header)
          bytes.set(payload, FRAME_HEADER_BYTES)
          if (process === 0) this.transmitted += payload.length
          const from = Math.max(this.now, this.#freeAt[process]!)
          const sent = from + Math.ceil((bytes.length / bytesPerSecond) * 1e9)
          this.#freeAt[process] = sent
          if (this.#random.unit() >= loss) {
            this.#frames[1 - process]!.push({ at: sent + latency, bytes })
          }
          return true
        },
      },
    })
  }

  send(messages: number): void {
    const payload = new Uint8Array(MESSAGE_BYTES)
    const end = this.#sent + messages
    const { generation } = this.#membership
    while (this.#sent < end) {
      new DataView(payload.buffer).setUint32(0, this.#sent++, true)
      this.#sessions[0]!.send({ to: 1, class: 'data', channel: 1, generation, payload })
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
        this.#sessions[to]!.accept(at, (inbound) => {
          if (inbound.kind !== 'message') return
          this.received.push(this.#memory.view.getUint32(inbound.payload.pointer, true))
        })
      }
      this.#wanted[to] = this.#sessions[to]!.flush(this.now)
    }
  }
}
