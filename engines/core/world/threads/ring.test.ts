import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { RunMemory } from '../../columns/memory.ts'
import { ChunkReader, ChunkWriter } from './chunk-stream.ts'
import { RingReader, type RingSpan, RingWriter } from './ring.ts'
import { parkAsync } from './wake-word.ts'

const MAIN_WAKE = 65_536
const THREAD_WAKE = 65_664

test('two threads: an echo of frames of all sizes, with both sides parking without a timeout', async () => {
  const memory = RunMemory.reserve(4 * 65_536)
  const capacity = 4096
  const outbound: RingSpan = {
    base: 70_016,
    capacity,
    writerWake: MAIN_WAKE,
    readerWake: THREAD_WAKE,
  }
  const inbound: RingSpan = {
    base: 80_000,
    capacity,
    writerWake: THREAD_WAKE,
    readerWake: MAIN_WAKE,
  }
  const frames = 30_000
  const worker = new Worker(new URL('./ring-stress-thread.ts', import.meta.url), {
    workerData: { memory: memory.memory, inbound: outbound, outbound: inbound, frames },
  })
  const failure = new Promise<never>((_, reject) => worker.on('error', reject))
  const exited = new Promise<number>((resolve) => worker.on('exit', resolve))
  const writer = new RingWriter(memory, outbound)
  const reader = new RingReader(memory, inbound)
  const lengthOf = (frame: number): number => (frame * 37) % 700
  let sent = 0
  let received = 0
  const turn = (): number => {
    let moved = false
    while (reader.peek()) {
      expect(reader.length).toBe(lengthOf(received))
      for (let at = 0; at < reader.length; at++) {
        if (memory.u8[reader.pointer + at] !== ((received + at) & 0xff)) {
          throw new Error(`frame ${received} differs at ${at}`)
        }
      }
      reader.advance()
      received += 1
      moved = true
    }
    reader.release()
    while (sent < frames) {
      const pointer = writer.reserve(lengthOf(sent))
      if (pointer === 0) break
      for (let at = 0; at < lengthOf(sent); at++) memory.u8[pointer + at] = (sent + at) & 0xff
      writer.publish()
      sent += 1
      moved = true
    }
    writer.wakeReader()
    return moved || received === frames || writer.unblocked() ? 0 : 60_000
  }
  const echo = async (): Promise<void> => {
    while (received < frames) await parkAsync(memory.i32, MAIN_WAKE >>> 2, turn)
  }
  await Promise.race([echo(), failure])
  expect(received).toBe(frames)
  expect(await exited).toBe(0)
})

test('messages larger than their ring pass in chunks, and a beginning without an end is forgotten', () => {
  const memory = RunMemory.reserve(2 * 65_536)
  const span: RingSpan = { base: 66_048, capacity: 1024, writerWake: 65_536, readerWake: 65_664 }
  const options = { name: 'test', queueBytesMax: 100_000 }
  const first = new ChunkWriter(memory, span, { ...options, incarnation: 1 })
  const reader = new ChunkReader(memory, span)
  const seen: string[] = []
  const poll = (): void => {
    reader.poll((kind, bytes, incarnation) => {
      const intact = bytes.every((byte, at) => byte === (at & 0xff))
      seen.push(`${kind} ${bytes.length} ${incarnation} ${intact}`)
    })
  }
  const message = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => i)

  first.push(7, message(5000))
  first.push(8, message(0))
  while (first.pending) {
    first.pump()
    poll()
  }
  expect(seen).toEqual(['7 5000 1 true', '8 0 1 true'])

  first.push(9, message(5000))
  first.pump()
  const second = new ChunkWriter(memory, span, { ...options, incarnation: 2 })
  poll()
  second.push(10, message(3))
  second.pump()
  poll()
  expect(seen.slice(2)).toEqual(['10 3 2 true'])
  expect(() => second.push(1, message(100_001))).toThrow(/queue 100001 bytes for test/)
})
