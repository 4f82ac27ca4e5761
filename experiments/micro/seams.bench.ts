/** What is done for each message, commit and progress update, and for what a scheduler visits: the seams between workers. */
import { type Bytes, PAGE_BYTES, Region, RunMemory } from '../../engines/core/columns/memory.ts'
import { decodeCanonical, encodeCanonical } from '../../engines/core/columns/value-codec.ts'
import type { Membership } from '../../engines/core/membership/membership.ts'
import { FRAME_HEADER_BYTES } from '../../engines/core/world/frame.ts'
import { SessionLayer } from '../../engines/core/world/session-layer.ts'
import { CommitRingReader, CommitRingWriter } from '../../engines/core/world/threads/commit-ring.ts'
import {
  RING_HEADER_BYTES,
  RingReader,
  type RingSpan,
  RingWriter,
} from '../../engines/core/world/threads/ring.ts'
import type { MicroCase } from './micro-case.ts'

const RING_BYTES = 4 * 1024 * 1024
const REGION_BYTES = 8 * 1024 * 1024
export const SMALL_BYTES = 64
export const LARGE_BYTES = 16 * 1024

const MEMBERSHIP: Membership = {
  generation: 1,
  term: 1,
  members: [0, 1].map((process) => ({ process, incarnation: 1, state: 'live' })),
  placement: [0, 1],
}

export function seamCases(repetitions: number): readonly MicroCase[] {
  return [
    ringCase(repetitions),
    messageCase('message, small', SMALL_BYTES, repetitions),
    messageCase('message, large', LARGE_BYTES, Math.min(repetitions, 128)),
    stepCase(repetitions),
    codecCase(repetitions),
    commitCase(repetitions),
  ]
}

/** Two rings and two regions in one memory. Nobody sleeps, so nobody is woken. */
function twoEnds() {
  const base = PAGE_BYTES + 1024
  const ringBytes = RING_HEADER_BYTES + RING_BYTES
  const memory = RunMemory.reserve(base + 2 * ringBytes + 2 * REGION_BYTES + PAGE_BYTES)
  const spanAt = (n: number): RingSpan => ({
    base: base + n * ringBytes,
    capacity: RING_BYTES,
    writerWake: PAGE_BYTES,
    readerWake: PAGE_BYTES + 64,
  })
  const regionAt = (n: number): Region =>
    new Region(memory, {
      name: `micro ${n}`,
      base: base + 2 * ringBytes + n * REGION_BYTES,
      size: REGION_BYTES,
    })
  return { memory, spanAt, regionAt }
}

function ringCase(repetitions: number): MicroCase {
  const { memory, spanAt } = twoEnds()
  const writer = new RingWriter(memory, spanAt(0))
  const reader = new RingReader(memory, spanAt(0))
  let sum = 0
  return {
    name: 'ring push and poll',
    unit: 'frame',
    run() {
      sum = 0
      for (let i = 0; i < repetitions; i++) {
        const pointer = writer.reserve(SMALL_BYTES)
        memory.u32[pointer >>> 2] = i
        writer.publish()
      }
      while (reader.peek()) {
        sum += memory.u32[reader.pointer >>> 2]!
        reader.advance()
      }
      reader.release()
      return repetitions
    },
    check: () => sum,
  }
}

/** One way through two session layers and a ring, as on threads; both ends are one unit. */
function messageCase(name: string, bytes: number, repetitions: number): MicroCase {
  const { memory, spanAt, regionAt } = twoEnds()
  const authority = { generation: () => 1, current: () => MEMBERSHIP, propose: () => undefined }
  const readers = [0, 1].map((process) => new RingReader(memory, spanAt(1 - process)))
  const sessions = [0, 1].map((process) => {
    const writer = new RingWriter(memory, spanAt(process))
    return new SessionLayer({
      process,
      incarnation: 1,
      region: regionAt(process),
      authority,
      link: {
        lossless: true,
        trySend(_to, _class, header, payload) {
          const pointer = writer.reserve(FRAME_HEADER_BYTES + payload.length)
          if (pointer === 0) return false
          memory.u8.set(header, pointer)
          memory.u8.set(payload, pointer + FRAME_HEADER_BYTES)
          writer.publish()
          return true
        },
      },
      now: () => 0,
      count: () => {},
    })
  })
  const payload = new Uint8Array(bytes).fill(7)
  let received = 0
  const deliver = (inbound: { kind: string; payload?: Bytes }): void => {
    if (inbound.kind === 'message') received += inbound.payload!.length
  }
  const receive = (process: number): void => {
    const reader = readers[process]!
    while (reader.peek()) {
      sessions[process]!.accept(reader.pointer, deliver)
      reader.advance()
    }
    reader.release()
  }
  const message = { to: 1, class: 'data', channel: 1, generation: 1, payload } as const
  return {
    name,
    unit: 'message',
    run() {
      received = 0
      for (let i = 0; i < repetitions; i++) sessions[0]!.send(message)
      sessions[0]!.flush(0)
      receive(1)
      sessions[1]!.flush(0)
      receive(0)
      return repetitions
    },
    check: () => received,
  }
}

/** What a worker's loop does around a step in which nothing happens. */
function stepCase(repetitions: number): MicroCase {
  const { memory, spanAt, regionAt } = twoEnds()
  const authority = { generation: () => 1, current: () => MEMBERSHIP, propose: () => undefined }
  const link = { lossless: true as const, trySend: () => true }
  const session = new SessionLayer({
    process: 0,
    incarnation: 1,
    region: regionAt(0),
    authority,
    link,
    now: () => 0,
    count: () => {},
  })
  const rings = [0, 1].map((n) => new RingReader(memory, spanAt(n)))
  let quiet = 0
  return {
    name: 'step',
    unit: 'step',
    run() {
      quiet = 0
      for (let i = 0; i < repetitions; i++) {
        session.refresh()
        // As many as a worker among two and a driver polls.
        for (let n = 0; n < 4; n++) if (!rings[n & 1]!.peek()) quiet += 1
        if (!session.deliverLocal(() => {})) quiet += 1
        if (session.flush(i) === Number.POSITIVE_INFINITY) quiet += 1
      }
      return repetitions
    },
    check: () => quiet,
  }
}

function codecCase(repetitions: number): MicroCase {
  const values: readonly unknown[] = ['river', 17, ['gauge', 3], -0.5, { at: 'night', count: 2 }]
  let lanes = 0
  return {
    name: 'codec',
    unit: 'value',
    run() {
      lanes = 0
      for (let i = 0; i < repetitions; i++) {
        const encoded = encodeCanonical(values[i % values.length])
        lanes += encoded.body.length + (decodeCanonical(encoded) === undefined ? 1 : 0)
      }
      return repetitions
    },
    check: () => lanes,
  }
}

function commitCase(repetitions: number): MicroCase {
  const { memory, spanAt } = twoEnds()
  const context = {
    now: () => 0,
    generation: () => 1,
    count: () => {},
    finalTick: Number.POSITIVE_INFINITY,
  }
  const writer = new CommitRingWriter(memory, spanAt(0), context)
  const reader = new CommitRingReader(memory, spanAt(0))
  let lanes = 0
  return {
    name: 'commit',
    unit: 'commit',
    run() {
      for (let i = 0; i < repetitions; i++) {
        const digest = { rows: i, lane0: i, lane1: i }
        writer.commit({ generation: 1, output: 0, partition: 0, tick: i, ...digest })
      }
      return repetitions
    },
    after() {
      lanes = 0
      reader.drain((commit) => {
        lanes += commit.lane0
      })
    },
    check: () => lanes,
  }
}
