/**
 * The window of a live input in the run's memory: what has arrived and may still be needed.
 *
 *   header:  +0 busy   +4 ended   +8 frontier f64   +16 duration f64   +24.. figures f64
 *            +48 closed   +52 full   +56.. held back f64: all of it, the longest   +128 wake word of the source
 *   lane, one a partition:  +0 records   +4 released   +8 pages opened   +16 u32 × pages: first record of each page
 *   page:    stamps f64 × n, offsets u32 × (n + 1), text
 *
 * One writer, the source's thread; `released` is raised by workers, `closed` by who asks the source to end. Pages of a lane are used in a circle: page number k is
 * in slot k mod pages, and is opened only when all records of the one that was there are released. So a lane is full when
 * workers do not release, and then the source stops reading.
 *
 * *Busy* is raised before the clock is read for a stamp and lowered when the records are there to be seen. Who reads the
 * clock first and then finds it lowered knows that whatever comes later is stamped later: an idle source needs no timer
 * to move its frontier.
 */
import type { Pointer } from '../../../units.ts'

export const PAGE_RECORDS = 16_384
export const PAGE_TEXT_BYTES = 1024 * 1024 + 64
const PADDING_BYTES = 64
const OFFSETS_BYTES = PAGE_RECORDS * 4 + 64

export const OFFSETS_AT = PAGE_RECORDS * 8
export const TEXT_AT = OFFSETS_AT + OFFSETS_BYTES
export const PAGE_BYTES = TEXT_AT + PAGE_TEXT_BYTES + PADDING_BYTES

const HEADER_BYTES = 256
const LANE_BYTES = 128
const PAGES_MAX = 8
/** What all pages together should not pass; two a lane there are in any case. */
const WINDOW_BYTES = 256 * 1024 * 1024

/** Plain data: it crosses to threads. */
export interface WindowSpan {
  readonly base: Pointer
  readonly partitions: number
  /** Pages of each lane. */
  readonly pages: number
}

export const BUSY_AT = 0
export const ENDED_AT = 4
export const FRONTIER_AT = 8
export const DURATION_AT = 16
export const RECORDS_AT = 24
export const NOT_UTF8_AT = 32
export const RESUMES_AT = 40
export const CLOSED_AT = 48
export const FULL_AT = 52
export const HELD_BACK_AT = 56
export const HELD_BACK_MAX_AT = 64
export const SOURCE_WAKE_AT = 128

export const LANE_RECORDS_AT = 0
export const LANE_RELEASED_AT = 4
export const LANE_OPENED_AT = 8
export const LANE_FIRSTS_AT = 16

export function pagesOf(partitions: number): number {
  return Math.max(2, Math.min(PAGES_MAX, Math.floor(WINDOW_BYTES / (partitions * PAGE_BYTES))))
}

export function windowBytes(partitions: number): number {
  return HEADER_BYTES + partitions * (LANE_BYTES + pagesOf(partitions) * PAGE_BYTES)
}

export function laneAt({ base, pages }: WindowSpan, partition: number): Pointer {
  return base + HEADER_BYTES + partition * (LANE_BYTES + pages * PAGE_BYTES)
}

export function pageAt(lane: Pointer, slot: number): Pointer {
  return lane + LANE_BYTES + slot * PAGE_BYTES
}
