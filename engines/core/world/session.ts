/** What the session layer knows of one peer in one class, and what a world gives it. */
import type { Region } from '../columns/memory.ts'
import type { Authority } from '../membership/membership.ts'
import type { Nanos, Pointer, ProcessId } from '../units.ts'
import type { ClassNumber, RawLink } from './frame.ts'
import type { Outbox } from './outbox.ts'

/** One direction pair with one peer in one class. */
export interface Session {
  readonly peer: ProcessId
  readonly class: ClassNumber
  incarnation: number
  /** Whether this incarnation of the peer has been heard. */
  heard: boolean
  outbox: Outbox
  expected: number
  owedBytes: number
  owedSince: Nanos
  transmittedAt: Nanos
  /** In `#touched`: something happened since the last flush. */
  touched: boolean
  /** Counted in `#congested`. */
  congested: boolean
  /** Instant of its entry in `#deadlines`, or Infinity. */
  dueAt: Nanos
}

/** What a process has sent to itself. */
export interface LocalMessage {
  readonly pointer: Pointer
  readonly length: number
  readonly channel: number
  readonly generation: number
}

export interface SessionContext {
  readonly process: ProcessId
  readonly incarnation: number
  readonly region: Region
  readonly authority: Authority
  readonly link: RawLink
  now(): Nanos
  count(counter: string, by: number): void
}
