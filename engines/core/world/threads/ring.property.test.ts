/**
 * Laws of the ring:
 *  - frames arrive once, whole and in order, whatever the interleaving of reserving, publishing, reading and releasing;
 *  - nothing arrives before it is published, and what was cancelled never arrives;
 *  - an empty ring takes a frame of its full size, at the latest when the consumer has looked;
 *  - a new life of the producer continues behind the last publish, one of the consumer at the last release.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RunMemory } from '../../columns/memory.ts'
import { payloadBytesMax, RingReader, type RingSpan, RingWriter } from './ring.ts'

const SPAN: RingSpan = { base: 65_536, capacity: 256, writerWake: 66_560, readerWake: 66_688 }
const RUNS = Number(process.env.RUNS ?? 300)

type Action =
  | { readonly do: 'write'; readonly bytes: number; readonly publish: boolean }
  | { readonly do: 'cancel' | 'release' | 'next-producer' | 'next-consumer' }
  | { readonly do: 'read'; readonly count: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      bytes: fc.integer({ min: 0, max: payloadBytesMax(SPAN.capacity) }),
      publish: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom<'cancel' | 'release' | 'next-producer' | 'next-consumer'>(
        'cancel',
        'release',
        'next-producer',
        'next-consumer',
      ),
    }),
  },
)

function fill(memory: RunMemory, pointer: number, bytes: number, mark: number): void {
  for (let at = 0; at < bytes; at++) memory.u8[pointer + at] = (mark + at) & 0xff
}

function holds(memory: RunMemory, pointer: number, bytes: number, mark: number): boolean {
  for (let at = 0; at < bytes; at++) {
    if (memory.u8[pointer + at] !== ((mark + at) & 0xff)) return false
  }
  return true
}

test('frames arrive once, whole and in order, over lives of both sides', () => {
  const memory = RunMemory.reserve(2 * 65_536)
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), fc.integer(), (actions, start) => {
      memory.u8.fill(0, SPAN.base, SPAN.base + 2048)
      // Positions start anywhere, so that their wrapping at 2^32 is met too.
      memory.i32[SPAN.base >>> 2] = start & ~7
      memory.i32[(SPAN.base + 128) >>> 2] = start & ~7
      let writer = new RingWriter(memory, SPAN)
      let reader = new RingReader(memory, SPAN)
      let mark = 0
      let reserved: { bytes: number; mark: number }[] = []
      let published: { bytes: number; mark: number }[] = []
      /** Read but perhaps not released, oldest first: what a new consumer may see again is a suffix of it. */
      let read: { bytes: number; mark: number }[] = []

      for (const step of actions) {
        switch (step.do) {
          case 'write': {
            let pointer = writer.reserve(step.bytes)
            const idle = reserved.length + published.length + read.length === 0
            if (pointer === 0 && idle) {
              // A wrap marker is all that is there: once the consumer has looked, the ring takes anything.
              expect(reader.peek()).toBe(false)
              expect(writer.unblocked()).toBe(true)
              pointer = writer.reserve(step.bytes)
              expect(pointer).toBeGreaterThan(0)
            }
            if (pointer !== 0) {
              expect(pointer % 8).toBe(0)
              mark += 1
              fill(memory, pointer, step.bytes, mark)
              reserved.push({ bytes: step.bytes, mark })
            }
            if (step.publish) {
              writer.publish()
              published.push(...reserved)
              reserved = []
            }
            break
          }
          case 'cancel':
            writer.cancel()
            reserved = []
            break
          case 'next-producer':
            writer = new RingWriter(memory, SPAN)
            reserved = []
            break
          case 'read':
            for (let i = 0; i < step.count; i++) {
              const there = reader.peek()
              expect(there).toBe(published.length > 0)
              if (!there) break
              const frame = published.shift()!
              expect(reader.length).toBe(frame.bytes)
              expect(holds(memory, reader.pointer, frame.bytes, frame.mark)).toBe(true)
              reader.advance()
              read.push(frame)
            }
            break
          case 'release':
            reader.release()
            read = []
            break
          case 'next-consumer': {
            reader = new RingReader(memory, SPAN)
            // Released by itself or not: the first frame of the new life says where it stands.
            const all = [...read, ...published]
            read = []
            const at = reader.peek()
              ? all.findIndex(({ bytes, mark: m }) => {
                  return reader.length === bytes && holds(memory, reader.pointer, bytes, m)
                })
              : all.length
            expect(at).toBeGreaterThanOrEqual(0)
            expect(at).toBeLessThanOrEqual(all.length - published.length)
            published = all.slice(at)
          }
        }
      }
    }),
    { numRuns: RUNS },
  )
})

test('a frame as large as the ring passes through it, wherever the positions stand', () => {
  const memory = RunMemory.reserve(2 * 65_536)
  const writer = new RingWriter(memory, SPAN)
  const reader = new RingReader(memory, SPAN)
  for (let round = 0; round < 50; round++) {
    expect(writer.reserve(round % 40)).toBeGreaterThan(0)
    writer.publish()
    expect(reader.peek()).toBe(true)
    reader.advance()
    reader.release()
    let pointer = writer.reserve(payloadBytesMax(SPAN.capacity))
    if (pointer === 0) {
      // Only the marker went in; the consumer skips it and the producer learns that there is room.
      expect(reader.peek()).toBe(false)
      expect(writer.unblocked()).toBe(true)
      pointer = writer.reserve(payloadBytesMax(SPAN.capacity))
    }
    expect(pointer).toBeGreaterThan(0)
    writer.publish()
    expect(writer.reserve(0)).toBe(0)
    expect(reader.peek()).toBe(true)
    expect(reader.length).toBe(payloadBytesMax(SPAN.capacity))
    reader.advance()
    reader.release()
    expect(writer.unblocked()).toBe(true)
    writer.settle()
    expect(writer.unblocked()).toBe(false)
  }
})
