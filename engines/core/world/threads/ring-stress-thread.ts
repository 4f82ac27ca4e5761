/** The other thread of `ring.test.ts`: echoes every frame of one ring into another, parking whenever it has to wait. */
import { workerData } from 'node:worker_threads'
import { RunMemory } from '../../columns/memory.ts'
import { RingReader, type RingSpan, RingWriter } from './ring.ts'
import { park } from './wake-word.ts'

const {
  memory: shared,
  inbound,
  outbound,
  frames,
} = workerData as {
  memory: WebAssembly.Memory
  inbound: RingSpan
  outbound: RingSpan
  frames: number
}
const memory = new RunMemory(shared)
const reader = new RingReader(memory, inbound)
const writer = new RingWriter(memory, outbound)
const wakeIndex = inbound.readerWake >>> 2

for (let echoed = 0; echoed < frames; ) {
  // No timeout: a lost wake-up would hang the test.
  park(memory.i32, wakeIndex, Number.POSITIVE_INFINITY, () => reader.peek())
  while (reader.peek()) {
    const { pointer, length } = reader
    let target = writer.reserve(length)
    while (target === 0) {
      park(memory.i32, wakeIndex, Number.POSITIVE_INFINITY, () => writer.unblocked())
      target = writer.reserve(length)
    }
    memory.u8.copyWithin(target, pointer, pointer + length)
    writer.publish()
    writer.wakeReader()
    reader.advance()
    echoed += 1
  }
  reader.release()
}
