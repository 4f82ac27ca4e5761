/**
 * The input log of a live input: reads the window where it lies, in any process of the run.
 *
 * Its frontier is the clock, held back while the source is busy. What has been released is not asked for again; what has
 * not is there for every worker, so a worker's death loses nothing here.
 */
import { AssertionError, assert } from '../../../assert.ts'
import type { RunMemory } from '../../../columns/memory.ts'
import type { InputLog, PoolRange } from '../../../input/input-log.ts'
import type { Nanos, PartitionId, Pointer } from '../../../units.ts'
import {
  BUSY_AT,
  FRONTIER_AT,
  LANE_FIRSTS_AT,
  LANE_OPENED_AT,
  LANE_RECORDS_AT,
  LANE_RELEASED_AT,
  laneAt,
  OFFSETS_AT,
  pageAt,
  TEXT_AT,
  type WindowSpan,
} from './window-layout.ts'

interface Page {
  readonly at: Pointer
  readonly first: number
  /** Number of the record after its last one. */
  readonly end: number
}

export class LiveLog implements InputLog {
  readonly partitions: number
  #memory: RunMemory
  #span: WindowSpan
  #now: () => Nanos

  constructor(memory: RunMemory, span: WindowSpan, now: () => Nanos) {
    this.partitions = span.partitions
    this.#memory = memory
    this.#span = span
    this.#now = now
  }

  frontier(): Nanos {
    const { i32, f64 } = this.#memory
    const { base } = this.#span
    const now = this.#now()
    return Atomics.load(i32, (base + BUSY_AT) >>> 2) === 0 ? now : f64[(base + FRONTIER_AT) >>> 3]!
  }

  dueBefore(partition: PartitionId, instant: Nanos): number {
    const { i32, f64 } = this.#memory
    const lane = laneAt(this.#span, partition)
    const records = Atomics.load(i32, (lane + LANE_RECORDS_AT) >>> 2)
    let index = records
    while (index > this.#released(lane)) {
      const { at, first, end } = this.#page(lane, index - 1, records)
      const stamps = at >>> 3
      index = first
      if (f64[stamps]! >= instant) continue
      let low = 0
      let high = end - first
      while (low < high) {
        const middle = (low + high) >>> 1
        if (f64[stamps + middle]! < instant) low = middle + 1
        else high = middle
      }
      return first + low
    }
    return index
  }

  dueOf(partition: PartitionId, index: number): Nanos {
    const { i32, f64 } = this.#memory
    const lane = laneAt(this.#span, partition)
    const records = Atomics.load(i32, (lane + LANE_RECORDS_AT) >>> 2)
    const { at, first } = this.#page(lane, index, records)
    return f64[(at >>> 3) + index - first]!
  }

  /** What arrives says nothing of when it happened. */
  eventTimeOf(partition: PartitionId, index: number): Nanos {
    return this.dueOf(partition, index)
  }

  locate(
    partition: PartitionId,
    from: number,
    to: number,
    visit: (range: PoolRange) => void,
  ): void {
    const lane = laneAt(this.#span, partition)
    const records = Atomics.load(this.#memory.i32, (lane + LANE_RECORDS_AT) >>> 2)
    assert(
      to <= records,
      () => `records up to ${to} of partition ${partition}, which has ${records}`,
    )
    for (let index = from; index < to; ) {
      const { at, first, end } = this.#page(lane, index, records)
      const count = Math.min(end, to) - index
      const pool = { bytes: at + TEXT_AT, offsets: at + OFFSETS_AT, records: end - first }
      visit({ pool, first: index - first, count })
      index += count
    }
  }

  release(partition: PartitionId, index: number): void {
    const { i32 } = this.#memory
    const word = (laneAt(this.#span, partition) + LANE_RELEASED_AT) >>> 2
    for (;;) {
      const released = Atomics.load(i32, word)
      if (index <= released) return
      if (Atomics.compareExchange(i32, word, released, index) === released) return
    }
  }

  #released(lane: Pointer): number {
    return Atomics.load(this.#memory.i32, (lane + LANE_RELEASED_AT) >>> 2)
  }

  /** The page that has a record that is not released. Costs O(pages). */
  #page(lane: Pointer, index: number, records: number): Page {
    const { i32, u32 } = this.#memory
    const { pages } = this.#span
    const opened = Atomics.load(i32, (lane + LANE_OPENED_AT) >>> 2)
    let end = records
    for (let number = opened - 1; number >= Math.max(0, opened - pages); number--) {
      const slot = number % pages
      const first = u32[((lane + LANE_FIRSTS_AT) >>> 2) + slot]!
      if (index >= first) return { at: pageAt(lane, slot), first, end: Math.max(end, first) }
      end = Math.min(first, records)
    }
    throw new AssertionError(`record ${index} is no longer in the window of a live input`)
  }
}
