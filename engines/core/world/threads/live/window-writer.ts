/**
 * The source's side of the window: puts records in, deals them to partitions in turn, and makes them visible together.
 *
 *   begin ── the stamp ──▶ put … put ──▶ publish
 */
import type { RunMemory } from '../../../columns/memory.ts'
import type { HeldBack } from '../../../input/live-input.ts'
import type { Nanos, Pointer } from '../../../units.ts'
import { wake } from '../wake-word.ts'
import {
  BUSY_AT,
  CLOSED_AT,
  DURATION_AT,
  ENDED_AT,
  FRONTIER_AT,
  FULL_AT,
  HELD_BACK_AT,
  HELD_BACK_MAX_AT,
  LANE_FIRSTS_AT,
  LANE_OPENED_AT,
  LANE_RECORDS_AT,
  LANE_RELEASED_AT,
  laneAt,
  NOT_UTF8_AT,
  OFFSETS_AT,
  PAGE_RECORDS,
  PAGE_TEXT_BYTES,
  pageAt,
  RECORDS_AT,
  RESUMES_AT,
  SOURCE_WAKE_AT,
  TEXT_AT,
  type WindowSpan,
} from './window-layout.ts'

const LINE_FEED = 0x0a

interface Lane {
  readonly at: Pointer
  /** Of the page that is being written. */
  page: Pointer
  pageRecords: number
  pageBytes: number
  opened: number
  records: number
  published: number
}

/** How an input has ended, and where the run does. */
export interface WindowEnd extends HeldBack {
  readonly duration: Nanos
  readonly records: number
  readonly linesNotUtf8: number
  readonly resumes: number
  readonly isFull: boolean
}

export class WindowWriter {
  #memory: RunMemory
  #span: WindowSpan
  #lanes: Lane[]
  #turn = 0
  #stamp: Nanos = 0

  constructor(memory: RunMemory, span: WindowSpan) {
    this.#memory = memory
    this.#span = span
    this.#lanes = Array.from({ length: span.partitions }, (_, partition) => ({
      at: laneAt(span, partition),
      page: 0,
      pageRecords: PAGE_RECORDS,
      pageBytes: 0,
      opened: 0,
      records: 0,
      published: 0,
    }))
  }

  /** Reads the clock for what is put in next. Until `publish` the frontier stands at this instant. */
  begin(now: () => Nanos): Nanos {
    const { i32, f64 } = this.#memory
    const { base } = this.#span
    Atomics.store(i32, (base + BUSY_AT) >>> 2, 1)
    this.#stamp = now()
    f64[(base + FRONTIER_AT) >>> 3] = this.#stamp
    return this.#stamp
  }

  /** Puts a record in, without its line feed. Returns false when its partition has no room. Costs one copy. */
  put(line: Uint8Array): boolean {
    const lane = this.#lanes[this.#turn]!
    const fits =
      lane.pageRecords < PAGE_RECORDS && lane.pageBytes + line.length + 1 <= PAGE_TEXT_BYTES
    if (!fits && !this.#open(lane)) return false
    const { u8, u32, f64 } = this.#memory
    const text = lane.page + TEXT_AT + lane.pageBytes
    u8.set(line, text)
    u8[text + line.length] = LINE_FEED
    f64[(lane.page >>> 3) + lane.pageRecords] = this.#stamp
    lane.pageBytes += line.length + 1
    lane.pageRecords += 1
    u32[((lane.page + OFFSETS_AT) >>> 2) + lane.pageRecords] = lane.pageBytes
    lane.records += 1
    this.#turn = this.#turn + 1 === this.#lanes.length ? 0 : this.#turn + 1
    return true
  }

  /** Makes visible what was put in, and lets the frontier follow the clock again. */
  publish(): void {
    const { i32 } = this.#memory
    for (const lane of this.#lanes) {
      if (lane.published === lane.records) continue
      lane.published = lane.records
      Atomics.store(i32, (lane.at + LANE_RECORDS_AT) >>> 2, lane.records)
    }
    Atomics.store(i32, (this.#span.base + BUSY_AT) >>> 2, 0)
  }

  /** Says that there is no more, and where the run ends. */
  end({ duration, records, linesNotUtf8, resumes, isFull, ...heldBack }: WindowEnd): void {
    const { i32, f64 } = this.#memory
    const { base } = this.#span
    f64[(base + DURATION_AT) >>> 3] = duration
    f64[(base + RECORDS_AT) >>> 3] = records
    f64[(base + NOT_UTF8_AT) >>> 3] = linesNotUtf8
    f64[(base + RESUMES_AT) >>> 3] = resumes
    f64[(base + HELD_BACK_AT) >>> 3] = heldBack.heldBackNs
    f64[(base + HELD_BACK_MAX_AT) >>> 3] = heldBack.heldBackNsMax
    i32[(base + FULL_AT) >>> 2] = isFull ? 1 : 0
    Atomics.store(i32, (base + ENDED_AT) >>> 2, 1)
  }

  #open(lane: Lane): boolean {
    const { i32, u32 } = this.#memory
    const { pages } = this.#span
    const firsts = (lane.at + LANE_FIRSTS_AT) >>> 2
    if (lane.opened >= pages) {
      // The record after the last one of the page that is in the way.
      const end = u32[firsts + ((lane.opened + 1) % pages)]!
      if (Atomics.load(i32, (lane.at + LANE_RELEASED_AT) >>> 2) < end) return false
    }
    const slot = lane.opened % pages
    lane.page = pageAt(lane.at, slot)
    lane.pageRecords = 0
    lane.pageBytes = 0
    u32[(lane.page + OFFSETS_AT) >>> 2] = 0
    u32[firsts + slot] = lane.records
    lane.opened += 1
    Atomics.store(i32, (lane.at + LANE_OPENED_AT) >>> 2, lane.opened)
    return true
  }
}

/** Asks the source to end where it stands. After the input's end it changes nothing. */
export function closeWindow({ i32 }: RunMemory, { base }: WindowSpan): void {
  Atomics.store(i32, (base + CLOSED_AT) >>> 2, 1)
  wake(i32, (base + SOURCE_WAKE_AT) >>> 2)
}

export function isClosed({ i32 }: RunMemory, { base }: WindowSpan): boolean {
  return Atomics.load(i32, (base + CLOSED_AT) >>> 2) !== 0
}

/** What the supervisor reads of a window: whether the input has ended, and how. */
export function windowEnd(memory: RunMemory, { base }: WindowSpan): WindowEnd | undefined {
  const { i32, f64 } = memory
  if (Atomics.load(i32, (base + ENDED_AT) >>> 2) === 0) return undefined
  return {
    duration: f64[(base + DURATION_AT) >>> 3]!,
    records: f64[(base + RECORDS_AT) >>> 3]!,
    linesNotUtf8: f64[(base + NOT_UTF8_AT) >>> 3]!,
    resumes: f64[(base + RESUMES_AT) >>> 3]!,
    heldBackNs: f64[(base + HELD_BACK_AT) >>> 3]!,
    heldBackNsMax: f64[(base + HELD_BACK_MAX_AT) >>> 3]!,
    isFull: i32[(base + FULL_AT) >>> 2] !== 0,
  }
}
