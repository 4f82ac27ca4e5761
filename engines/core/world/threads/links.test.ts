import { expect, test } from 'vitest'
import { RunMemory } from '../../columns/memory.ts'
import { CLASS_CONTROL, CLASS_DATA, FRAME_HEADER_BYTES } from '../frame.ts'
import { faultAreaBytes } from './faults/fault-words.ts'
import { planLayout } from './layout.ts'
import { Links } from './links.ts'

const FAULTS = 3

function pair() {
  const layout = planLayout({
    sizes: {
      workerRegionBytes: 65_536,
      driverRegionBytes: 65_536,
      controlRingBytes: 1024,
      dataRingBytes: 1024,
      commitRingBytes: 1024,
      reportRingBytes: 1024,
      storageRingBytes: 1024,
    },
    workers: 2,
    processes: 3,
    partitions: 4,
    poolBytes: 64,
    faults: FAULTS,
  })
  const memory = RunMemory.reserve(layout.bytes)
  /** Who found no room, each time. */
  const full: number[] = []
  const [first, second] = [0, 1].map(
    (process) => new Links(memory, layout, process, () => full.push(process)),
  )
  return { memory, layout, full, first: first!, second: second! }
}

const HEADER = new Uint8Array(FRAME_HEADER_BYTES)

test('areas of a layout do not overlap and lie within it', () => {
  const { layout } = pair()
  const spans = [
    ...layout.processes.flatMap((process) => [
      { base: process.region.base, size: process.region.size },
      ...[process.commits, process.reports, process.proposals],
      ...[process.storageRequests, process.storageCompletions],
    ]),
    ...layout.links.flat().flatMap((link) => (link ? [link.control, link.data] : [])),
  ]
    .map((span) => {
      const size = 'size' in span ? span.size : span.capacity + 256
      return { from: span.base, to: span.base + size }
    })
    .sort((a, b) => a.from - b.from)
  expect(layout.faults).toBeGreaterThan(layout.processes.at(-1)!.wake)
  const afterFaults = layout.faults + faultAreaBytes(FAULTS, 3)
  expect(afterFaults).toBeLessThanOrEqual(layout.processes[0]!.status)
  let end = layout.processes.at(-1)!.counters
  for (const { from, to } of spans) {
    expect(from).toBeGreaterThanOrEqual(end)
    end = to
  }
  expect(end).toBeLessThanOrEqual(layout.bytes)
  expect(spans.length).toBe(3 * 6 + 6 * 2)
})

test('control overtakes data, and frames are read in place, aligned', () => {
  const { memory, first, second } = pair()
  const send = (frameClass: 0 | 1, mark: number): boolean =>
    first.trySend(1, frameClass, HEADER, Uint8Array.of(mark), true)
  expect([send(CLASS_DATA, 1), send(CLASS_CONTROL, 2), send(CLASS_DATA, 3)]).toEqual([
    true,
    true,
    true,
  ])
  const seen: number[] = []
  second.poll((frame) => {
    expect(frame % 8).toBe(0)
    seen.push(memory.u8[frame + FRAME_HEADER_BYTES]!)
    return true
  })
  expect(seen).toEqual([2, 1, 3])
  expect(second.ready()).toBe(false)
})

test('a full link refuses, and room is a reason to wake only until the sender had its chance', () => {
  const { full, first, second } = pair()
  const send = (): boolean => first.trySend(1, CLASS_DATA, HEADER, new Uint8Array(400), true)
  expect([send(), send(), send()]).toEqual([true, true, false])
  expect(full).toEqual([0])
  expect(first.ready()).toBe(false)
  second.poll(() => true)
  expect(first.ready()).toBe(true)
  first.poll(() => true)
  expect(first.ready()).toBe(false)
  expect(send()).toBe(true)
})

test('a frame that the visitor leaves is still there, and so is what follows it', () => {
  const { first, second, memory } = pair()
  const header = HEADER.slice()
  for (const mark of [1, 2]) {
    header[0] = mark
    first.trySend(1, CLASS_DATA, header, new Uint8Array(8), true)
  }
  second.poll(() => false)
  expect(second.ready()).toBe(true)
  const seen: number[] = []
  second.poll((frame) => seen.push(memory.u8[frame]!) > 0)
  expect(seen).toEqual([1, 2])
})

test('a frame that cannot pass even an empty link is refused by name', () => {
  const { first } = pair()
  expect(() => first.trySend(1, CLASS_CONTROL, HEADER, new Uint8Array(1024), true)).toThrow(
    /its control ring has 1024 bytes\. .*--partitions/,
  )
  expect(() => first.trySend(1, CLASS_DATA, HEADER, new Uint8Array(4096), true)).toThrow(
    /^send 4096 bytes to process 1: its data ring has \d+ bytes\. .* smaller keys and values in the functions/,
  )
})
