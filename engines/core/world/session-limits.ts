/** How much a session keeps and how long it waits: what bounds memory and delays of the reliable session layer. */
import type { Nanos } from '../units.ts'

export interface SessionLimits {
  /** Bytes that wait or are unacknowledged in one data outbox, and in one control outbox. */
  readonly dataOutboxBytesMax: number
  readonly controlOutboxBytesMax: number
  /** Bytes that a process has sent to itself in a step. */
  readonly localBytesMax: number
  /** Bytes in flight before an acknowledgement must come. */
  readonly windowBytes: number
  /**
   * An acknowledgement goes out after this many bytes, or about this long after the first one owed. Both delays are
   * lengthened by up to a quarter, so that what many sessions wait for comes due at once.
   */
  readonly acknowledgeBytes: number
  readonly acknowledgeDelay: Nanos
  /** The least time after which frames are sent again; longer where round trips are (`round-trip.ts`). */
  readonly retransmitAfter: Nanos
  /** The window after a timeout, at least a frame. It grows by what is acknowledged. */
  readonly resendBytes: number
}

export const SESSION_LIMITS: SessionLimits = {
  dataOutboxBytesMax: 32 * 1024 * 1024,
  controlOutboxBytesMax: 8 * 1024 * 1024,
  localBytesMax: 8 * 1024 * 1024,
  windowBytes: 4 * 1024 * 1024,
  acknowledgeBytes: 128 * 1024,
  acknowledgeDelay: 20_000_000,
  retransmitAfter: 200_000_000,
  resendBytes: 16 * 1024,
}
